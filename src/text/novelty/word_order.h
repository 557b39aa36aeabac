/* word_order.h - the words of a sequence, rarest first.
 *
 *     struct word_order r = WORD_ORDER_INIT;
 *     word_order_learn(&r, frequencies, vocabulary);
 *     word_order_sort(&r, ids, count, sorted);
 *     ... word_order_word(sorted[0]) is the rarest word of the sequence ...
 *     word_order_release(&r);
 *
 * An order over all words: by falling frequency as last learnt. A word that was unknown then
 * counts as rarer than all known words, and the rarer the higher its number, since numbers are
 * given in the order words are first seen. Any order gives correct results, a good one fast.
 */
#ifndef TEXT_NOVELTY_WORD_ORDER_H
#define TEXT_NOVELTY_WORD_ORDER_H

#include <stddef.h>
#include <stdint.h>

struct word_order {
	uint32_t *places; /* of each word, 0 for the most frequent */
	size_t count;
};

#define WORD_ORDER_INIT { .places = 0 }

/* frequencies[i] is the ith word's. SOW_OK, or SOW_NOMEM and the order does not change. */
int word_order_learn(struct word_order *r, const uint32_t *frequencies, size_t count);
void word_order_release(struct word_order *r);

/* sorted[] has room for n; a word that occurs twice appears twice. */
void word_order_sort(const struct word_order *r, const uint32_t *ids, size_t n, uint64_t *sorted);

static inline uint32_t word_order_word(uint64_t sorted)
{
	return (uint32_t)sorted;
}

#endif
