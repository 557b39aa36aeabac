/* histogram.h - lengths of texts in words: every length counted, shown as bars.
 *
 *     struct histogram h = { 0 };
 *     histogram_add(&h, text_words(text));
 *     histogram_figures(&h, "instruction", "Instruction length", figures);
 *
 * Memory: 8 KB; lengths from HISTOGRAM_MAX on are counted together.
 */
#ifndef REPORT_HISTOGRAM_H
#define REPORT_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "report/figures.h"

#define HISTOGRAM_MAX 1000

struct histogram {
	int64_t count[HISTOGRAM_MAX + 1];
	int64_t total;
	int64_t words;               /* the sum of all lengths */
	int64_t longest;
};

void histogram_add(struct histogram *h, size_t words);
/* The smallest length that `share` (0 … 1) of all texts do not exceed; 0 if there are none. */
int64_t histogram_quantile(const struct histogram *h, double share);

/* Median, quantiles, and a row for each range of lengths: count, share, bar. */
void histogram_figures(const struct histogram *h, const char *key, const char *title,
		       struct figures *f);

#endif
