/* seed_similarity.h - how similar a set is to its seeds: the paper's histogram of the highest ROUGE-L of
 * each instruction with any seed.
 *
 *     struct seed_similarity *s = seed_similarity_new(WORDS_UNICODE);
 *     seed_similarity_seed(s, seed);                  // all of them first
 *     seed_similarity_add(s, instruction, &near);     // near.id: which seed, from 0
 *     seed_similarity_figures(s, figures);
 *     seed_similarity_free(s);
 *
 * Exact: the nearest is found among all seeds (text/novelty.h), however few words they share.
 *
 * Memory: the seeds' words and all words that occur; an instruction takes a microsecond and
 * some nanoseconds a seed.
 */
#ifndef REPORT_SEED_SIMILARITY_H
#define REPORT_SEED_SIMILARITY_H

#include <stddef.h>
#include <stdint.h>

#include "base/view.h"
#include "report/figures.h"
#include "sow/sow.h"
#include "text/novelty.h"

#define SIMILARITY_BINS 50 /* of 0.02 each; 1 is in the last */

struct seed_similarity;

struct seed_similarity *seed_similarity_new(enum words_kind kind); /* NULL when out of memory */
void seed_similarity_free(struct seed_similarity *s);              /* NULL is fine */

/* SOW_OK, SOW_NOMEM or SOW_TOOBIG (see words.h). */
int seed_similarity_seed(struct seed_similarity *s, struct view instruction);
/* *near is the nearest seed; without seeds none is found, and nothing is counted. */
int seed_similarity_add(struct seed_similarity *s, struct view instruction, struct neighbour *near);

/* "likeness", an object: "seeds", "count", "none" (those without a word in common), "mean",
 * "median" (the middle of its bin) and "bins". */
void seed_similarity_figures(const struct seed_similarity *s, struct figures *f);

#endif
