/* walk.h - go through vectors in an order and leave out each that is too near an earlier one.
 *
 *     struct walk w = { .vectors = &v, .order = rows, .count = n, .threshold = 0.95 };
 *     status = walk_run(&w, crew, near, cosine, &kept, &reached);
 *     near[3]                      // the row that row 3 is too near; WALK_NONE: row 3 is kept
 *
 * Exact: near is the row of the highest cosine among those that count, of equals the one that comes
 * first in the order. It is found fast by sketches: 63 numbers of a row in a random orthogonal basis,
 * and the length of the rest, have a product that is no less than the cosine, so that only pairs whose
 * sketches reach the threshold are looked at. Where cosines are high everywhere sketches are longer.
 * Nothing depends on the number of threads.
 *
 * Memory: 4 bytes times 64 (or more) a row that is kept.
 */
#ifndef VECTOR_WALK_H
#define VECTOR_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/workers.h"
#include "sow/sow.h"
#include "vector/vectors.h"

#define WALK_NONE UINT32_MAX

enum walk_against {
	WALK_KEPT,                   /* earlier rows that are kept */
	WALK_EARLIER,                /* all earlier rows, kept or not (SemDeDup) */
	WALK_HELD                    /* the first `held` rows alone */
};

struct walk {
	const struct vectors *vectors;
	const uint32_t *order;       /* rows of `vectors` */
	size_t count;
	size_t held;                 /* so many first rows of the order are kept without a look */
	size_t wanted;               /* stop with so many kept; 0: never */
	double threshold;            /* a cosine from here on is too near */
	bool above;                  /* only one above it is */
	enum walk_against against;
};

/* near and cosine have a number a row of `vectors`; those of rows that are not reached are WALK_NONE.
 * *kept is how many of the order are kept, *reached how far it went. */
void walk_run(const struct walk *w, struct workers *crew, uint32_t *near, double *cosine, size_t *kept,
	      size_t *reached);

/* The same in steps, for several processes that hold the kept rows in turn: process `share` of `shares`
 * each 1st, 2nd … of them. All are given the same blocks of rows in the same order:
 *
 *     walk_steps_look(s, crew, rows, count, dims, best);   // the nearest of those held here
 *     ... best[i] becomes the best of all processes: the highest cosine, of equals the lowest id ...
 *     walk_steps_settle(s, ids, best);                     // best[i].id: WALK_NO_ID: row i is kept
 *
 * Ids grow from row to row. Memory: that of walk_run, and the vectors, of the rows that are held here. */
#define WALK_BLOCK 1024
#define WALK_NO_ID UINT64_MAX

struct walk_best {
	double cosine;
	uint64_t id;                 /* of the row that this one is too near; WALK_NO_ID: none */
};

struct walk_steps;
/* Of `w` the threshold, `above` and `wanted` count; with as many kept as are wanted the rest is not looked at. */
struct walk_steps *walk_steps_new(const struct walk *w, size_t share, size_t shares);
void walk_steps_free(struct walk_steps *s);   /* NULL is fine */
/* Up to WALK_BLOCK rows of `dims` numbers each, one behind the other. SOW_OK, or SOW_INVALID where rows are
 * not of one length. */
int walk_steps_look(struct walk_steps *s, struct workers *crew, const float *rows, size_t count, size_t dims,
		    struct walk_best *best);
void walk_steps_settle(struct walk_steps *s, const uint64_t *ids, struct walk_best *best);

#endif
