#include "base/set.h"

#include <string.h>

#include "base/mem.h"
#include "sow/sow.h"

/* Mixes both halves of the product, so that every bit of `a` and `b` counts. */
static uint64_t fold(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 wide;
	wide product = (wide)a * b;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Little endian on every machine. */
static uint64_t word(const char *bytes, size_t len)
{
	uint64_t n = 0;
	for (size_t i = 0; i < len; i++)
		n |= (uint64_t)(unsigned char)bytes[i] << (8 * i);
	return n;
}

uint64_t hash64(uint64_t seed, const char *bytes, size_t len)
{
	const uint64_t odd = UINT64_C(0x9E3779B97F4A7C15), other = UINT64_C(0xD6E8FEB86659FD93);
	uint64_t h = fold(seed ^ odd, len ^ other);
	while (len > 8) {
		h = fold(h ^ word(bytes, 8), odd) + other;
		bytes += 8;
		len -= 8;
	}
	h = fold(h ^ word(bytes, len), odd) + other;
	return fold(h ^ odd, other);
}

/* A free slot is 0, so the number 0 is stored as another. */
static uint64_t stored(uint64_t n)
{
	return n ? n : UINT64_C(0x9E3779B97F4A7C15);
}

static uint64_t *slot_for(uint64_t *slots, size_t room, uint64_t n)
{
	for (size_t i = (size_t)fold(n, UINT64_C(0xD6E8FEB86659FD93)) & (room - 1);;
	     i = (i + 1) & (room - 1)) {
		if (!slots[i] || slots[i] == n)
			return &slots[i];
	}
}

static void grow(struct set *s)
{
	size_t room = s->room ? s->room * 2 : 1024;
	uint64_t *slots = mem_zalloc(room * sizeof(*slots));
	for (size_t i = 0; i < s->room; i++) {
		if (s->slots[i])
			*slot_for(slots, room, s->slots[i]) = s->slots[i];
	}
	mem_free(s->slots);
	s->slots = slots;
	s->room = room;
}

int set_add(struct set *s, uint64_t n)
{
	if ((s->count + 1) * 4 > s->room * 3)
		grow(s);
	uint64_t *slot = slot_for(s->slots, s->room, stored(n));
	if (*slot)
		return 0;
	*slot = stored(n);
	s->count++;
	return 1;
}

void set_release(struct set *s)
{
	mem_free(s->slots);
	*s = (struct set)SET_INIT;
}
