/* vectors.h - a vector of numbers a record, and what they have to do with each other.
 *
 *     struct vectors v = VECTORS_INIT;
 *     status = vectors_read_npy(&v, "embeddings.npy", err);    // a row a record, in their order
 *     float near = vectors_cosine(&v, 3, 7);
 *     vectors_release(&v);
 *
 * Sums are always added in one order, eight lanes and then the lanes, so that results depend neither
 * on the processor nor on the number of threads.
 */
#ifndef SELECT_VECTORS_H
#define SELECT_VECTORS_H

#include <stddef.h>

#include "sow/sow.h"

struct vectors {
	float *rows;                 /* `count` rows of `stride` numbers, zero behind `dims` */
	float *norms;                /* the dot product of each row with itself */
	size_t count, dims, stride, room;
};
#define VECTORS_INIT { .rows = NULL }

/* Reads a two-dimensional array of NumPy: float32 or float64, little endian, row by row. SOW_OK;
 * SOW_INVALID with *err set (another kind of array, a number that is not finite); SOW_IO, SOW_NOMEM. */
int vectors_read_npy(struct vectors *v, const char *path, struct sow_error *err);
/* Appends a row, all of them of one length, which the first decides. SOW_OK, SOW_INVALID, SOW_NOMEM. */
int vectors_add(struct vectors *v, const double *row, size_t dims);
void vectors_release(struct vectors *v);

float vectors_dot(const struct vectors *v, size_t a, size_t b);
/* out[i] is the product of row `a` of `v` with row first + i of `w`, for `count` of them. */
void vectors_dots(const struct vectors *v, size_t a, const struct vectors *w, size_t first, size_t count,
		  float *out);
float vectors_cosine(const struct vectors *v, size_t a, size_t b); /* 0 where a row is all zeros */
/* From products and norms: of cosines, and of distances, squared, never below 0. */
float vectors_cosine_of(float dot, float norm_a, float norm_b);
float vectors_distance2_of(float dot, float norm_a, float norm_b);

#endif
