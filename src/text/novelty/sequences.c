#include "text/novelty/sequences.h"

#include "base/mem.h"
#include "sow/sow.h"

#define WORD_BYTES 5 /* the most that one takes */

static int reserve(struct sequences *s, size_t bytes)
{
	int status = mem_try_grow(&s->bytes, &s->byte_room, s->used + bytes);
	if (!status)
		status = mem_try_grow(&s->places, &s->place_room, s->count + 1);
	if (!status)
		status = mem_try_grow(&s->ids, &s->id_room, s->count + 1);
	return status;
}

static uint8_t *pack(uint8_t *out, uint32_t word)
{
	for (; word >= 128; word >>= 7)
		*out++ = (uint8_t)(word | 128);
	*out++ = (uint8_t)word;
	return out;
}

int sequences_add(struct sequences *s, const uint32_t *words, size_t n, int64_t id)
{
	if (n > SEQUENCE_LONGEST || s->count == SEQUENCES_MOST)
		return SOW_TOOBIG;
	if (reserve(s, n ? n * WORD_BYTES : 1)) /* an empty one also has a place */
		return SOW_NOMEM;
	uint8_t *at = s->bytes + s->used;
	for (size_t i = 0; i < n; i++)
		at = pack(at, words[i]);
	s->places[s->count] = (uint64_t)s->used << 24 | n;
	s->ids[s->count++] = id;
	s->used = (size_t)(at - s->bytes);
	return SOW_OK;
}

void sequences_drop_last(struct sequences *s)
{
	s->used = (size_t)(s->places[--s->count] >> 24);
}

void sequences_release(struct sequences *s)
{
	mem_free(s->bytes);
	mem_free(s->places);
	mem_free(s->ids);
	*s = (struct sequences)SEQUENCES_INIT;
}

void sequences_get(const struct sequences *s, size_t i, uint32_t *words)
{
	size_t n = sequences_length(s, i);
	const uint8_t *at = s->bytes + (s->places[i] >> 24);
	for (size_t j = 0; j < n; j++) {
		uint32_t word = *at & 127u;
		for (unsigned shift = 7; *at++ & 128; shift += 7)
			word |= (uint32_t)(*at & 127u) << shift;
		words[j] = word;
	}
}
