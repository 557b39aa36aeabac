#include "teacher/http/agenda.h"

#include "base/mem.h"
#include "sow/sow.h"

struct agenda_entry {
	int64_t due;
	void *what;
};

/* A binary heap: an entry is due no later than the two at 2i + 1 and 2i + 2. */

static void swap(struct agenda *a, size_t i, size_t j)
{
	struct agenda_entry e = a->list[i];
	a->list[i] = a->list[j];
	a->list[j] = e;
}

int agenda_add(struct agenda *a, int64_t due, void *what)
{
	void *array = a->list;
	if (mem_grow(&array, &a->room, a->count + 1, sizeof(*a->list)))
		return SOW_NOMEM;
	a->list = array;
	size_t i = a->count++;
	a->list[i] = (struct agenda_entry){ due, what };
	for (; i && a->list[(i - 1) / 2].due > a->list[i].due; i = (i - 1) / 2)
		swap(a, i, (i - 1) / 2);
	return SOW_OK;
}

void *agenda_take(struct agenda *a, int64_t now)
{
	if (!a->count || a->list[0].due > now)
		return NULL;
	void *what = a->list[0].what;
	a->list[0] = a->list[--a->count];
	for (size_t i = 0;;) {
		size_t least = i, left = 2 * i + 1, right = left + 1;
		if (left < a->count && a->list[left].due < a->list[least].due)
			least = left;
		if (right < a->count && a->list[right].due < a->list[least].due)
			least = right;
		if (least == i)
			return what;
		swap(a, i, least);
		i = least;
	}
}

int64_t agenda_next(const struct agenda *a)
{
	return a->count ? a->list[0].due : AGENDA_NEVER;
}

void agenda_release(struct agenda *a)
{
	mem_free(a->list);
	*a = (struct agenda)AGENDA_INIT;
}
