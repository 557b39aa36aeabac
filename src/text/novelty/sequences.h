/* sequences.h - many sequences of words, packed, numbered from 0.
 *
 *     struct sequences s = SEQUENCES_INIT;
 *     sequences_add(&s, ids, count, id);
 *     uint32_t *words = ... room for sequences_length(&s, 0) ...;
 *     sequences_get(&s, 0, words);
 *     sequences_release(&s);
 *
 * A word takes a byte for 7 bits of its number: words seen early, which are mostly the
 * frequent ones, take one or two.
 *
 * Threads: any number of readers, or one writer. Memory: the bytes of the words, and 16 a sequence.
 */
#ifndef TEXT_NOVELTY_SEQUENCES_H
#define TEXT_NOVELTY_SEQUENCES_H

#include <stddef.h>
#include <stdint.h>

#define SEQUENCES_MOST UINT32_MAX             /* their number */
#define SEQUENCE_LONGEST ((1u << 24) - 1)     /* words in one */

struct sequences {
	uint8_t *bytes;
	size_t used, byte_room;
	uint64_t *places;    /* where in `bytes` it starts << 24 | its length */
	int64_t *ids;
	size_t count, place_room, id_room;
};

#define SEQUENCES_INIT { .bytes = 0 }

/* SOW_OK, SOW_NOMEM, or SOW_TOOBIG; a failure adds nothing. */
int sequences_add(struct sequences *s, const uint32_t *words, size_t n, int64_t id);
void sequences_drop_last(struct sequences *s); /* removes the last addition */
void sequences_release(struct sequences *s);

static inline size_t sequences_length(const struct sequences *s, size_t i)
{
	return s->places[i] & SEQUENCE_LONGEST;
}

void sequences_get(const struct sequences *s, size_t i, uint32_t *words);

static inline void sequences_prefetch(const struct sequences *s, size_t i)
{
	__builtin_prefetch(&s->bytes[s->places[i] >> 24]);
}

#endif
