#include "select/greedi.h"

#include "base/draw.h"
#include "base/error.h"
#include "base/mem.h"
#include "select/facility_candidates.h"
#include "select/pickers.h"
#include "vector/products.h"

size_t greedi_part(const struct greedi *r, uint64_t number)
{
	struct draw d = draw_start(r->seed, DRAW_PARTS, number);
	return draw_below(&d, r->parts);
}

/* The most that any choice of records, whether of this part or not, comes to in it. */
static double most_of(const struct greedi *r, double own, size_t count)
{
	double all = (double)count * SIMILARITY_ONE, share = own / all;
	return r->parts == 1 ? own : all * 2 * share / (1 + share);
}

static int add_pick(struct greedi_picks *out, const struct vectors *v, size_t i, uint64_t number)
{
	int status = vectors_add_floats(&out->vectors, v->rows + i * v->stride, v->dims);
	if (status)
		return status;
	mem_grow(&out->numbers, &out->room, out->vectors.count);
	out->numbers[out->vectors.count - 1] = number;
	return SOW_OK;
}

/* The records of one part are those that `list` names. */
static int pick_of_part(const struct vectors *v, const uint64_t *numbers, const size_t *list, size_t count,
			const struct greedi *r, struct workers *crew, struct greedi_picks *out, double *most,
			struct sow_error *err)
{
	struct vectors own = VECTORS_INIT;
	struct chosen chosen;
	int status = vectors_reserve(&own, count, v->dims);
	for (size_t i = 0; i < count && !status; i++)
		status = vectors_add_floats(&own, v->rows + list[i] * v->stride, v->dims);
	const struct pick p = { .count = count, .wanted = r->wanted, .vectors = &own };
	status = status ? error_nomem(err) : pick_run(PICK_FACILITY, &p, crew, &chosen, err);
	vectors_release(&own);
	if (status)
		return status;
	*most = most_of(r, chosen.most, count);
	for (size_t n = 0; n < chosen.count && !status; n++) {
		size_t i = list[chosen.list[n]];
		status = add_pick(out, v, i, numbers[i]) ? error_nomem(err) : SOW_OK;
	}
	chosen_release(&chosen);
	return status;
}

int greedi_first_round(const struct vectors *v, const uint64_t *numbers, const struct greedi *r,
		       struct workers *crew, struct greedi_picks *out, struct sow_error *err)
{
	size_t *starts = mem_zalloc((r->parts + 2) * sizeof(*starts)), *list = mem_alloc((v->count + 1) * sizeof(*list));
	int status = SOW_OK;
	*out = (struct greedi_picks){ .vectors = VECTORS_INIT,
				      .most = mem_zalloc(r->parts * sizeof(*out->most)) };
	for (size_t i = 0; i < v->count; i++)
		starts[greedi_part(r, numbers[i]) + 2]++;
	for (size_t p = 2; p < r->parts + 2; p++)
		starts[p] += starts[p - 1];
	for (size_t i = 0; i < v->count; i++)
		list[starts[greedi_part(r, numbers[i]) + 1]++] = i;
	for (size_t p = 0; p < r->parts && !status; p++) {
		size_t count = starts[p + 1] - starts[p];
		if (count)
			status = pick_of_part(v, numbers, list + starts[p], count, r, crew, out, &out->most[p], err);
	}
	mem_free(starts);
	mem_free(list);
	if (status)
		greedi_picks_release(out);
	return status;
}

double greedi_bound(const struct greedi *r, const double *most)
{
	double sum = 0;
	for (size_t p = 0; p < r->parts; p++)
		sum += most[p];
	return sum;
}

void greedi_picks_release(struct greedi_picks *f)
{
	vectors_release(&f->vectors);
	mem_free(f->numbers);
	mem_free(f->most);
	*f = (struct greedi_picks){ .vectors = VECTORS_INIT };
}

/* Round two, where all records are here. */
static int pick_finally(const struct pick *p, const struct greedi_picks *f, struct workers *crew,
			struct chosen *out, struct sow_error *err)
{
	const struct vectors *v = &f->vectors;
	struct facility_candidates *k = facility_candidates_new(p->vectors, v->count, v->dims);
	uint64_t *order = mem_alloc(p->wanted * sizeof(*order));
	for (size_t c = 0; c < v->count; c++)
		facility_candidates_add(k, v->rows + c * v->stride, v->norms[c], f->numbers[c]);
	int status = facility_candidates_pick(k, p->wanted, crew, NULL, order, err);
	for (size_t n = 0; n < p->wanted && !status; n++)
		pick_take(out, (size_t)order[n]);
	out->reached = facility_candidates_value(k);
	facility_candidates_free(k);
	mem_free(order);
	return status;
}

int pick_greedi(const struct pick *p, struct workers *crew, struct chosen *out, struct sow_error *err)
{
	const struct greedi r = { .parts = p->parts, .wanted = p->wanted, .seed = p->seed };
	uint64_t *numbers = mem_alloc(p->count * sizeof(*numbers));
	struct greedi_picks f;
	if (p->count >= UINT32_MAX) {
		mem_free(numbers);
		return SOW_NOMEM;
	}
	for (size_t i = 0; i < p->count; i++)
		numbers[i] = i;
	int status = greedi_first_round(p->vectors, numbers, &r, crew, &f, err);
	mem_free(numbers);
	if (status)
		return status;
	out->most = greedi_bound(&r, f.most);
	status = pick_finally(p, &f, crew, out, err);
	greedi_picks_release(&f);
	return status;
}
