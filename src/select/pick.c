#include "select/pick.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/draw.h"
#include "base/error.h"
#include "base/mem.h"
#include "select/pickers.h"
#include "vector/products.h"
#include "vector/walk.h"

#define BLOCK ((size_t)384)  /* records that a thread takes at once: 24 panels */
#define DPP_BYTES ((size_t)8 << 30)
#define DPP_LEAST 1e-10      /* where the span does not widen any more */

void *pick_array(size_t count, size_t size)
{
	return count >= SIZE_MAX / size ? NULL : mem_alloc((count + 1) * size);
}

static size_t blocks_of(size_t count)
{
	return (count + BLOCK - 1) / BLOCK;
}

static size_t block_size(size_t block, size_t count)
{
	size_t left = count - block * BLOCK;
	return left < BLOCK ? left : BLOCK;
}

/* By score and by chance */

int ranked_compare(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static int by_value(const void *a, const void *b)
{
	return ranked_compare(b, a);
}

struct ranked *pick_rank(const struct pick *p)
{
	struct ranked *list = pick_array(p->count, sizeof(*list));
	for (size_t i = 0; list && i < p->count; i++)
		list[i] = (struct ranked){ p->score ? p->score[i] : 0, i };
	if (list && p->count)
		qsort(list, p->count, sizeof(*list), ranked_compare);
	return list;
}

static int pick_top(const struct pick *p, struct chosen *out)
{
	struct ranked *list = pick_rank(p);
	if (!list)
		return SOW_NOMEM;
	while (out->count < p->wanted)
		pick_take(out, list[out->count].at);
	mem_free(list);
	return SOW_OK;
}

/* Each record has its own draw, so that another record changes nobody's place but by its own. */
static int pick_random(const struct pick *p, struct chosen *out)
{
	struct ranked *list = pick_array(p->count, sizeof(*list));
	if (!list)
		return SOW_NOMEM;
	for (size_t i = 0; i < p->count; i++) {
		struct draw d = draw_start(p->seed, DRAW_SELECT, i);
		list[i] = (struct ranked){ draw_fraction(&d), i };
	}
	if (p->count)
		qsort(list, p->count, sizeof(*list), by_value);
	while (out->count < p->wanted)
		pick_take(out, list[out->count].at);
	mem_free(list);
	return SOW_OK;
}

/* DEITA's walk: down the scores, past what is too like something taken. */
int pick_deita(const struct pick *p, struct workers *crew, struct chosen *out)
{
	struct ranked *list = p->count < UINT32_MAX ? pick_rank(p) : NULL;
	uint32_t *order = pick_array(p->count, sizeof(*order)), *near = pick_array(p->count, sizeof(*near));
	size_t reached = 0, kept = 0;
	int status = list && order && near ? SOW_OK : SOW_NOMEM;
	for (size_t n = 0; n < p->count && !status; n++)
		order[n] = (uint32_t)list[n].at;
	const struct walk w = { .vectors = p->vectors, .order = order, .count = p->count, .wanted = p->wanted,
				.threshold = p->threshold, .above = true };
	if (!status)
		status = walk_run(&w, crew, near, out->cosine, &kept, &reached);
	for (size_t n = 0; n < reached && !status; n++) {
		if (near[order[n]] == WALK_NONE)
			pick_take(out, order[n]);
		else
			out->near[order[n]] = near[order[n]];
	}
	mem_free(list);
	mem_free(order);
	mem_free(near);
	return status;
}

/* One against all: its products with every record */

struct sweep {
	const struct pick *p;
	size_t at;
	float *panels;               /* of all records */
	float *products;             /* by record, in whole panels */
};

static void pack_block(void *data, size_t block)
{
	const struct sweep *s = data;
	const struct vectors *v = s->p->vectors;
	vectors_pack(v, block * BLOCK, block_size(block, v->count), s->panels + block * BLOCK * v->dims);
}

static void sweep_block(void *data, size_t block)
{
	const struct sweep *s = data;
	const struct vectors *v = s->p->vectors;
	products(v->rows + s->at * v->stride, v->stride, 1, s->panels + block * BLOCK * v->dims,
		 panels_of(block_size(block, v->count)), v->dims, s->products + block * BLOCK, BLOCK);
}

static size_t largest(const double *gain, size_t count)
{
	size_t best = 0;
	for (size_t i = 1; i < count; i++)
		best = gain[i] > gain[best] ? i : best;
	return best;
}

/* Greedy MAP: `d2` is what a record would add to the span, `c` its place in the basis so far. */
static int run_dpp(const struct pick *p, struct workers *crew, struct chosen *out, double *d2, double *c,
		   struct sweep *s)
{
	size_t k = p->wanted, blocks = blocks_of(p->count);
	workers_run(crew, blocks, pack_block, s);
	for (size_t i = 0; i < p->count; i++) {
		double q = p->score ? p->score[i] : 1;
		d2[i] = q * q * (p->vectors->norms[i] > 0);
	}
	while (out->count < k) {
		size_t at = largest(d2, p->count), n = out->count;
		if (!(d2[at] > DPP_LEAST))
			break;
		double d = sqrt(d2[at]), q = p->score ? p->score[at] : 1;
		pick_take(out, at);
		s->at = at;
		workers_run(crew, blocks, sweep_block, s);
		for (size_t i = 0; i < p->count; i++) {
			double e = q * (p->score ? p->score[i] : 1) *
				   vectors_cosine_of(s->products[i], p->vectors->norms[i], p->vectors->norms[at]);
			for (size_t m = 0; m < n; m++)
				e -= c[at * k + m] * c[i * k + m];
			c[i * k + n] = e / d;
			d2[i] -= c[i * k + n] * c[i * k + n];
		}
		d2[at] = -INFINITY;
	}
	return SOW_OK;
}

int pick_dpp(const struct pick *p, struct workers *crew, struct chosen *out, struct sow_error *err)
{
	if (p->wanted && p->count > DPP_BYTES / sizeof(double) / p->wanted)
		return error_set(err, SOW_TOOBIG, "dpp: a table of %zu records by %zu wanted is more than 8 GiB; "
				 "take fewer first, by kcenter or random", p->count, p->wanted);
	size_t rounded = blocks_of(p->count) * BLOCK;
	double *d2 = pick_array(p->count, sizeof(*d2)), *c = pick_array(p->count * p->wanted, sizeof(*c));
	struct sweep s = { p, 0, pick_array(rounded, p->vectors->dims * sizeof(float)),
			   pick_array(rounded, sizeof(float)) };
	int status = d2 && c && s.panels && s.products ? run_dpp(p, crew, out, d2, c, &s) : SOW_NOMEM;
	mem_free(d2);
	mem_free(c);
	mem_free(s.panels);
	mem_free(s.products);
	return status;
}

/* Targets in turn, alone or in groups */

struct turns {
	const struct pick *p;
	size_t groups;
	struct ranked **lists;       /* by group: the records that it may take, the nearest first */
	float *panels;               /* of all records */
	bool failed;                 /* out of memory; shared */
};

static size_t group_of(const struct pick *p, size_t target)
{
	return p->target_group ? p->target_group[target] : target;
}

static void near_target(const struct turns *t, size_t target, struct ranked *list)
{
	const struct pick *p = t->p;
	const struct vectors *v = p->vectors, *targets = p->targets;
	float out[BLOCK];
	for (size_t block = 0; block < blocks_of(p->count); block++) {
		size_t first = block * BLOCK, size = block_size(block, p->count);
		products(targets->rows + target * targets->stride, targets->stride, 1,
			 t->panels + first * v->dims, panels_of(size), v->dims, out, BLOCK);
		for (size_t i = 0; i < size; i++) {
			double cosine = vectors_cosine_of(out[i], v->norms[first + i], targets->norms[target]);
			struct ranked *r = &list[first + i];
			r->at = first + i;
			r->score = cosine > r->score ? cosine : r->score;
		}
	}
}

/* No group comes to more than `wanted` of its records. */
static void rank_group(void *data, size_t group)
{
	struct turns *t = data;
	const struct pick *p = t->p;
	struct ranked *list = pick_array(p->count, sizeof(*list));
	for (size_t i = 0; list && i < p->count; i++)
		list[i].score = -INFINITY;
	for (size_t q = 0; list && q < p->targets->count; q++) {
		if (group_of(p, q) == group)
			near_target(t, q, list);
	}
	if (list) {
		qsort(list, p->count, sizeof(*list), ranked_compare);
		t->lists[group] = mem_realloc(list, p->wanted * sizeof(*list));
	}
	if (!t->lists[group]) {
		mem_free(list);
		__atomic_store_n(&t->failed, true, __ATOMIC_RELAXED);
	}
}

static int take_turns(const struct turns *t, struct chosen *out)
{
	const struct pick *p = t->p;
	bool *taken = mem_zalloc(p->count + 1);
	if (!taken)
		return SOW_NOMEM;
	for (size_t round = 0; out->count < p->wanted; round++) {
		for (size_t g = 0; g < t->groups && out->count < p->wanted; g++) {
			size_t at = t->lists[g][round].at;
			if (!taken[at])
				pick_take(out, at);
			taken[at] = true;
		}
	}
	mem_free(taken);
	return SOW_OK;
}

int pick_rds(const struct pick *p, struct workers *crew, struct chosen *out)
{
	struct turns t = { .p = p, .panels = pick_array(blocks_of(p->count) * BLOCK,
							p->vectors->dims * sizeof(float)) };
	for (size_t q = 0; q < p->targets->count; q++)
		t.groups = group_of(p, q) >= t.groups ? group_of(p, q) + 1 : t.groups;
	t.lists = mem_zalloc((t.groups + 1) * sizeof(*t.lists));
	int status = t.lists && t.panels ? SOW_OK : SOW_NOMEM;
	if (!status) {
		struct sweep s = { .p = p, .panels = t.panels };
		workers_run(crew, blocks_of(p->count), pack_block, &s);
		workers_run(crew, t.groups, rank_group, &t);
		status = t.failed ? SOW_NOMEM : take_turns(&t, out);
	}
	for (size_t g = 0; t.lists && g < t.groups; g++)
		mem_free(t.lists[g]);
	mem_free(t.lists);
	mem_free(t.panels);
	return status;
}

static int run(enum picker how, const struct pick *p, struct workers *crew, struct chosen *out,
	       struct sow_error *err)
{
	switch (how) {
	case PICK_TOP: return pick_top(p, out);
	case PICK_RANDOM: return pick_random(p, out);
	case PICK_KCENTER: return pick_kcenter(p, crew, out);
	case PICK_FACILITY: return pick_facility(p, crew, out);
	case PICK_DEITA: return pick_deita(p, crew, out);
	case PICK_INSTAG: return pick_instag(p, out);
	case PICK_CLUSTER: return pick_cluster(p, crew, out, err);
	case PICK_DPP: return pick_dpp(p, crew, out, err);
	default: return pick_rds(p, crew, out);
	}
}

int pick_run(enum picker how, const struct pick *given, struct workers *crew, struct chosen *out,
	     struct sow_error *err)
{
	struct pick p = *given;
	p.wanted = p.wanted < p.count ? p.wanted : p.count;
	*out = (struct chosen){ .list = pick_array(p.wanted, sizeof(*out->list)),
				.near = pick_array(p.count, sizeof(*out->near)),
				.cosine = mem_zalloc((p.count + 1) * sizeof(*out->cosine)) };
	int status = out->list && out->near && out->cosine ? SOW_OK : SOW_NOMEM;
	for (size_t i = 0; i < p.count && !status; i++)
		out->near[i] = PICK_NONE;
	if (!status && p.wanted)
		status = run(how, &p, crew, out, err);
	if (status)
		chosen_release(out);
	return status == SOW_NOMEM ? error_nomem(err) : status;
}

void chosen_release(struct chosen *c)
{
	mem_free(c->list);
	mem_free(c->near);
	mem_free(c->cosine);
	*c = (struct chosen){ 0 };
}

int pick_balance(size_t *list, size_t count, const size_t *group_of, size_t groups)
{
	/* a queue a group, as chains through the list */
	size_t *next = pick_array(count, sizeof(*next)), *copy = pick_array(count, sizeof(*copy));
	size_t *heads = pick_array(groups, sizeof(*heads)), *tails = pick_array(groups, sizeof(*tails));
	size_t *order = pick_array(groups, sizeof(*order)), seen = 0, done = 0;
	bool fine = next && copy && heads && tails && order;
	for (size_t g = 0; fine && g < groups; g++)
		heads[g] = PICK_NONE;
	for (size_t i = 0; fine && i < count; i++) {
		size_t g = group_of[list[i]];
		copy[i] = list[i];
		next[i] = PICK_NONE;
		if (heads[g] == PICK_NONE) {
			order[seen++] = g;
			heads[g] = i;
		} else {
			next[tails[g]] = i;
		}
		tails[g] = i;
	}
	while (fine && done < count) {
		for (size_t o = 0; o < seen; o++) {
			size_t *head = &heads[order[o]];
			if (*head == PICK_NONE)
				continue;
			list[done++] = copy[*head];
			*head = next[*head];
		}
	}
	mem_free(next);
	mem_free(copy);
	mem_free(heads);
	mem_free(tails);
	mem_free(order);
	return fine ? SOW_OK : SOW_NOMEM;
}
