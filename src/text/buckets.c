#include "text/buckets.h"

#include "base/mem.h"
#include "sow/sow.h"

#define FIRST_ROOM 1024

struct bucket {
	uint32_t key;
	uint32_t entry; /* the number and one; 0: free */
};

/* Keys are hashes: all bits count, but tables larger than they go need more of them. */
size_t buckets_first(const struct buckets *b, uint32_t key)
{
	return (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (b->room - 1);
}

static void put(struct bucket *slots, size_t room, size_t at, struct bucket one)
{
	while (slots[at & (room - 1)].entry)
		at++;
	slots[at & (room - 1)] = one;
}

static int grow(struct buckets *b)
{
	struct buckets to = { .room = b->room ? b->room * 2 : FIRST_ROOM, .count = b->count };
	if (to.room > SIZE_MAX / sizeof(*to.slots))
		return SOW_NOMEM;
	to.slots = mem_zalloc(to.room * sizeof(*to.slots));
	if (!to.slots)
		return SOW_NOMEM;
	for (size_t i = 0; i < b->room; i++) {
		struct bucket one = b->slots[i];
		if (one.entry)
			put(to.slots, to.room, buckets_first(&to, one.key), one);
	}
	mem_free(b->slots);
	*b = to;
	return SOW_OK;
}

int buckets_reserve(struct buckets *b, size_t more)
{
	while ((b->count + more) * 4 > b->room * 3) {
		if (grow(b))
			return SOW_NOMEM;
	}
	return SOW_OK;
}

void buckets_add(struct buckets *b, uint32_t key, uint32_t number)
{
	put(b->slots, b->room, buckets_first(b, key), (struct bucket){ key, number + 1 });
	b->count++;
}

void buckets_release(struct buckets *b)
{
	mem_free(b->slots);
	*b = (struct buckets)BUCKETS_INIT;
}

void buckets_prefetch(const struct buckets *b, uint32_t key)
{
	if (b->room)
		__builtin_prefetch(&b->slots[buckets_first(b, key)]);
}

bool buckets_next(const struct buckets *b, uint32_t key, size_t *at, uint32_t *number)
{
	while (b->room) {
		const struct bucket *s = &b->slots[(*at)++ & (b->room - 1)];
		if (!s->entry)
			return false;
		if (s->key == key) {
			*number = s->entry - 1;
			return true;
		}
	}
	return false;
}
