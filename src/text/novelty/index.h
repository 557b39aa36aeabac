/* index.h - the parts of a novelty index, and a query of it. Private to this folder.
 *
 * novelty.c adds and looks up, full_scan.c compares with all sequences, filter.c looks up and adds many at
 * a time.
 */
#ifndef TEXT_NOVELTY_INDEX_H
#define TEXT_NOVELTY_INDEX_H

#include "text/kernel.h"
#include "text/novelty.h"
#include "text/novelty/lcs_many.h"
#include "text/novelty/postings.h"
#include "text/novelty/word_order.h"
#include "text/novelty/prefix_bounds.h"
#include "text/novelty/search.h"
#include "text/novelty/sequences.h"

#define INDEX_BOUNDS 64 /* lengths whose bounds are worked out once */
#define INDEX_SHARDS 8  /* parts of the postings, by word, to which as many threads can add at once */

struct novelty {
	double threshold;
	enum novelty_kind kind;
	const struct kernel *kernel;
	struct sequences held;
	struct postings *postings[INDEX_SHARDS]; /* of word w in w % INDEX_SHARDS, as w / INDEX_SHARDS */
	struct word_order word_order;
	size_t vocabulary;       /* one more than the highest word */
	size_t next_order;       /* the count at which the order of words is learnt again */
	bool loading;            /* bulk load: added sequences have no postings yet */
	struct lcs_many all;     /* with NOVELTY_ALL */
	struct prefix_bounds bounds[INDEX_BOUNDS];
};

/* The prefix bounds of a sequence of n words: *own if it is a long one. */
const struct prefix_bounds *index_prefix_bounds(const struct novelty *nv, size_t n,
						struct prefix_bounds *own);

/* The words that a sequence is posted under, each once; the first `early` are not late (prefix_bounds.h). */
struct index_prefix {
	uint32_t *words;         /* room for `prefix` of the bounds */
	size_t count, early;
};

/* best[0..*count-1] are the up to `k` best above the threshold. SOW_OK with the query's own *prefix (NULL: not
 * wanted), or a failure as in novelty_nearest and *count is 0. */
int index_find(const struct novelty *nv, const struct words *w, struct hit *best, size_t k,
	       size_t *count, uint32_t *compared, struct index_prefix *prefix);

/* As novelty_add, in three parts: holds the sequence, which no search finds yet; posts one that is held under
 * those of its words that are in a shard, so that several threads can post in a shard each; and orders the
 * words anew when it is time to, with the crew (NULL: the caller alone). */
int index_hold(struct novelty *nv, const struct words *w, int64_t id);
int index_post(struct novelty *nv, size_t shard, const struct index_prefix *prefix, uint64_t sketch,
	       uint32_t number);
void index_order(struct novelty *nv, struct workers *crew);
/* Removes the last that is held, whose words these are. What it is posted under does no harm: a search judges by
 * the sequence itself, and there is none of its number, or a later one's. */
void index_drop_last(struct novelty *nv, const struct words *w);

static inline void index_prefetch(const struct novelty *nv, size_t shard, const struct index_prefix *prefix)
{
	for (size_t i = 0; i < prefix->count; i++) {
		if (prefix->words[i] % INDEX_SHARDS == shard)
			postings_prefetch(nv->postings[shard], prefix->words[i] / INDEX_SHARDS);
	}
}

struct neighbour index_neighbour(const struct novelty *nv, struct hit hit);

#endif
