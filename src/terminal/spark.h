/* spark.h - a series of figures as one line of marks, each as high as its figure.
 *
 *     spark_amounts(tokens, count, 40, &out);            // the largest fills its line
 *     spark_shares(kept, all, count, 40, &out);          // a share of 1 fills its line
 *
 * Marks are the eight block elements of Unicode, U+2581 to U+2588; a blank stands for no figure.
 * If there are more figures than columns, neighbours are summed.
 */
#ifndef TERMINAL_SPARK_H
#define TERMINAL_SPARK_H

#include <stddef.h>

#include "base/buf.h"

/* How many neighbours one mark stands for. `columns` at least 1. */
size_t spark_join(size_t count, size_t columns);

/* Figures are not negative. A failure shows in `out`. */
void spark_amounts(const double *value, size_t count, size_t columns, struct buf *out);
void spark_shares(const double *part, const double *all, size_t count, size_t columns,
		  struct buf *out);

#endif
