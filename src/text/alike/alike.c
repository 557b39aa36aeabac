#include "text/alike.h"

#include <string.h>

#include "base/mem.h"
#include "sow/sow.h"
#include "text/buckets.h"

#define SEEN 64 /* candidates that are looked at once only; rarely are there more */

struct alike {
	double threshold;
	struct minhash minhash;
	const struct kernel *kernel;
	struct buckets *bands;       /* of each, band → set; apart, so that they grow in turn */
	uint32_t *shingles;          /* of all sets, one behind the other */
	size_t used, room;
	size_t *starts;              /* where in `shingles` each begins */
	size_t *ids;
	size_t count, start_room, id_room;
};

struct alike *alike_new(double threshold, size_t bands, size_t rows)
{
	struct alike *a = mem_zalloc(sizeof(*a));
	if (!a)
		return NULL;
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

void alike_free(struct alike *a)
{
	if (!a)
		return;
	for (size_t b = 0; b < a->minhash.bands; b++)
		buckets_release(&a->bands[b]);
	mem_free(a->bands);
	mem_free(a->shingles);
	mem_free(a->starts);
	mem_free(a->ids);
	mem_free(a);
}

const struct minhash *alike_minhash(const struct alike *a)
{
	return &a->minhash;
}

void alike_prepare(const struct alike *a, struct alike_query *q)
{
	if (q->shingles.count)
		minhash_bands(&a->minhash, a->kernel, q->shingles.set, q->shingles.count, q->bands);
}

void alike_query_release(struct alike_query *q)
{
	shingles_release(&q->shingles);
}

struct look {
	const struct alike *a;
	const struct shingles *s;
	uint32_t seen[SEEN];
	uint32_t best;
	double score;
	bool found;
};

static void check(struct look *l, uint32_t one)
{
	uint32_t *seen = &l->seen[one % SEEN];
	const struct alike *a = l->a;
	if (*seen == one)
		return;
	*seen = one;
	size_t start = a->starts[one];
	size_t count = (one + 1 < a->count ? a->starts[one + 1] : a->used) - start;
	size_t own = l->s->count, shorter = count < own ? count : own;
	if (jaccard(shorter, count, own) < a->threshold)
		return;
	double score = jaccard(shingles_common(l->s, a->shingles + start, count), count, own);
	if (score < a->threshold)
		return;
	if (!l->found || score > l->score || (score == l->score && one < l->best)) {
		l->found = true;
		l->score = score;
		l->best = one;
	}
}

void alike_prefetch(const struct alike *a, const struct alike_query *q)
{
	for (size_t b = 0; b < a->minhash.bands && q->shingles.count; b++)
		buckets_prefetch(&a->bands[b], q->bands[b]);
}

bool alike_nearest(const struct alike *a, const struct alike_query *q, struct alike_near *near)
{
	struct look l = { .a = a, .s = &q->shingles };
	if (!q->shingles.count)
		return false;
	memset(l.seen, 0xFF, sizeof(l.seen));
	for (size_t b = 0; b < a->minhash.bands; b++) {
		size_t at = buckets_first(&a->bands[b], q->bands[b]);
		uint32_t one;
		while (buckets_next(&a->bands[b], q->bands[b], &at, &one))
			check(&l, one);
	}
	if (l.found)
		*near = (struct alike_near){ l.score, a->ids[l.best] };
	return l.found;
}

int alike_add(struct alike *a, const struct alike_query *q, size_t id)
{
	const struct shingles *s = &q->shingles;
	size_t bands = s->count ? a->minhash.bands : 0;
	if (a->count == ALIKE_MOST)
		return SOW_TOOBIG;
	if (mem_grow((void **)&a->shingles, &a->room, a->used + s->count, sizeof(*a->shingles)) ||
	    mem_grow((void **)&a->starts, &a->start_room, a->count + 1, sizeof(*a->starts)) ||
	    mem_grow((void **)&a->ids, &a->id_room, a->count + 1, sizeof(*a->ids)))
		return SOW_NOMEM;
	for (size_t b = 0; b < bands; b++) {
		if (buckets_reserve(&a->bands[b], 1))
			return SOW_NOMEM;
	}
	for (size_t b = 0; b < bands; b++)
		buckets_add(&a->bands[b], q->bands[b], (uint32_t)a->count);
	if (s->count)
		memcpy(a->shingles + a->used, s->set, s->count * sizeof(*s->set));
	a->starts[a->count] = a->used;
	a->ids[a->count++] = id;
	a->used += s->count;
	return SOW_OK;
}
