/* novelty.h - is this sentence new?
 *
 * Holds word sequences and answers one question exactly: which of them is most like this
 * one by ROUGE-L F1?
 *
 *     struct novelty *nv = novelty_new(0.7, NOVELTY_ABOVE);
 *     struct neighbour near;
 *     novelty_nearest(nv, &words, &near);
 *     if (!near.found)
 *             novelty_add(nv, &words, id);
 *     novelty_free(nv);
 *
 * Exact means exact: pruning only skips pairs that cannot pass the threshold. Of equally
 * near neighbours the earliest added is the nearest. Scores are rouge_f's doubles. Adding
 * and asking may be mixed in any order.
 *
 * How: two sequences above the threshold share a word that is among the rarest of both
 * (prefix_bounds.h), so the postings of a query's rarest words hold every candidate (postings.h);
 * sketches of 64 bits rule most of them out (sketch.h); the few that remain are compared (lcs.h).
 * The order of words is learnt again at each doubling.
 *
 * Words are numbers of one vocabulary (words.h): from 0, without large gaps.
 *
 * Threads: any number of readers, or one writer; a query has its own working memory.
 * Memory: at 0.7 under 10 bytes a word and 32 a sequence, from some 30,000 sequences on;
 * with NOVELTY_ALL 5 bytes a word more. While the order of words is learnt the postings exist twice.
 */
#ifndef TEXT_NOVELTY_H
#define TEXT_NOVELTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/workers.h"
#include "text/words.h"

struct novelty;

struct neighbour {
	double score; /* ROUGE-L F1, 0..1 */
	int64_t id;   /* as given to novelty_add */
	bool found;
	uint32_t compared; /* how many sequences the query compared in full */
};

enum novelty_kind {
	NOVELTY_ABOVE, /* for queries above the threshold only */
	NOVELTY_ALL    /* also keeps what makes novelty_nearest_few fast */
};

/* `threshold` from 0 to 1. NULL when out of memory. */
struct novelty *novelty_new(double threshold, enum novelty_kind kind);
void novelty_free(struct novelty *nv);        /* NULL is fine */
size_t novelty_count(const struct novelty *nv);

/* SOW_OK, SOW_NOMEM, or SOW_TOOBIG past 2^24 words or 2^32 sequences (2^26 with NOVELTY_ALL);
 * a failure leaves the index unchanged. */
int novelty_add(struct novelty *nv, const struct words *w, int64_t id);

/* Bulk load. Queries are not allowed between the two calls; adding takes half the time, because
 * novelty_end_bulk builds the postings once, with final word frequencies, on several threads (`crew` may
 * be NULL). SOW_OK; or SOW_NOMEM, and the bulk load is still open: call it again. */
void novelty_begin_bulk(struct novelty *nv);
int novelty_end_bulk(struct novelty *nv, struct workers *crew);

/* The nearest one with score > threshold, if any. SOW_OK, or SOW_NOMEM or SOW_TOOBIG (see
 * lcs.h) and then nothing is found. An empty sequence scores 0 with every sequence, itself included. */
int novelty_nearest(const struct novelty *nv, const struct words *w, struct neighbour *near);

/* The `k` nearest of those with score > threshold, best first, into near[0..*count-1], which
 * has room for k. As above, and after a failure *count is 0. */
int novelty_above(const struct novelty *nv, const struct words *w, size_t k, struct neighbour *near,
		  size_t *count);

/* The `k` nearest of all, also below the threshold, best first, and the mean score over every
 * sequence held (0 if none; summed in order of addition), as Self-Instruct's released data
 * records them. Time grows with the number held: about 4 ns each with NOVELTY_ALL, ten times
 * that without. Otherwise as above. */
int novelty_nearest_few(const struct novelty *nv, const struct words *w, size_t k,
			struct neighbour *near, size_t *count, double *mean);

/* Looks up each of w[0..count-1] in turn, and adds with ids[i] those that have no neighbour: what
 * novelty_nearest and novelty_add do one after the other, on several threads. Fastest with some
 * thousand at a time. SOW_OK; on a failure the first *done are answered and added. `crew` may be
 * NULL. */
int novelty_filter(struct novelty *nv, struct workers *crew, const struct words *w,
		   const int64_t *ids, size_t count, struct neighbour *near, size_t *done);

#endif
