/* heap.h - whole numbers, smallest first. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stddef.h>

struct heap {
	size_t *list;
	size_t count;
	size_t room;
};

#define HEAP_INIT { .list = 0 }

int heap_push(struct heap *h, size_t n);      /* SOW_OK or SOW_NOMEM */
size_t heap_pop(struct heap *h);              /* the smallest; count must not be 0 */
void heap_release(struct heap *h);

#endif
