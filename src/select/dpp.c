#include "select/dpp.h"

#include <math.h>

#include "base/error.h"
#include "base/mem.h"
#include "select/blocks.h"
#include "select/pickers.h"
#include "vector/products.h"

#define MOST_BYTES ((size_t)8 << 30)

struct dpp {
	const struct vectors *v;
	const double *score;
	size_t wanted, taken;
	double *gains;               /* by record: what it would add to the span */
	double *basis;               /* by record, `wanted` numbers: its place in the basis so far */
	float *panels;               /* of all records */
	float *products;             /* by record, in whole panels */
	const float *row;            /* of what was taken last */
};

static double score_of(const struct dpp *k, size_t i)
{
	return k->score ? k->score[i] : 1;
}

int dpp_check(size_t count, size_t wanted, struct sow_error *err)
{
	if (!wanted || count <= MOST_BYTES / sizeof(double) / wanted)
		return SOW_OK;
	return error_set(err, SOW_TOOBIG, "dpp: a table of %zu records by %zu wanted is more than 8 GiB; "
			 "take fewer first, by kcenter or random", count, wanted);
}

struct dpp *dpp_new(const struct vectors *v, const unsigned char *closed, const double *score, size_t wanted)
{
	size_t rounded = blocks_of(v->count) * BLOCK;
	struct dpp *k = mem_zalloc(sizeof(*k));
	*k = (struct dpp){
		.v = v, .score = score, .wanted = wanted, .gains = mem_alloc((v->count + 1) * sizeof(double)),
		.basis = mem_alloc((v->count * wanted + 1) * sizeof(double)),
		.panels = mem_alloc((rounded * v->dims + 1) * sizeof(float)),
		.products = mem_alloc((rounded + 1) * sizeof(float)),
	};
	for (size_t block = 0; block < blocks_of(v->count); block++)
		vectors_pack(v, block * BLOCK, block_size(block, v->count), k->panels + block * BLOCK * v->dims);
	for (size_t i = 0; i < v->count; i++) {
		double q = score_of(k, i);
		k->gains[i] = closed && closed[i] ? -INFINITY : q * q * (v->norms[i] > 0);
	}
	return k;
}

void dpp_free(struct dpp *k)
{
	if (!k)
		return;
	mem_free(k->gains);
	mem_free(k->basis);
	mem_free(k->panels);
	mem_free(k->products);
	mem_free(k);
}

size_t dpp_widest(const struct dpp *k, double *gain)
{
	size_t best = 0;
	for (size_t i = 1; i < k->v->count; i++)
		best = k->gains[i] > k->gains[best] ? i : best;
	*gain = k->v->count ? k->gains[best] : -INFINITY;
	return *gain > -INFINITY ? best : PICK_NONE;
}

void dpp_take(struct dpp *k, size_t at, struct dpp_step *step)
{
	*step = (struct dpp_step){ .row = k->v->rows + at * k->v->stride, .norm = k->v->norms[at],
				   .score = score_of(k, at), .gain = k->gains[at], .basis = k->basis + at * k->wanted };
	k->gains[at] = -INFINITY;
}

static void multiply_block(void *data, size_t block)
{
	const struct dpp *k = data;
	const struct vectors *v = k->v;
	products(k->row, v->stride, 1, k->panels + block * BLOCK * v->dims, panels_of(block_size(block, v->count)),
		 v->dims, k->products + block * BLOCK, BLOCK);
}

void dpp_add(struct dpp *k, struct workers *crew, const struct dpp_step *step)
{
	const struct vectors *v = k->v;
	size_t wide = k->wanted, n = k->taken++;
	double d = sqrt(step->gain);
	k->row = step->row;
	workers_run(crew, blocks_of(v->count), multiply_block, k);
	for (size_t i = 0; i < v->count; i++) {
		if (k->gains[i] == -INFINITY) /* taken; or closed, perhaps for want of a score */
			continue;
		double *own = k->basis + i * wide;
		double e = step->score * score_of(k, i) * vectors_cosine_of(k->products[i], v->norms[i], step->norm);
		for (size_t m = 0; m < n; m++)
			e -= step->basis[m] * own[m];
		own[n] = e / d;
		k->gains[i] -= own[n] * own[n];
	}
}

int pick_dpp(const struct pick *p, struct workers *crew, struct chosen *out, struct sow_error *err)
{
	int status = dpp_check(p->count, p->wanted, err);
	if (status)
		return status;
	struct dpp *k = dpp_new(p->vectors, NULL, p->score, p->wanted);
	struct dpp_step step;
	double gain;
	while (out->count < p->wanted) {
		size_t at = dpp_widest(k, &gain);
		if (!(gain > DPP_LEAST))
			break;
		pick_take(out, at);
		dpp_take(k, at, &step);
		dpp_add(k, crew, &step);
	}
	dpp_free(k);
	return SOW_OK;
}
