/* attention.h - the two products of attention, without what is masked.
 *
 *     struct attention a = { 0 };
 *     attention_begin(&a, rows, width);            // so many rows attend to so many places
 *     attention_show(&a, row, from, count);        // row by row, what is not masked
 *     attention_scores(&a, queries, …, out);     // each row with what it is shown
 *     ... softmax, zero where it is masked ...
 *     attention_sums(&a, weights, …, out);         // what it is shown, by its weights
 *     attention_release(&a);
 *
 * Where texts are evaluated together each attends only to itself, which is a small part of all. Rows are taken
 * ATTENTION_ROWS at a time (the last few with those before them) and places PANEL at a time; products that no
 * row of such a group is shown are left out. The others are computed as products.h does, so they are the
 * same as without this.
 */
#ifndef VECTOR_ATTENTION_H
#define VECTOR_ATTENTION_H

#include <stdbool.h>
#include <stddef.h>

#define ATTENTION_ROWS ((size_t)24)

struct attention {
	size_t rows, width;
	bool *shown;                 /* by group of rows and piece of PANEL places */
	size_t room;
};

void attention_begin(struct attention *a, size_t rows, size_t width); /* nothing is shown */
void attention_show(struct attention *a, size_t row, size_t from, size_t count);
void attention_release(struct attention *a);

/* out[row * out_stride + i] is the product of a row with place first + i, of `count` places from `first` on,
 * a multiple of PANEL, which stand in `panels`; what is not shown may stay as it was. */
void attention_scores(const struct attention *a, const float *rows, size_t stride, const float *panels,
		      size_t first, size_t count, size_t dims, float *out, size_t out_stride);

/* out[row * out_stride + i] is the sum over the places of number i of each times its weight in the row, for
 * `panel_count` panels of PANEL numbers of `width` places; `spare` has room for attention_spare numbers. */
void attention_sums(const struct attention *a, const float *weights, size_t stride, const float *panels,
		    size_t panel_count, float *out, size_t out_stride, float *spare);
size_t attention_spare(const struct attention *a, size_t panel_count);

#endif
