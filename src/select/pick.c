#include "select/pick.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/draw.h"
#include "base/error.h"
#include "base/mem.h"

#define BLOCK ((size_t)512)  /* records that a thread takes at once, and sums add up by */
#define TABLE_BYTES ((size_t)3 << 29) /* of likenesses that are kept */
#define DPP_BYTES ((size_t)8 << 30)
#define DPP_LEAST 1e-10      /* where the span does not widen any more */

/* NULL when out of memory. */
static void *array_of(size_t count, size_t size)
{
	return count > SIZE_MAX / size ? NULL : mem_alloc(count * size);
}

static size_t blocks_of(size_t count)
{
	return (count + BLOCK - 1) / BLOCK;
}

static size_t block_end(size_t block, size_t count)
{
	size_t end = (block + 1) * BLOCK;
	return end < count ? end : count;
}

static void take(struct chosen *c, size_t i)
{
	c->list[c->count++] = i;
}

/* By score and by chance */

struct ranked {
	double score;
	size_t at;
};

static int by_score(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static int by_value(const void *a, const void *b)
{
	return by_score(b, a);
}

/* All of them, the highest score first. NULL when out of memory. */
static struct ranked *rank(const struct pick *p)
{
	struct ranked *list = array_of(p->count + 1, sizeof(*list));
	for (size_t i = 0; list && i < p->count; i++)
		list[i] = (struct ranked){ p->score ? p->score[i] : 0, i };
	if (list && p->count)
		qsort(list, p->count, sizeof(*list), by_score);
	return list;
}

static int pick_top(const struct pick *p, struct chosen *out)
{
	struct ranked *list = rank(p);
	if (!list)
		return SOW_NOMEM;
	while (out->count < p->wanted)
		take(out, list[out->count].at);
	mem_free(list);
	return SOW_OK;
}

/* Each record has its own draw, so that another record changes nobody's place but by its own. */
static int pick_random(const struct pick *p, struct chosen *out)
{
	struct ranked *list = array_of(p->count + 1, sizeof(*list));
	if (!list)
		return SOW_NOMEM;
	for (size_t i = 0; i < p->count; i++) {
		struct draw d = draw_start(p->seed, DRAW_SELECT, i);
		list[i] = (struct ranked){ draw_fraction(&d), i };
	}
	if (p->count)
		qsort(list, p->count, sizeof(*list), by_value);
	while (out->count < p->wanted)
		take(out, list[out->count].at);
	mem_free(list);
	return SOW_OK;
}

/* One against all: a taken record's products with every other one */

struct sweep {
	const struct pick *p;
	size_t at;                   /* the record */
	const struct vectors *of;    /* that it is in */
	float *products;             /* by record */
};

static void sweep_block(void *data, size_t block)
{
	const struct sweep *s = data;
	size_t from = block * BLOCK, end = block_end(block, s->p->count);
	vectors_dots(s->of, s->at, s->p->vectors, from, end - from, s->products + from);
}

static void sweep(struct workers *crew, struct sweep *s)
{
	workers_run(crew, blocks_of(s->p->count), sweep_block, s);
}

static size_t first_best(const struct pick *p)
{
	size_t best = 0;
	for (size_t i = 1; p->score && i < p->count; i++)
		best = p->score[i] > p->score[best] ? i : best;
	return best;
}

static int pick_kcenter(const struct pick *p, struct workers *crew, struct chosen *out)
{
	float *products = array_of(p->count + 1, sizeof(float)), *least = array_of(p->count + 1, sizeof(float));
	struct sweep s = { p, 0, p->vectors, products };
	const float *norms = p->vectors->norms;
	if (!products || !least) {
		mem_free(products);
		mem_free(least);
		return SOW_NOMEM;
	}
	for (size_t i = 0; i < p->count; i++)
		least[i] = INFINITY;
	size_t next = first_best(p);
	while (out->count < p->wanted) {
		take(out, next);
		s.at = next;
		sweep(crew, &s);
		least[next] = -1; /* not again, whatever is as near */
		next = PICK_NONE;
		for (size_t i = 0; i < p->count; i++) {
			float d = vectors_distance2_of(products[i], norms[i], norms[s.at]);
			if (least[i] >= 0 && d < least[i])
				least[i] = d;
			if (least[i] >= 0 && (next == PICK_NONE || least[i] > least[next]))
				next = i;
		}
	}
	mem_free(products);
	mem_free(least);
	return SOW_OK;
}

/* Facility location */

struct facility {
	const struct pick *p;
	struct workers *crew;
	double *gain;                /* by record, as it was computed last; -1: taken */
	float *best;                 /* by record: how like it is to what is taken */
	double *sums;                /* by block, of the record that is looked at */
	size_t at;
	float *like;                 /* by record, to that one */
	float *table;                /* that of all, row by row; NULL: it would take too much */
};

static float likeness(const struct pick *p, float product, size_t a, size_t b)
{
	return 1 / (1 + sqrtf(vectors_distance2_of(product, p->vectors->norms[a], p->vectors->norms[b])));
}

/* How like the records of a block are to record `at`. */
static void compare(const struct facility *f, size_t at, size_t block, float *like)
{
	size_t from = block * BLOCK, end = block_end(block, f->p->count);
	vectors_dots(f->p->vectors, at, f->p->vectors, from, end - from, like);
	for (size_t i = from; i < end; i++)
		like[i - from] = likeness(f->p, like[i - from], at, i);
}

/* What record `at` would bring to those of one block. */
static double gain_in(const struct facility *f, size_t block, const float *like)
{
	size_t from = block * BLOCK, end = block_end(block, f->p->count);
	double sum = 0;
	for (size_t i = from; i < end; i++)
		sum += like[i - from] > f->best[i] ? (double)(like[i - from] - f->best[i]) : 0;
	return sum;
}

static void look_block(void *data, size_t block)
{
	struct facility *f = data;
	compare(f, f->at, block, f->like + block * BLOCK);
	f->sums[block] = gain_in(f, block, f->like + block * BLOCK);
}

/* The gain of a record now; without a table `like` is filled. */
static double look(struct facility *f, size_t at)
{
	size_t blocks = blocks_of(f->p->count);
	double sum = 0;
	f->at = at;
	if (!f->table)
		workers_run(f->crew, blocks, look_block, f);
	for (size_t b = 0; b < blocks; b++)
		sum += f->table ? gain_in(f, b, f->table + at * f->p->count + b * BLOCK) : f->sums[b];
	return sum;
}

/* All gains at the beginning: the records of a block against all, so that a thread has its own. */
static void begin_block(void *data, size_t block)
{
	struct facility *f = data;
	float own[BLOCK];
	size_t from = block * BLOCK, end = block_end(block, f->p->count);
	for (size_t i = from; i < end; i++)
		f->gain[i] = 0;
	for (size_t other = 0; other < blocks_of(f->p->count); other++) {
		for (size_t i = from; i < end; i++) {
			float *like = f->table ? f->table + i * f->p->count + other * BLOCK : own;
			compare(f, i, other, like);
			f->gain[i] += gain_in(f, other, like);
		}
	}
}

static size_t largest(const double *gain, size_t count)
{
	size_t best = 0;
	for (size_t i = 1; i < count; i++)
		best = gain[i] > gain[best] ? i : best;
	return best;
}

static int run_facility(struct facility *f, struct chosen *out)
{
	const struct pick *p = f->p;
	if (!f->gain || !f->best || !f->sums || !f->like)
		return SOW_NOMEM;
	memset(f->best, 0, p->count * sizeof(*f->best));
	workers_run(f->crew, blocks_of(p->count), begin_block, f);
	while (out->count < p->wanted) {
		size_t at = largest(f->gain, p->count), fresh = PICK_NONE;
		while (at != fresh) { /* what is computed anew may not be the largest any more */
			f->gain[at] = look(f, at);
			fresh = at;
			at = largest(f->gain, p->count);
		}
		const float *like = f->table ? f->table + at * p->count : f->like;
		take(out, at);
		f->gain[at] = -1;
		for (size_t i = 0; i < p->count; i++)
			f->best[i] = like[i] > f->best[i] ? like[i] : f->best[i];
	}
	return SOW_OK;
}

static int pick_facility(const struct pick *p, struct workers *crew, struct chosen *out)
{
	size_t rounded = blocks_of(p->count) * BLOCK + 1;
	struct facility f = { .p = p, .crew = crew, .gain = array_of(p->count + 1, sizeof(double)),
			      .best = array_of(p->count + 1, sizeof(float)),
			      .sums = array_of(blocks_of(p->count) + 1, sizeof(double)),
			      .like = array_of(rounded, sizeof(float)) };
	if (!p->is_lean && p->count && p->count <= TABLE_BYTES / sizeof(float) / p->count)
		f.table = array_of(p->count * p->count, sizeof(float)); /* without it, it takes longer */
	int status = run_facility(&f, out);
	mem_free(f.table);
	mem_free(f.gain);
	mem_free(f.best);
	mem_free(f.sums);
	mem_free(f.like);
	return status;
}

/* DEITA's walk: down the scores, past what is too like something taken. */
static int pick_deita(const struct pick *p, struct chosen *out)
{
	struct ranked *list = rank(p);
	struct vectors taken = VECTORS_INIT;
	double *row = array_of(p->vectors->dims + 1, sizeof(*row));
	float *products = array_of(p->wanted + 1, sizeof(*products));
	int status = list && row && products ? SOW_OK : SOW_NOMEM;
	for (size_t n = 0; n < p->count && out->count < p->wanted && !status; n++) {
		size_t at = list[n].at;
		vectors_dots(p->vectors, at, &taken, 0, taken.count, products);
		for (size_t i = 0; i < taken.count && out->near[at] == PICK_NONE; i++) {
			double cosine = (double)vectors_cosine_of(products[i], p->vectors->norms[at],
								  taken.norms[i]);
			if (cosine > p->threshold) {
				out->near[at] = out->list[i];
				out->cosine[at] = cosine;
			}
		}
		if (out->near[at] != PICK_NONE)
			continue;
		for (size_t i = 0; i < p->vectors->dims; i++)
			row[i] = (double)p->vectors->rows[at * p->vectors->stride + i];
		status = vectors_add(&taken, row, p->vectors->dims);
		take(out, at);
	}
	vectors_release(&taken);
	mem_free(list);
	mem_free(row);
	mem_free(products);
	return status;
}

/* Greedy MAP: `d2` is what a record would add to the span, `c` its place in the basis so far. */
static int run_dpp(const struct pick *p, struct workers *crew, struct chosen *out, double *d2, double *c,
		   float *products)
{
	struct sweep s = { p, 0, p->vectors, products };
	size_t k = p->wanted;
	for (size_t i = 0; i < p->count; i++) {
		double q = p->score ? p->score[i] : 1;
		d2[i] = q * q * (p->vectors->norms[i] > 0);
	}
	while (out->count < k) {
		size_t at = largest(d2, p->count), n = out->count;
		if (!(d2[at] > DPP_LEAST))
			break;
		double d = sqrt(d2[at]), q = p->score ? p->score[at] : 1;
		take(out, at);
		s.at = at;
		sweep(crew, &s);
		for (size_t i = 0; i < p->count; i++) {
			double e = q * (p->score ? p->score[i] : 1) *
				   (double)vectors_cosine_of(products[i], p->vectors->norms[i],
							     p->vectors->norms[at]);
			for (size_t m = 0; m < n; m++)
				e -= c[at * k + m] * c[i * k + m];
			c[i * k + n] = e / d;
			d2[i] -= c[i * k + n] * c[i * k + n];
		}
		d2[at] = -INFINITY;
	}
	return SOW_OK;
}

static int pick_dpp(const struct pick *p, struct workers *crew, struct chosen *out, struct sow_error *err)
{
	if (p->wanted && p->count > DPP_BYTES / sizeof(double) / p->wanted)
		return error_set(err, SOW_TOOBIG, "dpp: a table of %zu records by %zu wanted is more than 8 GiB; "
				 "take fewer first, by kcenter or random", p->count, p->wanted);
	double *d2 = array_of(p->count + 1, sizeof(*d2)), *c = array_of(p->count * p->wanted + 1, sizeof(*c));
	float *products = array_of(p->count + 1, sizeof(*products));
	int status = d2 && c && products ? run_dpp(p, crew, out, d2, c, products) : SOW_NOMEM;
	mem_free(d2);
	mem_free(c);
	mem_free(products);
	return status;
}

/* Targets in turn */

struct turns {
	const struct pick *p;
	struct ranked **lists;       /* by target: all records, the nearest first */
	float *products;
};

static int rank_for(struct turns *t, struct workers *crew, size_t target)
{
	const struct pick *p = t->p;
	struct sweep s = { p, target, p->targets, t->products };
	struct ranked *list = t->lists[target] = array_of(p->count + 1, sizeof(*list));
	if (!list)
		return SOW_NOMEM;
	sweep(crew, &s);
	for (size_t i = 0; i < p->count; i++)
		list[i] = (struct ranked){ (double)vectors_cosine_of(t->products[i], p->vectors->norms[i],
								     p->targets->norms[target]), i };
	qsort(list, p->count, sizeof(*list), by_score);
	return SOW_OK;
}

static int take_turns(const struct turns *t, struct chosen *out)
{
	const struct pick *p = t->p;
	bool *taken = mem_zalloc(p->count + 1);
	if (!taken)
		return SOW_NOMEM;
	for (size_t round = 0; round < p->count && out->count < p->wanted; round++) {
		for (size_t q = 0; q < p->targets->count && out->count < p->wanted; q++) {
			size_t at = t->lists[q][round].at;
			if (!taken[at])
				take(out, at);
			taken[at] = true;
		}
	}
	mem_free(taken);
	return SOW_OK;
}

static int pick_rds(const struct pick *p, struct workers *crew, struct chosen *out)
{
	struct turns t = { p, mem_zalloc((p->targets->count + 1) * sizeof(*t.lists)),
			   array_of(p->count + 1, sizeof(*t.products)) };
	int status = t.lists && t.products ? SOW_OK : SOW_NOMEM;
	for (size_t q = 0; q < p->targets->count && !status; q++)
		status = rank_for(&t, crew, q);
	if (!status)
		status = take_turns(&t, out);
	for (size_t q = 0; t.lists && q < p->targets->count; q++)
		mem_free(t.lists[q]);
	mem_free(t.lists);
	mem_free(t.products);
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
	case PICK_DEITA: return pick_deita(p, out);
	case PICK_DPP: return pick_dpp(p, crew, out, err);
	default: return pick_rds(p, crew, out);
	}
}

int pick_run(enum picker how, const struct pick *given, struct workers *crew, struct chosen *out,
	     struct sow_error *err)
{
	struct pick p = *given;
	p.wanted = p.wanted < p.count ? p.wanted : p.count;
	*out = (struct chosen){ .list = array_of(p.wanted + 1, sizeof(*out->list)),
				.near = array_of(p.count + 1, sizeof(*out->near)),
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
	size_t *next = array_of(count + 1, sizeof(*next)), *copy = array_of(count + 1, sizeof(*copy));
	size_t *heads = array_of(groups + 1, sizeof(*heads)), *tails = array_of(groups + 1, sizeof(*tails));
	size_t *order = array_of(groups + 1, sizeof(*order)), seen = 0, done = 0;
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
