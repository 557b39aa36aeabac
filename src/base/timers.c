#include "base/timers.h"

#include <stdbool.h>

#include "base/mem.h"
#include "sow/sow.h"

struct timer {
	int64_t due;
	uint64_t number; /* of the add: keeps equal ones in order */
	void *data;
};

static bool before(const struct timer *a, const struct timer *b)
{
	return a->due != b->due ? a->due < b->due : a->number < b->number;
}

int timers_add(struct timers *t, int64_t due, void *data)
{
	if (mem_grow((void **)&t->list, &t->room, t->count + 1, sizeof(*t->list)))
		return SOW_NOMEM;
	struct timer new = { due, t->added++, data };
	size_t at = t->count++;
	for (; at && before(&new, &t->list[(at - 1) / 2]); at = (at - 1) / 2)
		t->list[at] = t->list[(at - 1) / 2];
	t->list[at] = new;
	return SOW_OK;
}

int64_t timers_due(const struct timers *t)
{
	return t->count ? t->list[0].due : INT64_MAX;
}

void *timers_take(struct timers *t)
{
	if (!t->count)
		return NULL;
	void *data = t->list[0].data;
	struct timer last = t->list[--t->count];
	size_t at = 0, child;
	while ((child = 2 * at + 1) < t->count) {
		if (child + 1 < t->count && before(&t->list[child + 1], &t->list[child]))
			child++;
		if (!before(&t->list[child], &last))
			break;
		t->list[at] = t->list[child];
		at = child;
	}
	t->list[at] = last;
	return data;
}

void timers_release(struct timers *t)
{
	mem_free(t->list);
	*t = (struct timers)TIMERS_INIT;
}
