/* rarity.h - the words of a sequence, rarest first.
 *
 *     struct rarity r = RARITY_INIT;
 *     rarity_learn(&r, frequencies, vocabulary);
 *     rarity_sort(&r, ids, count, sorted);
 *     ... rarity_word(sorted[0]) is the rarest word of the sequence ...
 *     rarity_release(&r);
 *
 * An order over all words: by falling frequency as it was learnt last; a word that was
 * not known then is rarer than all that were, and the rarer the higher its number, since
 * numbers are given in the order words are first seen. Any order is right, a good one is fast.
 */
#ifndef TEXT_NOVELTY_RARITY_H
#define TEXT_NOVELTY_RARITY_H

#include <stddef.h>
#include <stdint.h>

struct rarity {
	uint32_t *places; /* of each word, 0 for the most frequent */
	size_t count;
};

#define RARITY_INIT { .places = 0 }

/* frequencies[i] is the ith word's. SOW_OK, or SOW_NOMEM and the order stays as it was. */
int rarity_learn(struct rarity *r, const uint32_t *frequencies, size_t count);
void rarity_release(struct rarity *r);

/* sorted[] has room for n; a word that occurs twice appears twice. */
void rarity_sort(const struct rarity *r, const uint32_t *ids, size_t n, uint64_t *sorted);

static inline uint32_t rarity_word(uint64_t sorted)
{
	return (uint32_t)sorted;
}

#endif
