#include "text/novelty/index.h"

#include "base/mem.h"
#include "sow/sow.h"

#define BATCH_ITEM 16 /* queries that a thread takes at a time */

/* What the index knew of one when the batch began. */
struct answer {
	struct hit best;
	size_t found;            /* 0 or 1 */
	uint32_t compared;
	int status;
};

struct batch {
	const struct novelty *nv;
	struct workers *crew;
	const struct words *w;
	size_t count;
	struct answer *answers;
	/* those that were added since the batch began */
	uint64_t *sketches;
	uint32_t *numbers;
	size_t added;
};

static void find_some(void *data, size_t item)
{
	struct batch *b = data;
	size_t end = (item + 1) * BATCH_ITEM;
	for (size_t i = item * BATCH_ITEM; i < end && i < b->count; i++) {
		struct answer *a = &b->answers[i];
		a->status = index_find(b->nv, &b->w[i], &a->best, 1, &a->found, &a->compared);
	}
}

/* Also searches the recent ones. They have higher numbers, so only a better score counts. */
static int find_recent(const struct batch *b, const struct words *w, struct answer *a)
{
	const struct novelty *nv = b->nv;
	struct search q;
	struct prefix_bounds own;
	const struct prefix_bounds *bounds = index_prefix_bounds(nv, w->count, &own);
	struct hit hit;
	search_start(&q, &nv->held, nv->kernel, w, &bounds->sieve,
		     a->found ? a->best.score : nv->threshold, &hit, 1);
	search_among(&q, b->sketches, b->numbers, b->added);
	int status = search_end(&q);
	a->compared += q.compared;
	if (!status && q.best_count) {
		a->best = hit;
		a->found = 1;
	}
	return status;
}

static int confirm(struct novelty *nv, struct batch *b, size_t i, int64_t id, struct neighbour *near)
{
	const struct words *w = &b->w[i];
	struct answer *a = &b->answers[i];
	int status = a->status;
	if (!status)
		status = find_recent(b, w, a);
	if (status)
		return status;
	*near = a->found ? index_neighbour(nv, a->best) : (struct neighbour){ .found = false };
	near->compared = a->compared;
	if (a->found)
		return SOW_OK;
	status = index_insert(nv, b->crew, w, id);
	if (status)
		return status;
	b->sketches[b->added] = sketch_of(w->ids, w->count);
	b->numbers[b->added++] = (uint32_t)(nv->held.count - 1);
	return SOW_OK;
}

int novelty_filter(struct novelty *nv, struct workers *crew, const struct words *w,
		   const int64_t *ids, size_t count, struct neighbour *near, size_t *done)
{
	struct batch b = { .nv = nv, .crew = crew, .w = w, .count = count };
	int status = SOW_NOMEM;
	*done = 0;
	b.answers = mem_try_alloc(count * sizeof(*b.answers));
	b.sketches = mem_try_alloc(count * sizeof(*b.sketches));
	b.numbers = mem_try_alloc(count * sizeof(*b.numbers));
	if (!b.answers || !b.sketches || !b.numbers)
		goto out;
	workers_run(crew, (count + BATCH_ITEM - 1) / BATCH_ITEM, find_some, &b);
	status = SOW_OK;
	while (*done < count) {
		status = confirm(nv, &b, *done, ids[*done], &near[*done]);
		if (status)
			break;
		++*done;
	}
out:
	mem_free(b.answers);
	mem_free(b.sketches);
	mem_free(b.numbers);
	return status;
}
