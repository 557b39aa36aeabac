/* lcs.h - the longest common subsequence of one sequence with many others.
 *
 *     struct lcs q;
 *     if (lcs_init(&q, a, na))
 *             goto out;
 *     int length = lcs_with(&q, b, nb);       // as often as wanted
 *     lcs_release(&q);
 *
 * Bit-parallel (Crochemore et al. 2001 in the form of Hyyrö 2004): a bit for each
 * element of `a`, one addition for 64 of them and an element of `b`. `a` is cut into
 * blocks of 64, each swept over the whole of `b`, with the carries out of one block
 * kept for the next; so memory grows with a + b and never with a · b.
 *
 * Threads: a struct lcs belongs to one thread. It is about 13 KB, points into itself and must
 * not be moved. Up to LCS_SMALL · 64 elements take no heap.
 */
#ifndef TEXT_LCS_H
#define TEXT_LCS_H

#include <stddef.h>
#include <stdint.h>

#define LCS_SMALL 3
#define LCS_SLOTS 256 /* at least 4 for each element of a block, so that probes are short */

/* Where in the block an element occurs; an empty slot has no bit set. */
struct lcs_slot {
	uint64_t mask;
	uint32_t id;
};

struct lcs_block {
	struct lcs_slot slots[LCS_SLOTS];
	uint32_t shift; /* 32 - log2 of the slots in use */
	uint32_t last;  /* slots in use - 1 */
};

struct lcs {
	struct lcs_block *blocks;
	size_t count;
	uint64_t *carries; /* a bit for each element of `b` */
	size_t carry_room;
	struct lcs_block small[LCS_SMALL];
};

/* `a` is not kept. SOW_OK, SOW_NOMEM, or SOW_TOOBIG past INT_MAX elements; after a
 * failure there is nothing to release. */
int lcs_init(struct lcs *q, const uint32_t *a, size_t na);

/* The length, or SOW_NOMEM. */
int lcs_with(struct lcs *q, const uint32_t *b, size_t nb);

void lcs_release(struct lcs *q);

#endif
