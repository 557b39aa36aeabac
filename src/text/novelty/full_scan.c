#include "text/novelty/index.h"

#include "base/mem.h"
#include "sow/sow.h"
#include "text/lcs.h"
#include "text/rouge.h"

/* Puts a neighbour in its place among the k best; of equals the earlier stays ahead. */
static void insert_best(struct neighbour *near, size_t *count, size_t k, struct neighbour one)
{
	size_t at = *count;
	if (at < k)
		(*count)++;
	else if (!k || near[--at].score >= one.score)
		return;
	for (; at && near[at - 1].score < one.score; at--)
		near[at] = near[at - 1];
	near[at] = one;
}

/* The scores with all, as they come. */
struct full_scan {
	const struct novelty *nv;
	const struct words *w;
	struct lcs lcs;
	uint32_t *ids;           /* of the sequence that is looked at */
	size_t room;
	size_t k;
	struct neighbour *near;
	size_t count;
	double sum;
};

static void take(struct full_scan *c, size_t i, size_t lcs)
{
	const struct sequences *held = &c->nv->held;
	double f = rouge_f(lcs, sequences_length(held, i), c->w->count);
	if (c->count < c->k || (c->k && f > c->near[c->k - 1].score))
		insert_best(c->near, &c->count, c->k,
			    (struct neighbour){ .score = f, .id = held->ids[i], .found = true });
	c->sum += f;
}

/* With the ith, word by word. */
static int take_long(struct full_scan *c, size_t i)
{
	size_t n = sequences_length(&c->nv->held, i);
	if (mem_try_grow(&c->ids, &c->room, n))
		return SOW_NOMEM;
	sequences_get(&c->nv->held, i, c->ids);
	int length = lcs_with(&c->lcs, c->ids, n);
	if (length < 0)
		return length;
	take(c, i, (size_t)length);
	return SOW_OK;
}

static int take_each(struct full_scan *c)
{
	int status = SOW_OK;
	for (size_t i = 0; i < c->nv->held.count && !status; i++)
		status = take_long(c, i);
	return status;
}

static int take_swept(struct full_scan *c)
{
	const struct novelty *nv = c->nv;
	struct lcs_sweep sweep;
	uint8_t lengths[LCS_SWEEP];
	size_t got, from = 0;
	int status = lcs_sweep_start(&sweep, &nv->all, c->w->ids, c->w->count);
	if (status)
		return status;
	while (!status && (got = lcs_sweep_next(&sweep, nv->kernel, lengths))) {
		for (size_t i = 0; i < got && !status; i++) {
			if (sequences_length(&nv->held, from + i) > LCS_MANY_LONGEST)
				status = take_long(c, from + i);
			else
				take(c, from + i, lengths[i]);
		}
		from += got;
	}
	lcs_sweep_end(&sweep);
	return status;
}

int novelty_nearest_few(const struct novelty *nv, const struct words *w, size_t k,
			struct neighbour *near, size_t *count, double *mean)
{
	struct full_scan c = { .nv = nv, .w = w, .k = k, .near = near };
	*count = 0;
	*mean = 0;
	int status = lcs_init(&c.lcs, w->ids, w->count);
	if (status)
		return status;
	status = nv->kind == NOVELTY_ALL ? take_swept(&c) : take_each(&c);
	lcs_release(&c.lcs);
	mem_free(c.ids);
	if (status)
		return status;
	*count = c.count;
	if (nv->held.count)
		*mean = c.sum / (double)nv->held.count;
	return SOW_OK;
}
