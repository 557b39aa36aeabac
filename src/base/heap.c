#include "base/heap.h"

#include <stdbool.h>

#include "base/mem.h"

struct heap_entry {
	int64_t key;
	uint64_t number; /* of the push: keeps equal keys in order */
	void *item;
};

static bool before(const struct heap_entry *a, const struct heap_entry *b)
{
	return a->key != b->key ? a->key < b->key : a->number < b->number;
}

void heap_push(struct heap *h, int64_t key, void *item)
{
	mem_grow(&h->list, &h->room, h->count + 1);
	struct heap_entry new = { key, h->pushed++, item };
	size_t at = h->count++;
	for (; at && before(&new, &h->list[(at - 1) / 2]); at = (at - 1) / 2)
		h->list[at] = h->list[(at - 1) / 2];
	h->list[at] = new;
}

int64_t heap_key(const struct heap *h)
{
	return h->count ? h->list[0].key : HEAP_NONE;
}

void *heap_pop(struct heap *h)
{
	if (!h->count)
		return NULL;
	void *item = h->list[0].item;
	struct heap_entry last = h->list[--h->count];
	size_t at = 0, child;
	while ((child = 2 * at + 1) < h->count) {
		if (child + 1 < h->count && before(&h->list[child + 1], &h->list[child]))
			child++;
		if (!before(&h->list[child], &last))
			break;
		h->list[at] = h->list[child];
		at = child;
	}
	h->list[at] = last;
	return item;
}

void heap_release(struct heap *h)
{
	mem_free(h->list);
	*h = (struct heap)HEAP_INIT;
}
