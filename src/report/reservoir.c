#include "report/reservoir.h"

#include <stdlib.h>

#include "base/draw.h"
#include "base/mem.h"

void reservoir_init(struct reservoir *r, size_t most, uint64_t seed, uint32_t stream)
{
	*r = (struct reservoir){ .most = most, .seed = seed, .stream = stream };
}

void reservoir_release(struct reservoir *r)
{
	for (size_t i = 0; i < r->count; i++)
		buf_release(&r->list[i].text);
	mem_free(r->list);
	*r = (struct reservoir){ 0 };
}

struct kept *reservoir_next(struct reservoir *r)
{
	int64_t number = r->seen++;
	struct draw d = draw_start(r->seed, r->stream, (uint64_t)number);
	size_t place = draw_place(&d, (size_t)number, r->most);
	if (place == DRAW_NOWHERE)
		return NULL;
	if (place == r->count) {
		mem_grow(&r->list, &r->room, r->count + 1);
		r->list[r->count++] = (struct kept){ .text = BUF_INIT };
	}
	struct kept *k = &r->list[place];
	buf_clear(&k->text);
	k->number = number;
	k->id[0] = '\0';
	return k;
}

static int in_order(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;
	return x->number < y->number ? -1 : x->number > y->number;
}

void reservoir_finish(struct reservoir *r, size_t bytes)
{
	size_t fits = 0;
	/* the first ones are still in order: shuffle before any is dropped */
	for (size_t i = r->count; i > 1; i--) {
		struct draw d = draw_start(r->seed, r->stream + 1, i);
		size_t j = draw_below(&d, i);
		struct kept held = r->list[i - 1];
		r->list[i - 1] = r->list[j];
		r->list[j] = held;
	}
	while (fits < r->count && r->list[fits].text.len <= bytes)
		bytes -= r->list[fits++].text.len;
	while (r->count > fits)
		buf_release(&r->list[--r->count].text);
	if (r->count)
		qsort(r->list, r->count, sizeof(*r->list), in_order);
}
