/* cosine_filter.h - go through vectors in an order and leave out each that is too near an earlier one.
 *
 *     struct cosine_filter w = { .vectors = &v, .order = rows, .count = n, .threshold = 0.95 };
 *     cosine_filter_run(&w, crew, near, cosine, &kept, &reached);
 *     near[3]                      // the row that row 3 is too near; COSINE_NONE: row 3 is kept
 *
 * Exact: near is the row of the highest cosine among those that count, of equals the one that comes
 * first in the order. Sketches make it fast: 63 numbers of a row in a random orthogonal basis, and the
 * length of the rest, have a product that is never below the cosine, so only pairs whose sketches reach
 * the threshold are compared exactly. Where cosines are high everywhere sketches are longer.
 * The result is the same for any number of threads.
 *
 * Memory: 4 bytes times 64 (or more) a row that is kept.
 */
#ifndef VECTOR_COSINE_FILTER_H
#define VECTOR_COSINE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/workers.h"
#include "sow/sow.h"
#include "vector/vectors.h"

#define COSINE_NONE UINT32_MAX

enum cosine_filter_against {
	COSINE_KEPT,                 /* earlier rows that are kept */
	COSINE_EARLIER,              /* all earlier rows, kept or not (SemDeDup) */
	COSINE_HELD                  /* the first `held` rows alone */
};

struct cosine_filter {
	const struct vectors *vectors;
	const uint32_t *order;       /* rows of `vectors` */
	size_t count;
	size_t held;                 /* the first rows of the order, so many, are kept without a comparison */
	size_t wanted;               /* stop once so many are kept; 0: never */
	double threshold;            /* a cosine of at least this is too near */
	bool above;                  /* only a cosine above the threshold is */
	enum cosine_filter_against against;
};

/* near and cosine have a number a row of `vectors`; those of rows that are not reached are COSINE_NONE.
 * *kept is how many of the order are kept, *reached how far it went. */
void cosine_filter_run(const struct cosine_filter *w, struct workers *crew, uint32_t *near, double *cosine,
		       size_t *kept, size_t *reached);

/* The same in steps, for several processes that hold the kept rows in turn: process `share` of `shares`
 * each 1st, 2nd … of them. All are given the same blocks of rows in the same order:
 *
 *     cosine_filter_part_nearest(s, crew, rows, count, dims, best); // the nearest of those held here
 *     ... best[i] becomes the best of all processes: the highest cosine, of equals the lowest id ...
 *     cosine_filter_part_decide(s, ids, best);    // best[i].id: COSINE_NO_ID: row i is kept
 *
 * Ids grow from row to row. Memory: that of cosine_filter_run for the rows that are held here, and their
 * vectors. */
#define COSINE_BLOCK 1024
#define COSINE_NO_ID UINT64_MAX

struct cosine_match {
	double cosine;
	uint64_t id;                 /* of the row that this one is too near; COSINE_NO_ID: none */
};

struct cosine_filter_part;
/* Only the threshold, `above` and `wanted` of `w` count; rows after the last wanted one are not compared. */
struct cosine_filter_part *cosine_filter_part_new(const struct cosine_filter *w, size_t share, size_t shares);
void cosine_filter_part_free(struct cosine_filter_part *s);   /* NULL is fine */
/* Up to COSINE_BLOCK rows of `dims` numbers each, one behind the other. SOW_OK, or SOW_INVALID where rows are
 * not of one length. */
int cosine_filter_part_nearest(struct cosine_filter_part *s, struct workers *crew, const float *rows,
			       size_t count, size_t dims, struct cosine_match *best);
void cosine_filter_part_decide(struct cosine_filter_part *s, const uint64_t *ids, struct cosine_match *best);

#endif
