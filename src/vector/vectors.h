/* vectors.h - a vector of numbers a record, their products, cosines and distances.
 *
 *     struct vectors v = VECTORS_INIT;
 *     status = vectors_read_npy(&v, "embeddings.npy", err);    // a row a record, in their order
 *     double near = vectors_cosine(&v, 3, 7);
 *     vectors_release(&v);
 *
 * Numbers are kept as float; their products are those of products.h, the same on any processor.
 */
#ifndef VECTOR_VECTORS_H
#define VECTOR_VECTORS_H

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
/* The same of `count` rows from `first` on, or as many as there are; *rows is how many the file has. */
int vectors_read_npy_part(struct vectors *v, const char *path, size_t first, size_t count, size_t *rows,
			  struct sow_error *err);
/* Appends a row; all rows have the length of the first. SOW_OK, SOW_INVALID, SOW_NOMEM. */
int vectors_add(struct vectors *v, const double *row, size_t dims);
int vectors_add_floats(struct vectors *v, const float *row, size_t dims);
/* Reserves room for so many rows in all, so that adding them takes no more memory than they need. */
int vectors_reserve(struct vectors *v, size_t rows, size_t dims);
void vectors_release(struct vectors *v);

float vectors_product(const struct vectors *v, size_t a, size_t b);
/* Rows first, first + 1, … as panels (products.h). */
void vectors_pack(const struct vectors *v, size_t first, size_t count, float *panels);
double vectors_cosine(const struct vectors *v, size_t a, size_t b); /* 0 where a row is all zeros */
/* From products and norms: of cosines (exactly 1 of a row and itself), and of distances, squared, never
 * below 0. */
double vectors_cosine_of(float product, float norm_a, float norm_b);
float vectors_distance2_of(float product, float norm_a, float norm_b);

#endif
