#include "cli/select_ranks_private.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "clean/spread.h"
#include "cli/facility_ranks.h"
#include "select/dpp.h"
#include "select/kcenter.h"
#include "select/pick.h"
#include "select/rds.h"

/* Vectors of a file are read by row; those of all ranks have one length. */
int select_vectors(struct spread_selection *x, uint64_t records, struct sow_error *err)
{
	const struct selection_options *o = x->options;
	struct vectors *v = selection_vectors(x->selection);
	uint64_t dims;
	size_t rows;
	int status = SOW_OK;
	if (o->vectors)
		status = vectors_read_npy_part(v, o->vectors, x->before, x->count, &rows, err);
	if (o->vectors && !status && rows != records)
		status = error_set(err, SOW_INVALID, "%s: %zu vectors for %zu records", o->vectors, rows,
				   (size_t)records);
	status = spread_dims(x->t->ranks, status, v, &dims, err);
	if (!status && v->count && v->dims != dims)
		status = error_set(err, SOW_INVALID, "record %zu: %s: expected a list of %zu numbers, as before, not of %zu",
				   x->before + 1, o->vector, (size_t)dims, v->dims);
	x->dims = (size_t)dims;
	if (!status && x->options->how == SELECT_RDS)
		status = selection_read_targets(x->selection, err);
	return ranks_agree(x->t->ranks, status, err);
}

/* What a rank offers as the next: of all offers the largest is taken, of equals that of the lowest rank. */
struct offer {
	double value;                /* the square of its distance, or what it adds to the span */
	uint64_t key;                /* of the first centre: its score */
	bool any;
};

/* The rank whose offer is taken, or the number of ranks; *own becomes that offer. */
static int compare_offers(struct spread_selection *x, int status, struct offer *own, size_t *winner,
			  struct sow_error *err)
{
	size_t n = ranks_count(x->t->ranks);
	struct offer *all = mem_alloc(n * sizeof(*all));
	status = ranks_allgather(x->t->ranks, status, own, sizeof(*own), all, err);
	*winner = n;
	for (size_t k = 0; k < n && !status; k++) {
		const struct offer *best = *winner < n ? &all[*winner] : NULL;
		if (all[k].any && (!best || all[k].value > best->value ||
				   (all[k].value == best->value && all[k].key > best->key)))
			*winner = k;
	}
	if (*winner < n)
		*own = all[*winner];
	mem_free(all);
	return status;
}

/* Of the open records of this rank that with the highest score, of equals the first. */
static size_t first_best(const struct spread_selection *x, struct offer *offer)
{
	size_t best = 0;
	*offer = (struct offer){ .any = false };
	for (size_t i = 0; i < x->count; i++) {
		if (x->reasons[i] || (offer->any && x->keys[i] <= offer->key))
			continue;
		*offer = (struct offer){ .key = x->keys[i], .any = true };
		best = i;
	}
	return best;
}

/* The centre of rank `from`, to all. */
static int add_centre(struct spread_selection *x, struct kcenter *k, size_t from, size_t at, struct sow_error *err)
{
	const struct vectors *v = selection_vectors(x->selection);
	struct buf row = BUF_INIT;
	if (from == ranks_rank(x->t->ranks)) {
		buf_add(&row, (const char *)&v->norms[at], sizeof(*v->norms));
		buf_add(&row, (const char *)(v->rows + at * v->stride), v->dims * sizeof(*v->rows));
	}
	int status = ranks_bcast(x->t->ranks, SOW_OK, from, &row, err);
	const float *numbers = (const float *)(const void *)row.data;
	if (!status && v->count) /* without records there is nothing to compare it with */
		kcenter_add(k, numbers + 1, numbers[0]);
	buf_release(&row);
	return status;
}

