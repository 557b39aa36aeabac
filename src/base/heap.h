/* heap.h - a priority queue: the smallest key first, equal keys in order of arrival.
 *
 *     struct heap later = HEAP_INIT;
 *     heap_push(&later, clock_monotonic() + CLOCK_SECOND, connection);
 *     ...
 *     while (heap_key(&later) <= clock_monotonic())
 *             wake(heap_pop(&later));
 *     heap_release(&later);
 *
 * Pushing and popping cost the logarithm of the count.
 */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stddef.h>
#include <stdint.h>

struct heap_entry;

struct heap {
	struct heap_entry *list;
	size_t count;
	size_t room;
	uint64_t pushed;
};

#define HEAP_INIT { .list = 0 }
#define HEAP_NONE INT64_MAX

void heap_push(struct heap *h, int64_t key, void *item);
int64_t heap_key(const struct heap *h);       /* the smallest; HEAP_NONE if it is empty */
void *heap_pop(struct heap *h);               /* the item of that key; NULL if it is empty */
void heap_release(struct heap *h);            /* the heap, not the items */

#endif
