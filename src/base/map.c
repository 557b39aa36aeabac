#include "base/map.h"

#include <string.h>

#include "base/mem.h"
#include "sow/sow.h"

struct map_slot {
	char *key; /* NULL: free */
	size_t len;
	uint64_t hash;
	uint64_t value;
};

/* FNV-1a with a final mix; keys come from the user's own data. */
static uint64_t hash_of(const char *key, size_t len)
{
	uint64_t h = UINT64_C(0xCBF29CE484222325);
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)key[i]) * UINT64_C(0x100000001B3);
	h ^= h >> 32;
	h *= UINT64_C(0xD6E8FEB86659FD93);
	return h ^ h >> 32;
}

static struct map_slot *slot_for(struct map_slot *slots, size_t room, const char *key,
				 size_t len, uint64_t hash)
{
	for (size_t i = (size_t)hash & (room - 1);; i = (i + 1) & (room - 1)) {
		struct map_slot *s = &slots[i];
		if (!s->key)
			return s;
		if (s->hash == hash && s->len == len && (!len || memcmp(s->key, key, len) == 0))
			return s;
	}
}

static void grow(struct map *m)
{
	size_t room = m->room ? m->room * 2 : 64;
	struct map_slot *slots = mem_zalloc(room * sizeof(*slots));
	for (size_t i = 0; i < m->room; i++) {
		struct map_slot *old = &m->slots[i];
		if (old->key)
			*slot_for(slots, room, old->key, old->len, old->hash) = *old;
	}
	mem_free(m->slots);
	m->slots = slots;
	m->room = room;
}

void map_put(struct map *m, const char *key, size_t len, uint64_t value)
{
	if ((m->count + 1) * 4 > m->room * 3)
		grow(m);
	uint64_t hash = hash_of(key, len);
	struct map_slot *s = slot_for(m->slots, m->room, key, len, hash);
	if (!s->key) {
		s->key = mem_copy(key, len);
		s->len = len;
		s->hash = hash;
		m->count++;
	}
	s->value = value;
}

uint64_t *map_get(const struct map *m, const char *key, size_t len)
{
	if (!m->room)
		return NULL;
	struct map_slot *s = slot_for(m->slots, m->room, key, len, hash_of(key, len));
	return s->key ? &s->value : NULL;
}

/* Moves back the entries that the removed one displaced, so that no search ends too early. */
static void close_gap(struct map *m, size_t gap)
{
	size_t last = m->room - 1;
	for (size_t i = (gap + 1) & last; m->slots[i].key; i = (i + 1) & last) {
		size_t home = (size_t)m->slots[i].hash & last;
		if (((i - home) & last) < ((i - gap) & last))
			continue;
		m->slots[gap] = m->slots[i];
		gap = i;
	}
	m->slots[gap] = (struct map_slot){ 0 };
}

void map_remove(struct map *m, const char *key, size_t len)
{
	if (!m->room)
		return;
	struct map_slot *s = slot_for(m->slots, m->room, key, len, hash_of(key, len));
	if (!s->key)
		return;
	mem_free(s->key);
	m->count--;
	close_gap(m, (size_t)(s - m->slots));
}

void map_release(struct map *m)
{
	for (size_t i = 0; i < m->room; i++)
		mem_free(m->slots[i].key);
	mem_free(m->slots);
	*m = (struct map)MAP_INIT;
}