/* A step after the other, as one process goes: each rank offers the farthest record of its part. */
static int take_centres(struct spread_selection *x, uint64_t wanted, struct sow_error *err)
{
	const struct vectors *v = selection_vectors(x->selection);
	size_t self = ranks_rank(x->t->ranks), winner, at;
	struct offer own;
	struct workers *crew = workers_new(x->t->threads);
	at = first_best(x, &own);
	int status = compare_offers(x, x->count < UINT32_MAX ? SOW_OK
				    : error_set(err, SOW_TOOBIG, "%s: too many records for so few ranks", x->t->in),
				    &own, &winner, err);
	struct kcenter *k = status ? NULL : kcenter_new(v, x->reasons, (size_t)wanted, winner == self ? at : PICK_NONE);
	for (uint64_t n = 0; n < wanted && !status; n++) {
		if (winner == self)
			x->places[at] = n + 1;
		if (winner == self && n)
			kcenter_take(k);
		if (n + 1 == wanted)
			break;
		status = add_centre(x, k, winner, at, err);
		if (status)
			break;
		float distance = 0;
		kcenter_farthest(k, crew, &at, &distance);
		own = (struct offer){ .value = distance, .any = at != PICK_NONE };
		status = compare_offers(x, SOW_OK, &own, &winner, err);
	}
	kcenter_free(k);
	workers_free(crew);
	return status;
}

/* Numbers, then norm and row. */
static void send_step(struct buf *to, const struct dpp_step *step, size_t taken, size_t dims)
{
	buf_add(to, (const char *)&step->score, sizeof(step->score));
	buf_add(to, (const char *)&step->gain, sizeof(step->gain));
	buf_add(to, (const char *)step->basis, taken * sizeof(*step->basis));
	buf_add(to, (const char *)&step->norm, sizeof(step->norm));
	buf_add(to, (const char *)step->row, dims * sizeof(*step->row));
}

static struct dpp_step read_step(const struct buf *from, size_t taken)
{
	const double *numbers = (const double *)(const void *)from->data;
	const float *row = (const float *)(const void *)(numbers + 2 + taken);
	return (struct dpp_step){ .row = row + 1, .norm = row[0], .score = numbers[0], .gain = numbers[1],
				  .basis = numbers + 2 };
}

/* The record that widens the span most, until none does. */
static int take_widest(struct spread_selection *x, uint64_t wanted, struct sow_error *err)
{
	const struct vectors *v = selection_vectors(x->selection);
	size_t self = ranks_rank(x->t->ranks), winner = 0;
	struct workers *crew = workers_new(x->t->threads);
	int status = ranks_agree(x->t->ranks, dpp_check(x->count, (size_t)wanted, err), err);
	struct dpp *k = status ? NULL : dpp_new(v, x->reasons, x->options->by ? x->scores : NULL, (size_t)wanted);
	for (size_t n = 0; n < wanted && !status; n++) {
		struct buf text = BUF_INIT;
		struct dpp_step step;
		struct offer best;
		size_t at = dpp_widest(k, &best.value);
		best = (struct offer){ .value = best.value, .any = at != PICK_NONE };
		status = compare_offers(x, SOW_OK, &best, &winner, err);
		if (status || winner == ranks_count(x->t->ranks) || !(best.value > DPP_LEAST))
			break;
		if (winner == self) {
			dpp_take(k, at, &step);
			x->places[at] = n + 1;
			send_step(&text, &step, n, v->dims);
		}
		status = ranks_bcast(x->t->ranks, SOW_OK, winner, &text, err);
		step = status ? step : read_step(&text, n);
		if (!status && v->count)
			dpp_add(k, crew, &step);
		buf_release(&text);
	}
	dpp_free(k);
	workers_free(crew);
	return status;
}

/* Of vectors only those of records that may be taken stay; open[n] is the record of the nth. */
static size_t keep_open(struct spread_selection *x, size_t *open)
{
	struct vectors *v = selection_vectors(x->selection);
	size_t n = 0;
	for (size_t i = 0; i < x->count; i++) {
		if (x->reasons[i])
			continue;
		if (n < i) {
			memcpy(v->rows + n * v->stride, v->rows + i * v->stride, v->stride * sizeof(*v->rows));
			v->norms[n] = v->norms[i];
		}
		open[n++] = i;
	}
	v->count = n;
	return n;
}

