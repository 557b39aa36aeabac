/* products.h - the dot products of many rows with many others, fast and always the same.
 *
 *     panels_pack(panels, others, stride, count, dims);            // once for many rows
 *     products(rows, stride, 8, panels, panels_of(count), dims, out, out_stride);
 *     out[r * out_stride + i]                                      // row r with other i
 *
 * A product is summed in the order of its numbers, each step rounded once (a fused multiply-add). So
 * it depends neither on the processor, nor on the shape of the block it is computed in, nor on which
 * side a row stands: products_of(a, b) is products_of(b, a), bit by bit. A processor without fused
 * multiply-add gives the same numbers slowly.
 */
#ifndef VECTOR_PRODUCTS_H
#define VECTOR_PRODUCTS_H

#include <stddef.h>
#include <stdint.h>

#include "vector/panels.h"

/* Nor may a compiler fuse what is not meant to be: gcc does not in ISO C, clang does where it can. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

/* out has room for row_count rows of out_stride, at least PANEL * panel_count numbers. */
void products(const float *rows, size_t stride, size_t row_count, const float *panels, size_t panel_count,
	      size_t dims, float *out, size_t out_stride);

/* The product of two rows; and of one row with those of `list`, several at once. */
float products_of(const float *a, const float *b, size_t dims);
void products_listed(const float *a, const float *rows, size_t stride, const uint32_t *list, size_t count,
		     size_t dims, float *out);

/* The products of many pairs: row a with row b. */
struct products_pair {
	uint32_t a, b;
};
void products_paired(const float *rows, size_t stride, const struct products_pair *pairs, size_t count,
		     size_t dims, float *out);

/* Writes the places of the numbers that are at least `limit`, in order, into `list`, which has room for all;
 * returns their count. */
size_t products_reaching(const float *products, size_t count, float limit, uint32_t *list);

/* The similarity of two rows, 1 / (1 + distance) in parts of SIMILARITY_ONE, from products and the products
 * of rows with themselves. Whole numbers, so that sums of them do not depend on the order. */
#define SIMILARITY_ONE (1 << 30)
void similarities(const float *products, float norm, const float *norms, size_t count, int32_t *out);

/* For a test: the name of kernel `i` of those that run on this processor, the last the fastest and the one
 * in use; NULL past the last. products_use selects another. */
const char *products_kernel(size_t i);
void products_use(size_t i);

#endif
