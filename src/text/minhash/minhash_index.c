#include "text/minhash_index.h"

#include <string.h>

#include "base/mem.h"
#include "base/bits.h"
#include "sow/sow.h"
#include "text/buckets.h"

#define SEEN 64 /* candidates that are looked at once only; rarely are there more */
#define WAITING 32

/* A set that is held. */
struct set {
	size_t start;                /* where in `shingles` it begins */
	size_t id;
	uint64_t sketch;
};

struct minhash_index {
	double threshold;
	struct minhash minhash;
	const struct kernel *kernel;
	struct buckets *bands;       /* of each, band → set; apart, so that they grow in turn */
	uint32_t *shingles;          /* of all sets, one after the other */
	size_t used, room;
	struct set *sets;
	size_t count, set_room;
};

struct minhash_index *minhash_index_new(double threshold, size_t bands, size_t rows)
{
	struct minhash_index *a = mem_zalloc(sizeof(*a));
	a->threshold = threshold;
	a->kernel = kernel_fastest();
	if (!minhash_init(&a->minhash, threshold, bands, rows))
		a->bands = mem_zalloc(a->minhash.bands * sizeof(*a->bands));
	if (!a->bands) {
		mem_free(a);
		return NULL;
	}
	return a;
}

void minhash_index_free(struct minhash_index *a)
{
	if (!a)
		return;
	for (size_t b = 0; b < a->minhash.bands; b++)
		buckets_release(&a->bands[b]);
	mem_free(a->bands);
	mem_free(a->shingles);
	mem_free(a->sets);
	mem_free(a);
}

/* A bit for each of 64 parts that the shingles fall into. A bit that one set has and another
 * lacks is at least one shingle that the other lacks. */
static uint64_t parts_of(const struct shingles *s)
{
	uint64_t bits = 0;
	for (size_t i = 0; i < s->count; i++)
		bits |= UINT64_C(1) << (s->set[i] >> 26);
	return bits;
}

void minhash_index_prepare(const struct minhash_index *a, struct minhash_query *q)
{
	if (q->shingles.count)
		minhash_bands(&a->minhash, a->kernel, q->shingles.set, q->shingles.count, q->bands);
	q->sketch = parts_of(&q->shingles);
}

void minhash_query_release(struct minhash_query *q)
{
	shingles_release(&q->shingles);
}

static size_t size_of(const struct minhash_index *a, size_t n)
{
	return (n + 1 < a->count ? a->sets[n + 1].start : a->used) - a->sets[n].start;
}

struct look {
	const struct minhash_index *a;
	const struct minhash_query *q;
	uint32_t seen[SEEN];
	uint32_t waiting[WAITING];   /* while memory fetches them */
	size_t waiting_count;
	uint32_t best;
	double score;
	bool found;
};

static void check(struct look *l, uint32_t one)
{
	const struct minhash_index *a = l->a;
	const struct set *set = &a->sets[one];
	size_t count = size_of(a, one), own = l->q->shingles.count;
	size_t needed = jaccard_needed(a->threshold, count, own);
	if (needed + bits_count(l->q->sketch & ~set->sketch) > own ||
	    needed + bits_count(set->sketch & ~l->q->sketch) > count)
		return;
	size_t common = shingles_common(&l->q->shingles, a->shingles + set->start, count, needed);
	if (common < needed)
		return;
	double score = jaccard(common, count, own);
	if (!l->found || score > l->score || (score == l->score && one < l->best)) {
		l->found = true;
		l->score = score;
		l->best = one;
	}
}

static void check_waiting(struct look *l)
{
	for (size_t i = 0; i < l->waiting_count; i++)
		check(l, l->waiting[i]);
	l->waiting_count = 0;
}

static void wait_for(struct look *l, uint32_t one)
{
	uint32_t *seen = &l->seen[one % SEEN];
	if (*seen == one)
		return;
	*seen = one;
	__builtin_prefetch(&l->a->sets[one]);
	l->waiting[l->waiting_count++] = one;
	if (l->waiting_count == WAITING)
		check_waiting(l);
}

void minhash_index_prefetch(const struct minhash_index *a, const struct minhash_query *q)
{
	for (size_t b = 0; b < a->minhash.bands && q->shingles.count; b++)
		buckets_prefetch(&a->bands[b], q->bands[b]);
}

bool minhash_index_nearest(const struct minhash_index *a, const struct minhash_query *q,
			   struct minhash_neighbour *near)
{
	struct look l;
	if (!q->shingles.count)
		return false;
	l.a = a;
	l.q = q;
	l.found = false;
	l.waiting_count = 0;
	memset(l.seen, 0xFF, sizeof(l.seen));
	for (size_t b = 0; b < a->minhash.bands; b++) {
		size_t at = buckets_first(&a->bands[b], q->bands[b]);
		uint32_t one;
		while (buckets_next(&a->bands[b], q->bands[b], &at, &one))
			wait_for(&l, one);
	}
	check_waiting(&l);
	if (l.found)
		*near = (struct minhash_neighbour){ l.score, a->sets[l.best].id };
	return l.found;
}

/* Room for one more in every band. */
static int reserve(struct minhash_index *a)
{
	for (size_t b = 0; b < a->minhash.bands; b++) {
		if (buckets_reserve(&a->bands[b], 1))
			return SOW_NOMEM;
	}
	return SOW_OK;
}

static void enter(struct minhash_index *a, const struct minhash_query *q, size_t n)
{
	for (size_t b = 0; b < a->minhash.bands && q->shingles.count; b++)
		buckets_add(&a->bands[b], q->bands[b], (uint32_t)n);
}

static int hold(struct minhash_index *a, const struct shingles *s, uint64_t sketch, size_t id)
{
	if (a->count == MINHASH_INDEX_MOST)
		return SOW_TOOBIG;
	if (mem_try_grow(&a->shingles, &a->room, a->used + s->count) ||
	    mem_try_grow(&a->sets, &a->set_room, a->count + 1))
		return SOW_NOMEM;
	if (s->count)
		memcpy(a->shingles + a->used, s->set, s->count * sizeof(*s->set));
	a->sets[a->count++] = (struct set){ a->used, id, sketch };
	a->used += s->count;
	return SOW_OK;
}

int minhash_index_store(struct minhash_index *a, const struct minhash_query *q, size_t id)
{
	return hold(a, &q->shingles, parts_of(&q->shingles), id);
}

void minhash_index_load(const struct minhash_index *a, size_t n, struct minhash_query *q)
{
	shingles_set(&q->shingles, a->shingles + a->sets[n].start, size_of(a, n));
	minhash_index_prepare(a, q);
}

int minhash_index_insert(struct minhash_index *a, const struct minhash_query *q, size_t n)
{
	int status = reserve(a);
	if (!status)
		enter(a, q, n);
	return status;
}

size_t minhash_index_id(const struct minhash_index *a, size_t n)
{
	return a->sets[n].id;
}

int minhash_index_add(struct minhash_index *a, const struct minhash_query *q, size_t id)
{
	int status = reserve(a);
	if (!status)
		status = hold(a, &q->shingles, q->sketch, id);
	if (!status)
		enter(a, q, a->count - 1);
	return status;
}
