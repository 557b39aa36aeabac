#include "base/heap.h"

#include "base/mem.h"
#include "sow/sow.h"

int heap_push(struct heap *h, uint64_t key, void *item)
{
	if (mem_grow((void **)&h->list, &h->room, h->count + 1, sizeof(*h->list)))
		return SOW_NOMEM;
	size_t at = h->count++;
	for (; at && h->list[(at - 1) / 2].key > key; at = (at - 1) / 2)
		h->list[at] = h->list[(at - 1) / 2];
	h->list[at] = (struct heap_entry){ key, item };
	return SOW_OK;
}

void *heap_pop(struct heap *h)
{
	void *smallest = h->list[0].item;
	struct heap_entry last = h->list[--h->count];
	size_t at = 0, child;
	while ((child = 2 * at + 1) < h->count) {
		if (child + 1 < h->count && h->list[child + 1].key < h->list[child].key)
			child++;
		if (h->list[child].key >= last.key)
			break;
		h->list[at] = h->list[child];
		at = child;
	}
	h->list[at] = last;
	return smallest;
}

void heap_release(struct heap *h)
{
	mem_free(h->list);
	*h = (struct heap)HEAP_INIT;
}