/* The nearest of all ranks to each group of targets, `most` of each. */
static int find_nearest(struct spread_selection *x, const struct pick *p, uint64_t before, size_t groups,
			size_t most, struct workers *crew, struct rds_near *lists, struct sow_error *err)
{
	size_t count = groups * most;
	struct rds_near *own = mem_alloc((count + 1) * sizeof(*own));
	int status = SOW_OK;
	rds_nearest(p, groups, most, crew, own);
	for (size_t i = 0; i < count; i++) {
		own[i].record += own[i].record == RDS_NONE ? 0 : before;
		lists[i] = (struct rds_near){ -INFINITY, RDS_NONE };
	}
	for (size_t k = 0; k < ranks_count(x->t->ranks) && !status; k++) {
		struct buf shown = { .data = buf_empty, .cap = SIZE_MAX / 2 };
		if (k == ranks_rank(x->t->ranks))
			buf_add(&shown, (const char *)own, count * sizeof(*own));
		status = ranks_bcast(x->t->ranks, SOW_OK, k, &shown, err);
		if (!status)
			rds_merge(lists, (const struct rds_near *)(const void *)shown.data, groups, most);
		buf_release(&shown);
	}
	mem_free(own);
	return status;
}

/* Targets in turn. How far down its list a group comes is not known: where a list ends too early, all are made
 * twice as long. */
static int take_turns(struct spread_selection *x, const struct pick *p, uint64_t before, uint64_t *order,
		      struct sow_error *err)
{
	size_t groups = rds_groups(p), most = 2 * p->wanted / groups + 16, taken = 0;
	struct workers *crew = workers_new(x->t->threads);
	int status = SOW_OK;
	for (; taken < p->wanted && !status; most *= 2) {
		most = most < p->wanted ? most : p->wanted;
		struct rds_near *lists = mem_alloc((groups * most + 1) * sizeof(*lists));
		status = find_nearest(x, p, before, groups, most, crew, lists, err);
		if (!status)
			taken = rds_turns(lists, groups, most, p->wanted, order);
		mem_free(lists);
	}
	workers_free(crew);
	return status;
}

/* By facility location, or towards targets: by numbers among the records that may be taken. */
static int take_numbered(struct spread_selection *x, uint64_t wanted, double *share, struct sow_error *err)
{
	const struct selection_options *o = x->options;
	size_t *open = mem_alloc((x->count + 1) * sizeof(*open)), count = keep_open(x, open);
	uint64_t *order = mem_alloc(wanted * sizeof(*order));
	struct facility_part part = { .open = selection_vectors(x->selection), .dims = x->dims,
				      .greedi = { .parts = o->parts, .wanted = (size_t)wanted,
						  .seed = o->seed } };
	int status = count < UINT32_MAX ? SOW_OK
		     : error_set(err, SOW_TOOBIG, "%s: too many records for so few ranks", x->t->in);
	status = ranks_exscan(x->t->ranks, status, count, &part.before, err);
	struct pick p = { .count = count, .wanted = (size_t)wanted, .vectors = part.open };
	selection_aim(x->selection, &p);
	if (!status)
		status = o->how == SELECT_RDS ? take_turns(x, &p, part.before, order, err)
					      : facility_ranks(x->t, &part, order, share, err);
	for (uint64_t n = 0; n < wanted && !status; n++) {
		if (order[n] >= part.before && order[n] - part.before < count)
			x->places[open[order[n] - part.before]] = n + 1;
	}
	mem_free(open);
	mem_free(order);
	return status;
}

int select_steps(struct spread_selection *x, double *share, struct sow_error *err)
{
	uint64_t open = select_count_from(x, 0);
	int status = ranks_allreduce(x->t->ranks, SOW_OK, &open, 1, err);
	uint64_t wanted = status ? 0 : selection_wanted(x->selection, (size_t)open);
	x->places = mem_zalloc((x->count + 1) * sizeof(*x->places));
	if (!status && wanted)
		status = x->options->how == SELECT_KCENTER ? take_centres(x, wanted, err)
		       : x->options->how == SELECT_DPP ? take_widest(x, wanted, err)
						       : take_numbered(x, wanted, share, err);
	for (size_t i = 0; i < x->count && !status; i++) {
		if (!x->reasons[i] && !x->places[i])
			x->reasons[i] = REASON_RANK;
	}
	return status;
}
