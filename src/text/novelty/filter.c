#include "text/novelty/index.h"

#include "base/mem.h"
#include "sow/sow.h"
#include "text/novelty/sketch.h"

#define BATCH_ITEM 16 /* queries that a thread takes at a time */
#define AHEAD 4       /* sequences whose postings are fetched before they are added to */

/* What the index knew of one when the batch began. */
struct answer {
	struct hit best;
	size_t found;            /* 0 or 1 */
	uint32_t compared;
	int status;
	uint64_t sketch;
	struct index_prefix prefix;
};

struct batch {
	struct novelty *nv;
	const struct words *w;
	size_t count;
	struct answer *answers;
	uint32_t *prefixes;
	/* those that were added since the batch began */
	uint64_t *sketches;
	uint32_t *numbers, *queries;
	size_t added;
	int post_status[INDEX_SHARDS];
};

static void batch_release(struct batch *b)
{
	mem_free(b->answers);
	mem_free(b->prefixes);
	mem_free(b->sketches);
	mem_free(b->numbers);
	mem_free(b->queries);
}

static int batch_init(struct batch *b)
{
	struct prefix_bounds own;
	size_t room = 0;
	for (size_t i = 0; i < b->count; i++)
		room += index_prefix_bounds(b->nv, b->w[i].count, &own)->prefix;
	b->answers = mem_try_alloc(b->count * sizeof(*b->answers));
	b->prefixes = mem_try_alloc(room * sizeof(*b->prefixes));
	b->sketches = mem_try_alloc(b->count * sizeof(*b->sketches));
	b->numbers = mem_try_alloc(b->count * sizeof(*b->numbers));
	b->queries = mem_try_alloc(b->count * sizeof(*b->queries));
	if (!b->answers || !b->prefixes || !b->sketches || !b->numbers || !b->queries) {
		batch_release(b);
		return SOW_NOMEM;
	}
	room = 0;
	for (size_t i = 0; i < b->count; i++) {
		b->answers[i].prefix.words = b->prefixes + room;
		room += index_prefix_bounds(b->nv, b->w[i].count, &own)->prefix;
	}
	return SOW_OK;
}

static void find_some(void *data, size_t item)
{
	struct batch *b = data;
	size_t end = (item + 1) * BATCH_ITEM;
	for (size_t i = item * BATCH_ITEM; i < end && i < b->count; i++) {
		struct answer *a = &b->answers[i];
		a->sketch = sketch_of(b->w[i].ids, b->w[i].count);
		a->status = index_find(b->nv, &b->w[i], &a->best, 1, &a->found, &a->compared, &a->prefix);
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

static int confirm(struct batch *b, size_t i, int64_t id, struct neighbour *near)
{
	struct answer *a = &b->answers[i];
	int status = a->status;
	if (!status)
		status = find_recent(b, &b->w[i], a);
	if (status)
		return status;
	*near = a->found ? index_neighbour(b->nv, a->best) : (struct neighbour){ .found = false };
	near->compared = a->compared;
	if (a->found)
		return SOW_OK;
	status = index_hold(b->nv, &b->w[i], id);
	if (status)
		return status;
	b->sketches[b->added] = a->sketch;
	b->queries[b->added] = (uint32_t)i;
	b->numbers[b->added++] = (uint32_t)(b->nv->held.count - 1);
	return SOW_OK;
}

static void post_shard(void *data, size_t shard)
{
	struct batch *b = data;
	int *status = &b->post_status[shard];
	*status = SOW_OK;
	for (size_t k = 0; k < b->added && !*status; k++) {
		if (k + AHEAD < b->added)
			index_prefetch(b->nv, shard, &b->answers[b->queries[k + AHEAD]].prefix);
		*status = index_post(b->nv, shard, &b->answers[b->queries[k]].prefix, b->sketches[k],
				     b->numbers[k]);
	}
}

/* All that was added, or nothing of it. */
static int post_added(struct batch *b, struct workers *crew)
{
	int status = SOW_OK;
	workers_run(crew, INDEX_SHARDS, post_shard, b);
	for (size_t i = 0; i < INDEX_SHARDS && !status; i++)
		status = b->post_status[i];
	if (!status)
		index_order(b->nv, crew);
	for (size_t k = b->added; k-- && status;)
		index_drop_last(b->nv, &b->w[b->queries[k]]);
	return status;
}

int novelty_filter(struct novelty *nv, struct workers *crew, const struct words *w,
		   const int64_t *ids, size_t count, struct neighbour *near, size_t *done)
{
	struct batch b = { .nv = nv, .w = w, .count = count };
	*done = 0;
	if (batch_init(&b))
		return SOW_NOMEM;
	workers_run(crew, (count + BATCH_ITEM - 1) / BATCH_ITEM, find_some, &b);
	int status = SOW_OK;
	while (*done < count) {
		status = confirm(&b, *done, ids[*done], &near[*done]);
		if (status)
			break;
		++*done;
	}
	if (post_added(&b, crew)) {
		status = SOW_NOMEM;
		*done = 0;
	}
	batch_release(&b);
	return status;
}
