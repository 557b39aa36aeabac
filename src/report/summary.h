/* summary.h - tasks in a few lines: the paper's Table 1, and a task in readable form. */
#ifndef REPORT_SUMMARY_H
#define REPORT_SUMMARY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "data/record.h"
#include "report/figures.h"
#include "sow/sow.h"

/* Table 1 of Wang et al. 2022 for a set of tasks. Means are over words split on white
 * space: every instruction, every non-empty input, every output. */
struct table1 {
	int64_t instructions, classification, other;
	int64_t instances, empty_inputs;
	int64_t instruction_words, input_words, output_words; /* sums */
};

void table1_add(struct table1 *t, const struct record *task);
/* The paper's rows, our figures (headed `ours`) beside the paper's for GPT-3. A mean of no values is
 * null. */
void table1_figures(const struct table1 *t, const char *ours, struct figures *f);
void table1_print(const struct table1 *t, const char *ours, struct buf *out);

/* One task in readable form: its instruction after a number (from 1), its first instances below, long
 * texts cut, all wrapped at `width` columns. Returns out->status. */
int task_print(const struct record *task, size_t number, size_t width, struct buf *out);

#endif
