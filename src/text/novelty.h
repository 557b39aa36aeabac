/* novelty.h - is this sentence new?
 *
 * Holds token sequences and answers one question exactly: which of them is most
 * like this one by ROUGE-L F1?
 *
 *     struct novelty *nv = novelty_new(0.7);
 *     struct near near;
 *     novelty_nearest(nv, &words, &near);
 *     if (!near.found || near.score <= 0.7)
 *             novelty_add(nv, &words, id);
 *     novelty_free(nv);
 *
 * Exact means exact: pruning only skips pairs that cannot pass the threshold. Of
 * equally near neighbours the earliest added is the nearest. Scores are rouge_f's
 * doubles. Below the threshold `near` may miss a neighbour and then says not found;
 * novelty_nearest_few always looks at all.
 *
 * Threads: any number of readers, or one writer; what a query needs is its own.
 * Memory: tokens are copied, 4 bytes each, 16 a sequence, half as much again at worst.
 */
#ifndef TEXT_NOVELTY_H
#define TEXT_NOVELTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/words.h"

struct novelty;

struct near {
	double score; /* ROUGE-L F1, 0..1 */
	int64_t id;   /* as given to novelty_add */
	bool found;
};

struct novelty *novelty_new(double threshold); /* 0..1; NULL when out of memory */
void novelty_free(struct novelty *nv);        /* NULL is fine */
size_t novelty_count(const struct novelty *nv);

int novelty_add(struct novelty *nv, const struct words *w, int64_t id); /* SOW_OK, SOW_NOMEM */

/* The nearest one with score > threshold, if any. SOW_OK, or a failure of lcs_length
 * and then nothing is found. An empty sequence scores 0 with everything, itself too. */
int novelty_nearest(struct novelty *nv, const struct words *w, struct near *near);

/* The `k` nearest of all, best first, into near[0..*count-1], and the mean score over
 * every sequence held (0 if none; summed in order of addition), as Self-Instruct's
 * released data records them. `near` has room for k. SOW_OK, or as above with *count 0. */
int novelty_nearest_few(struct novelty *nv, const struct words *w, size_t k,
			struct near *near, size_t *count, double *mean);

#endif
