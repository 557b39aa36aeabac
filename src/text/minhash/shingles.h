/* shingles.h - a text as the set of its runs of k words, each a number of 32 bits.
 *
 *     struct shingles s = SHINGLES_INIT;
 *     shingles_of(&s, WORDS_UNICODE, 5, text);
 *     ... s.set[0 .. s.count-1], all different ...
 *     shingles_release(&s);
 *
 * Words are compared as words.h folds them. A text of fewer than k words, but at least one, is
 * one shingle. Two different shingles of two texts of a hundred words have the same number
 * once in some hundred thousand pairs of texts, and then count as one.
 */
#ifndef TEXT_MINHASH_SHINGLES_H
#define TEXT_MINHASH_SHINGLES_H

#include <stddef.h>
#include <stdint.h>

#include "text/words.h"

struct shingles {
	uint32_t *set;               /* in the order of the text */
	size_t count, room;
	uint32_t *table;             /* open addressing; free slots are 0 */
	size_t table_room;           /* a power of two */
	uint64_t *words;             /* scratch */
	size_t word_room;
};

#define SHINGLES_INIT { .set = 0 }

/* `k` at least 1. */
void shingles_of(struct shingles *s, enum words_kind kind, size_t k, struct view text);
/* Copies an existing set. */
void shingles_set(struct shingles *s, const uint32_t *set, size_t count);
void shingles_release(struct shingles *s);

/* How many of `other`, which are all different, are in the set. If fewer than `needed`, any such
 * number, sooner. */
size_t shingles_common(const struct shingles *s, const uint32_t *other, size_t count,
		       size_t needed);

/* |A ∩ B| / |A ∪ B|; two empty sets have 0. */
double jaccard(size_t common, size_t a, size_t b);
/* The least `common` with which the similarity is at least `score`, above 0; more than the smaller
 * set has if there is none. */
size_t jaccard_needed(double score, size_t a, size_t b);

#endif
