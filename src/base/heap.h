/* heap.h - things in an order, smallest key first. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct heap_entry {
	uint64_t key;
	void *item;
};

struct heap {
	struct heap_entry *list;
	size_t count;
	size_t room;
};

#define HEAP_INIT { .list = 0 }

int heap_push(struct heap *h, uint64_t key, void *item); /* SOW_OK or SOW_NOMEM */
void *heap_pop(struct heap *h);               /* of the smallest key; count must not be 0 */
void heap_release(struct heap *h);            /* the heap, not the items */

#endif
