#include "text/minhash/shingles.h"

#include <string.h>

#include "base/mem.h"
#include "text/word_key.h"

static uint64_t hash_of(struct view word)
{
	uint64_t h = word.len * UINT64_C(0x9E3779B97F4A7C15) ^ word_key_of(word.p, word.len);
	h *= UINT64_C(0xD6E8FEB86659FD93);
	return (h ^ h >> 32) * UINT64_C(0x9E3779B97F4A7C15);
}

struct collector {
	struct shingles *s;
	size_t count;
};

static int collect(void *data, struct view word)
{
	struct collector *c = data;
	struct shingles *s = c->s;
	if (c->count == s->word_room)
		mem_grow(&s->words, &s->word_room, c->count + 1);
	s->words[c->count++] = hash_of(word);
	return SOW_OK;
}

/* Of `k` words in this order. Never 0, which is a free slot. */
static uint32_t shingle_of(const uint64_t *words, size_t k)
{
	uint64_t h = k;
	for (size_t i = 0; i < k; i++)
		h = (h ^ words[i]) * UINT64_C(0xBF58476D1CE4E5B9), h ^= h >> 29;
	uint32_t low = (uint32_t)(h >> 16);
	return low ? low : 1;
}

/* What a long text took is given back before the next. */
static void shed(struct shingles *s)
{
	mem_shed(&s->set, &s->room);
	mem_shed(&s->table, &s->table_room);
	mem_shed(&s->words, &s->word_room);
	s->count = 0;
}

/* A table at most half full. */
static void reserve(struct shingles *s, size_t count)
{
	size_t room = 16;
	while (room < count * 2)
		room *= 2;
	mem_grow(&s->set, &s->room, count);
	if (room > s->table_room) {
		uint32_t *table = mem_realloc(s->table, room * sizeof(*table));
		s->table = table;
		s->table_room = room;
	}
	/* a set much smaller than the last one does not clear it all */
	while (s->table_room / 8 > room)
		s->table_room /= 2;
	memset(s->table, 0, s->table_room * sizeof(*s->table));
	s->count = 0;
}

static uint32_t *slot_of(const struct shingles *s, uint32_t one)
{
	size_t i = one * UINT32_C(0x9E3779B1);
	for (i ^= i >> 15;; i++) {
		uint32_t *slot = &s->table[i & (s->table_room - 1)];
		if (!*slot || *slot == one)
			return slot;
	}
}

static void add(struct shingles *s, uint32_t one)
{
	uint32_t *slot = slot_of(s, one);
	if (!*slot) {
		*slot = one;
		s->set[s->count++] = one;
	}
}

void shingles_of(struct shingles *s, enum words_kind kind, size_t k, struct view text)
{
	struct collector c = { .s = s };
	shed(s);
	words_each(kind, text.p, text.len, collect, &c);
	if (k > c.count)
		k = c.count;
	size_t count = k ? c.count - k + 1 : 0;
	reserve(s, count);
	for (size_t i = 0; i < count; i++)
		add(s, shingle_of(s->words + i, k));
}

void shingles_set(struct shingles *s, const uint32_t *set, size_t count)
{
	shed(s);
	reserve(s, count);
	for (size_t i = 0; i < count; i++)
		add(s, set[i]);
}

void shingles_release(struct shingles *s)
{
	mem_free(s->set);
	mem_free(s->table);
	mem_free(s->words);
	*s = (struct shingles)SHINGLES_INIT;
}

size_t shingles_common(const struct shingles *s, const uint32_t *other, size_t count,
		       size_t needed)
{
	size_t common = 0;
	for (size_t i = 0; i < count && s->count && common + (count - i) >= needed; i++)
		common += *slot_of(s, other[i]) == other[i];
	return common;
}

double jaccard(size_t common, size_t a, size_t b)
{
	size_t either = a + b - common;
	return either ? (double)common / (double)either : 0;
}

size_t jaccard_needed(double score, size_t a, size_t b)
{
	size_t common = (size_t)(score / (1 + score) * (double)(a + b)); /* or one beside it */
	while (common && jaccard(common - 1, a, b) >= score)
		common--;
	while (common <= a && common <= b && jaccard(common, a, b) < score)
		common++;
	return common;
}
