/* pick.h - which of many records to take: by rank, by chance, or so that they cover the rest.
 *
 *     struct pick p = { .count = n, .score = scores, .vectors = &v, .wanted = 1000 };
 *     status = pick_run(PICK_KCENTER, &p, crew, &chosen, err);
 *     … chosen.list[0 … chosen.count - 1], best first …
 *     chosen_release(&chosen);
 *
 * | picker   | takes, one after the other                                                   | needs   |
 * |----------|------------------------------------------------------------------------------|---------|
 * | top      | the highest score                                                            | scores  |
 * | random   | any, by the seed                                                             |         |
 * | kcenter  | the one that is farthest from all taken, from the highest score, or the      | vectors |
 * |          | first record, on                                                             |         |
 * | facility | the one that brings all records nearest to something taken: the sum of       | vectors |
 * |          | 1 / (1 + distance) to the nearest grows most                                 |         |
 * | deita    | the highest score that has no taken one nearer than a cosine                 | both    |
 * | dpp      | the one that widens the span most: greedy MAP of a determinantal point       | vectors |
 * |          | process, of scores and cosines                                               |         |
 * | rds      | in turns for each target, what is nearest to that by cosine; what is taken   | vectors |
 * |          | already costs the turn                                                       |         |
 *
 * Distances are Euclidean. Of equals the first record is taken. Everything is exact, facility location
 * by lazy evaluation: gains only fall, so one that is still the largest when it is computed again is
 * the largest. The same for any number of threads.
 *
 * Sources: k-center Sener and Savarese 2018, facility location Minoux 1978, DEITA arXiv:2312.15685,
 * DPP Chen et al. 2018, RDS+ arXiv:2503.01807.
 */
#ifndef SELECT_PICK_H
#define SELECT_PICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/workers.h"
#include "select/vectors.h"
#include "sow/sow.h"

enum picker { PICK_TOP, PICK_RANDOM, PICK_KCENTER, PICK_FACILITY, PICK_DEITA, PICK_DPP, PICK_RDS };

#define PICK_NONE ((size_t)-1)

struct pick {
	size_t count, wanted;
	const double *score;         /* NULL: none */
	const struct vectors *vectors, *targets; /* NULL: none */
	double threshold;            /* of deita: a cosine above it is too near */
	uint64_t seed;
	bool is_lean;                /* of facility: nothing is kept, as where n * n numbers are too many */
};

struct chosen {
	size_t *list;                /* in the order they were taken */
	size_t count;
	/* of deita, by record: the taken one that was too near (PICK_NONE: none), and its cosine */
	size_t *near;
	double *cosine;
};

/* SOW_OK, SOW_NOMEM, or SOW_TOOBIG where the table of dpp would take more than 8 GiB. */
int pick_run(enum picker how, const struct pick *p, struct workers *crew, struct chosen *out,
	     struct sow_error *err);
void chosen_release(struct chosen *c);

/* Rearranges a ranking so that the groups take turns, in the order in which they first come, each with
 * its best that is left; what an exhausted group leaves the others share. SOW_OK or SOW_NOMEM. */
int pick_balance(size_t *list, size_t count, const size_t *group_of, size_t groups);

#endif
