/* alike.h - which of many texts is most like this one, by the words they share?
 *
 *     struct alike *a = alike_new(0.7, 0, 0);
 *     struct alike_query q = ALIKE_QUERY_INIT;
 *     shingles_of(&q.shingles, WORDS_UNICODE, 5, text);
 *     alike_prepare(a, &q);
 *     if (!alike_nearest(a, &q, &near))
 *             alike_add(a, &q, line);
 *     alike_query_release(&q);
 *     alike_free(a);
 *
 * MinHash finds candidates; each is then checked by the true Jaccard similarity of the two
 * sets of shingles, so nothing is found that is not there. What is there may be missed, the
 * more likely the nearer to the threshold: alike_chance says how likely.
 *
 * Threads: any number of readers (alike_nearest, alike_recall), or one writer; alike_prepare goes
 * with either. A query belongs to one. Memory: 4 bytes a shingle, 24 a set, and 11 to 16 a band.
 */
#ifndef TEXT_ALIKE_H
#define TEXT_ALIKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/alike/minhash.h"
#include "text/alike/shingles.h"

#define ALIKE_MOST (UINT32_MAX - 1) /* sets */

struct alike;

struct alike_query {
	struct shingles shingles;
	uint32_t bands[MINHASH_MOST];
	uint64_t sketch;
};

#define ALIKE_QUERY_INIT { .shingles = SHINGLES_INIT }

struct alike_near {
	double score;        /* Jaccard similarity */
	size_t id;           /* as given to alike_add or alike_hold */
};

/* For bands and rows see minhash_init; NULL when out of memory, or if they are refused. */
struct alike *alike_new(double threshold, size_t bands, size_t rows);
void alike_free(struct alike *a);             /* NULL is fine */

/* After the shingles have been set. */
void alike_prepare(const struct alike *a, struct alike_query *q);
void alike_query_release(struct alike_query *q);

/* Tells memory that alike_nearest is asked soon; may be left out. */
void alike_prefetch(const struct alike *a, const struct alike_query *q);

/* True if a set of at least the threshold is found; the most alike of those, of equals the
 * earliest. An empty set is like none. */
bool alike_nearest(const struct alike *a, const struct alike_query *q, struct alike_near *near);

/* SOW_OK, SOW_NOMEM or SOW_TOOBIG, and then nothing was added. */
int alike_add(struct alike *a, const struct alike_query *q, size_t id);

/* Adding in two steps, for sets that are looked at in another order than they come in. First each
 * is held; a query that is not prepared will do, and what is returned is as of alike_add. */
int alike_hold(struct alike *a, const struct alike_query *q, size_t id);
/* The nth that was held, from 0, as a query that is prepared. SOW_OK or SOW_NOMEM. */
void alike_recall(const struct alike *a, size_t n, struct alike_query *q);
/* From now on it is found; of equals, the one that was held first. SOW_OK or SOW_NOMEM. */
int alike_enter(struct alike *a, const struct alike_query *q, size_t n);
size_t alike_id(const struct alike *a, size_t n);

#endif
