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

struct novelty {
	double threshold;
	enum novelty_kind kind;
	const struct kernel *kernel;
	struct sequences held;
	struct postings *postings;
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

/* best[0..*count-1] are the up to `k` best above the threshold. SOW_OK, or a failure as in
 * novelty_nearest and *count is 0. */
int index_find(const struct novelty *nv, const struct words *w, struct hit *best, size_t k,
	       size_t *count, uint32_t *compared);

/* As novelty_add; the crew, NULL: the caller alone, orders the words anew when it is time to. */
int index_insert(struct novelty *nv, struct workers *crew, const struct words *w, int64_t id);

struct neighbour index_neighbour(const struct novelty *nv, struct hit hit);

#endif
