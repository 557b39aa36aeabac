#include "text/buckets.h"

#include "base/mem.h"
#include "sow/sow.h"

#define FIRST_ROOM 1024
#define LARGE (1u << 20) /* slots, from where on it grows by a quarter; before by as much again */

struct bucket {
	uint32_t key;
	uint32_t entry; /* the number and one; 0: free */
};

size_t buckets_first(const struct buckets *b, uint32_t key)
{
	return (size_t)((uint64_t)key * b->room >> 32);
}

static size_t behind(const struct buckets *b, size_t at)
{
	return at + 1 < b->room ? at + 1 : 0;
}

static void put(struct buckets *b, struct bucket one)
{
	size_t at = buckets_first(b, one.key);
	while (b->slots[at].entry)
		at = behind(b, at);
	b->slots[at] = one;
}

static int resize(struct buckets *b, size_t room)
{
	struct buckets to = { .room = room, .count = b->count };
	if (room > UINT32_MAX || room > SIZE_MAX / sizeof(*to.slots))
		return SOW_NOMEM;
	to.slots = mem_try_zalloc(room * sizeof(*to.slots));
	if (!to.slots)
		return SOW_NOMEM;
	for (size_t i = 0; i < b->room; i++) {
		if (b->slots[i].entry)
			put(&to, b->slots[i]);
	}
	mem_free(b->slots);
	*b = to;
	return SOW_OK;
}

int buckets_reserve(struct buckets *b, size_t more)
{
	size_t least = (b->count + more) / 3 * 4 + 4;
	if (least <= b->room)
		return SOW_OK;
	size_t room = b->room + (b->room < LARGE ? b->room : b->room / 4);
	if (room < FIRST_ROOM)
		room = FIRST_ROOM;
	return resize(b, room < least ? least : room);
}

void buckets_add(struct buckets *b, uint32_t key, uint32_t number)
{
	put(b, (struct bucket){ key, number + 1 });
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
		const struct bucket *s = &b->slots[*at];
		*at = behind(b, *at);
		if (!s->entry)
			return false;
		if (s->key == key) {
			*number = s->entry - 1;
			return true;
		}
	}
	return false;
}
