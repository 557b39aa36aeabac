/* minhash_index.h - which of many texts is most like this one, by the words they share?
 *
 *     struct minhash_index *a = minhash_index_new(0.7, 0, 0);
 *     struct minhash_query q = MINHASH_QUERY_INIT;
 *     shingles_of(&q.shingles, WORDS_UNICODE, 5, text);
 *     minhash_index_prepare(a, &q);
 *     if (!minhash_index_nearest(a, &q, &near))
 *             minhash_index_add(a, &q, line);
 *     minhash_query_release(&q);
 *     minhash_index_free(a);
 *
 * MinHash finds candidates, and the true Jaccard similarity of the two sets of shingles checks
 * each; so there are no false positives. A similar set may be missed, the more likely the
 * nearer its similarity to the threshold: minhash_chance says how likely.
 *
 * Threads: any number of readers (minhash_index_nearest, minhash_index_load), or one writer;
 * minhash_index_prepare goes with either. A query belongs to one thread.
 * Memory: 4 bytes a shingle, 24 a set, and 11 to 16 a band.
 */
#ifndef TEXT_MINHASH_INDEX_H
#define TEXT_MINHASH_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/minhash/minhash.h"
#include "text/minhash/shingles.h"

#define MINHASH_INDEX_MOST (UINT32_MAX - 1) /* sets */

struct minhash_index;

struct minhash_query {
	struct shingles shingles;
	uint32_t bands[MINHASH_MOST];
	uint64_t sketch;
};

#define MINHASH_QUERY_INIT { .shingles = SHINGLES_INIT }

struct minhash_neighbour {
	double score;        /* Jaccard similarity */
	size_t id;           /* as given to minhash_index_add or minhash_index_store */
};

/* For bands and rows see minhash_init; NULL when out of memory, or if they are refused. */
struct minhash_index *minhash_index_new(double threshold, size_t bands, size_t rows);
void minhash_index_free(struct minhash_index *a); /* NULL is fine */

/* Call it after setting the shingles. */
void minhash_index_prepare(const struct minhash_index *a, struct minhash_query *q);
void minhash_query_release(struct minhash_query *q);

/* Prefetches for minhash_index_nearest; optional. */
void minhash_index_prefetch(const struct minhash_index *a, const struct minhash_query *q);

/* True if it finds a set whose similarity is at least the threshold; *near is the most similar, of
 * equals the earliest. An empty set is similar to none. */
bool minhash_index_nearest(const struct minhash_index *a, const struct minhash_query *q,
			   struct minhash_neighbour *near);

/* SOW_OK, SOW_NOMEM or SOW_TOOBIG; a failure adds nothing. */
int minhash_index_add(struct minhash_index *a, const struct minhash_query *q, size_t id);

/* Adding in two steps, for sets that are compared in another order than they arrive in. First store
 * each of them, of a query that need not be prepared; returns what minhash_index_add does. */
int minhash_index_store(struct minhash_index *a, const struct minhash_query *q, size_t id);
/* The nth stored set, from 0, as a prepared query. */
void minhash_index_load(const struct minhash_index *a, size_t n, struct minhash_query *q);
/* From now on minhash_index_nearest finds it; of equals, the one stored first. SOW_OK or SOW_NOMEM. */
int minhash_index_insert(struct minhash_index *a, const struct minhash_query *q, size_t n);
size_t minhash_index_id(const struct minhash_index *a, size_t n);

#endif
