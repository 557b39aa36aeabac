/* select_explain.h - the file of select --explain: a JSON object for each record, in the order of the input.
 *
 *     struct select_explain *e = select_explain_open("why.jsonl", err);
 *     select_explain_add(e, &record, &fate, i + 1);
 *     status = select_explain_finish(e, status, err);          // a failure leaves no file
 */
#ifndef CLI_SELECT_EXPLAIN_H
#define CLI_SELECT_EXPLAIN_H

#include <stddef.h>

#include "data/record.h"
#include "select/selection.h"

struct select_explain;

/* NULL on failure with *err set, SOW_IO. */
struct select_explain *select_explain_open(const char *path, struct sow_error *err);
/* `number`: the record's in the input, from 1. */
void select_explain_add(struct select_explain *e, const struct record *r, const struct record_fate *fate,
			size_t number);
/* SOW_OK, `status` where that is a failure, or SOW_IO with *err set. `e` may be NULL. */
int select_explain_finish(struct select_explain *e, int status, struct sow_error *err);

#endif
