/* dpp.h - greedy MAP of a determinantal point process a step at a time, where each process holds a part of the
 * records.
 *
 *     struct dpp *k = dpp_new(&vectors, closed, scores, wanted);
 *     at = dpp_widest(k, &gain);                        // of this part; the widest of all is the next
 *     dpp_take(k, at, &step);                           // it is in this part
 *     dpp_add(k, crew, &step);                          // in each part
 *     dpp_free(k);
 *
 * It ends when no record widens the span: when the largest gain is not above DPP_LEAST.
 * Memory: (4 * dims + 8 * wanted + 12) bytes a record, besides its vector.
 */
#ifndef SELECT_DPP_H
#define SELECT_DPP_H

#include <stddef.h>

#include "base/workers.h"
#include "sow/sow.h"
#include "vector/vectors.h"

#define DPP_LEAST 1e-10

struct dpp;

/* What every part needs of a taken record; the pointers are valid as long as the part that holds it. */
struct dpp_step {
	const float *row;
	float norm;
	double score, gain;
	const double *basis;         /* a number for each record that was taken before */
};

/* SOW_OK, or SOW_TOOBIG where the table of so many records would take more than 8 GiB. */
int dpp_check(size_t count, size_t wanted, struct sow_error *err);
/* Of the records that are not `closed` (a byte a record; NULL: none is); `score` is NULL where all have 1. All
 * three must live as long. At most `wanted` are taken. */
struct dpp *dpp_new(const struct vectors *v, const unsigned char *closed, const double *score, size_t wanted);
void dpp_free(struct dpp *k);                 /* NULL is fine */
/* The record of this part that widens the span most, of equals the first, and its gain. If no record does, the
 * gain is below DPP_LEAST and the number is not that of a record. */
size_t dpp_widest(const struct dpp *k, double *gain);
void dpp_take(struct dpp *k, size_t at, struct dpp_step *step);
void dpp_add(struct dpp *k, struct workers *crew, const struct dpp_step *step);

#endif
