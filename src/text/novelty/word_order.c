#include "text/novelty/word_order.h"

#include <stdlib.h>

#include "base/mem.h"
#include "sow/sow.h"

#define FEW 48 /* up to here sorting by insertion is fastest */

static int descending(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	return (*x < *y) - (*x > *y);
}

int word_order_learn(struct word_order *r, const uint32_t *frequencies, size_t count)
{
	uint64_t *sorted = mem_try_alloc(count * sizeof(*sorted));
	uint32_t *places = mem_try_alloc(count * sizeof(*places));
	if (!sorted || !places) {
		mem_free(sorted);
		mem_free(places);
		return SOW_NOMEM;
	}
	for (size_t i = 0; i < count; i++) /* of equals the one first seen counts as frequent */
		sorted[i] = (uint64_t)frequencies[i] << 32 | (UINT32_MAX - i);
	qsort(sorted, count, sizeof(*sorted), descending);
	for (size_t i = 0; i < count; i++)
		places[UINT32_MAX - (uint32_t)sorted[i]] = (uint32_t)i;
	mem_free(sorted);
	mem_free(r->places);
	r->places = places;
	r->count = count;
	return SOW_OK;
}

void word_order_release(struct word_order *r)
{
	mem_free(r->places);
	*r = (struct word_order)WORD_ORDER_INIT;
}

void word_order_sort(const struct word_order *r, const uint32_t *ids, size_t n, uint64_t *sorted)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t place = ids[i] < r->count ? r->places[ids[i]] : ids[i];
		uint64_t one = place << 32 | ids[i];
		size_t at = i;
		if (n <= FEW) {
			for (; at && sorted[at - 1] < one; at--)
				sorted[at] = sorted[at - 1];
		}
		sorted[at] = one;
	}
	if (n > FEW)
		qsort(sorted, n, sizeof(*sorted), descending);
}
