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
 * | instag   | of those with the most tags the first that has a tag which none taken in     | tags    |
 * |          | this pass has, and so on down; then another pass                             |         |
 * | dpp      | the one that widens the span most: greedy MAP of a determinantal point       | vectors |
 * |          | process, of scores and cosines                                               |         |
 * | cluster  | the `overall` highest scores, and of each cluster the `each` highest, in the | both    |
 * |          | order of scores; clusters by k-means on the components that hold 95 % of the |         |
 * |          | variance                                                                     |         |
 * | rds      | in turns for each target, or group of targets, what is nearest to one of it  | vectors |
 * |          | by cosine; what is taken already costs the turn                              |         |
 *
 * Distances are Euclidean. Of equals the first record is taken. Everything is exact (but for facility in
 * parts, greedi.h), and the same for any processor and number of threads.
 *
 * Sources: k-center Sener and Savarese 2018, facility location Minoux 1978, DEITA arXiv:2312.15685,
 * InsTag arXiv:2308.07074, DPP Chen et al. 2018, CaR arXiv:2402.18191, RDS+ arXiv:2503.01807.
 */
#ifndef SELECT_PICK_H
#define SELECT_PICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/workers.h"
#include "vector/vectors.h"
#include "sow/sow.h"

enum picker {
	PICK_TOP, PICK_RANDOM, PICK_KCENTER, PICK_FACILITY, PICK_DEITA, PICK_INSTAG, PICK_DPP, PICK_CLUSTER,
	PICK_RDS
};

#define PICK_NONE ((size_t)-1)

struct pick {
	size_t count, wanted;
	const double *score;         /* NULL: none */
	const struct vectors *vectors, *targets; /* NULL: none */
	double threshold;            /* of deita: a cosine above it is too near */
	uint64_t seed;
	const size_t *target_group;  /* of rds, by target, from 0; NULL: each is alone */
	/* of instag: record i has the tags from place tag_starts[i] to tag_starts[i + 1], numbers below
	 * tag_count, none twice */
	const uint32_t *tags;
	const size_t *tag_starts;
	size_t tag_count;
	size_t clusters, overall, each; /* of cluster; clusters 0: the root of half the count */
	bool is_lean;                /* of facility: pairs are never listed, as where they are too many */
	size_t parts;                /* of facility: in two rounds over so many parts (greedi.h); 0: none */
};

struct chosen {
	size_t *list;                /* in the order they were taken */
	size_t count;
	/* of deita, by record: the nearest taken one, if it is too near (PICK_NONE: none), and its cosine */
	size_t *near;
	double *cosine;
	/* of facility: the sum for all records, and one that no choice of as many exceeds */
	double reached, most;
};

/* SOW_OK, SOW_NOMEM, or SOW_TOOBIG where the table of dpp would take more than 8 GiB, or SOW_INVALID where
 * there are fewer records than clusters. */
int pick_run(enum picker how, const struct pick *p, struct workers *crew, struct chosen *out,
	     struct sow_error *err);
/* How many clusters CaR makes of so many records: the root of half their number. */
size_t pick_clusters(size_t count);
void chosen_release(struct chosen *c);

/* Rearranges a ranking so that the groups take turns, in the order in which they first occur, each with its
 * best remaining record; once a group is exhausted the others share its turns. */
void pick_balance(size_t *list, size_t count, const size_t *group_of, size_t groups);

#endif
