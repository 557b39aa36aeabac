#include "cli/select_ranks_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "vector/cosine_filter.h"

/* A record of this rank, on its way down the scores. */
struct own {
	uint64_t place;              /* among all that may be taken, from 1 */
	size_t at;
};

struct deita_pass {
	struct spread_selection *x;
	struct cosine_filter_part *steps;
	struct workers *crew;
	struct own *own;             /* in their order */
	size_t own_count, next;      /* the first that no block had so far */
	uint64_t passed, all;        /* records in blocks so far, of so many */
	uint64_t *records;           /* by place: the number of the record, for what is too near it */
	size_t record_room;
	uint64_t taken, wanted;
	/* a block */
	float *rows;
	uint64_t ids[COSINE_BLOCK];
	struct cosine_match found[COSINE_BLOCK], best[COSINE_BLOCK], *of_all;
};

/* A vector on its way: where the record stands in the order, its number, its row. */
struct head {
	uint64_t place, record;
};

static int by_place(const void *a, const void *b)
{
	const struct own *x = a, *y = b;
	return (x->place > y->place) - (x->place < y->place);
}

/* From the highest score on, of equals the first record. */
static int find_order(struct deita_pass *w, struct sow_error *err)
{
	struct spread_selection *x = w->x;
	int status = select_places(x, err);
	w->own = mem_alloc((x->count + 1) * sizeof(*w->own));
	for (size_t i = 0; i < x->count && !status; i++) {
		if (!x->reasons[i])
			w->own[w->own_count++] = (struct own){ x->places[i], i };
		x->places[i] = 0;
	}
	qsort(w->own, w->own_count, sizeof(*w->own), by_place);
	w->all = w->own_count;
	return ranks_allreduce(x->t->ranks, status, &w->all, 1, err);
}

/* Where in the block the rows of a rank belong. */
static void place_rows(struct deita_pass *w, const struct buf *in)
{
	size_t dims = w->x->dims, size = sizeof(struct head) + dims * sizeof(float);
	for (size_t at = 0; at < in->len; at += size) {
		struct head head;
		memcpy(&head, in->data + at, sizeof(head));
		size_t i = (size_t)(head.place - w->passed) - 1;
		memcpy(w->rows + i * dims, in->data + at + sizeof(head), dims * sizeof(float));
		w->ids[i] = head.place;
		w->records[head.place - 1] = head.record;
	}
}

/* The next `count` records of the order, whose vectors every rank gets. */
static int gather_block(struct deita_pass *w, size_t count, struct sow_error *err)
{
	struct spread_selection *x = w->x;
	const struct vectors *v = selection_vectors(x->selection);
	size_t n = ranks_count(x->t->ranks);
	struct buf *out = ranks_buffers(x->t->ranks), *in = out + n;
	mem_grow(&w->records, &w->record_room, (size_t)w->passed + count);
	for (; w->next < w->own_count && w->own[w->next].place <= w->passed + count; w->next++) {
		size_t at = w->own[w->next].at;
		const struct head head = { w->own[w->next].place, x->before + at };
		for (size_t k = 0; k < n; k++) {
			buf_add(&out[k], (const char *)&head, sizeof(head));
			buf_add(&out[k], (const char *)(v->rows + at * v->stride), v->dims * sizeof(*v->rows));
		}
	}
	int status = ranks_alltoall(x->t->ranks, SOW_OK, out, in, err);
	for (size_t k = 0; k < n && !status; k++)
		place_rows(w, &in[k]);
	ranks_buffers_free(x->t->ranks, out);
	return status;
}

/* The nearest of all ranks to each record of the block: of equals the first in the order. */
static int find_best(struct deita_pass *w, int status, size_t count, struct sow_error *err)
{
	struct ranks *ranks = w->x->t->ranks;
	status = ranks_allgather(ranks, status, w->found, count * sizeof(*w->found), w->of_all, err);
	for (size_t i = 0; i < count && !status; i++) {
		struct cosine_match *best = &w->best[i];
		*best = (struct cosine_match){ 0, COSINE_NO_ID };
		for (size_t k = 0; k < ranks_count(ranks); k++) {
			const struct cosine_match *one = &w->of_all[k * count + i];
			if (one->id == COSINE_NO_ID)
				continue;
			if (best->id == COSINE_NO_ID || one->cosine > best->cosine ||
			    (one->cosine == best->cosine && one->id < best->id))
				*best = *one;
		}
	}
	return status;
}

/* What became of the block's records, of which those from `first` on in w->own are this rank's. */
static void note_block(struct deita_pass *w, size_t count, size_t first)
{
	struct spread_selection *x = w->x;
	for (size_t i = 0; i < count && w->taken < w->wanted; i++) {
		const struct cosine_match *best = &w->best[i];
		bool is_taken = best->id == COSINE_NO_ID;
		w->taken += is_taken;
		if (first == w->next || w->own[first].place != w->passed + i + 1)
			continue;
		size_t at = w->own[first++].at;
		if (is_taken) {
			x->places[at] = w->taken;
			continue;
		}
		x->reasons[at] = REASON_NEAR;
		x->near[at] = (struct near_one){ w->records[best->id - 1], best->cosine };
	}
	w->passed += count;
}

static int do_block(struct deita_pass *w, struct sow_error *err)
{
	size_t left = (size_t)(w->all - w->passed), count = left < COSINE_BLOCK ? left : COSINE_BLOCK;
	size_t first = w->next;
	int status = gather_block(w, count, err);
	if (status)
		return status;
	status = cosine_filter_part_nearest(w->steps, w->crew, w->rows, count, w->x->dims, w->found);
	status = find_best(w, status ? error_nomem(err) : SOW_OK, count, err);
	if (!status) {
		cosine_filter_part_decide(w->steps, w->ids, w->best);
		note_block(w, count, first);
	}
	return ranks_agree(w->x->t->ranks, status, err);
}

int select_deita(struct spread_selection *x, struct sow_error *err)
{
	struct deita_pass *w = mem_zalloc(sizeof(*w));
	w->x = x;
	w->of_all = mem_alloc(ranks_count(x->t->ranks) * sizeof(w->found));
	w->rows = mem_alloc((COSINE_BLOCK * x->dims + 1) * sizeof(*w->rows));
	w->crew = workers_new(x->t->threads);
	x->near = mem_zalloc((x->count + 1) * sizeof(*x->near));
	int status = find_order(w, err);
	w->wanted = selection_wanted(x->selection, (size_t)w->all);
	const struct cosine_filter filter = { .threshold = x->options->threshold, .above = true,
					      .wanted = (size_t)w->wanted };
	w->steps = cosine_filter_part_new(&filter, ranks_rank(x->t->ranks), ranks_count(x->t->ranks));
	while (!status && w->passed < w->all && w->taken < w->wanted)
		status = do_block(w, err);
	for (size_t i = 0; i < x->count && !status; i++) {
		if (!x->reasons[i] && !x->places[i])
			x->reasons[i] = REASON_RANK;
	}
	cosine_filter_part_free(w->steps);
	workers_free(w->crew);
	mem_free(w->own);
	mem_free(w->records);
	mem_free(w->of_all);
	mem_free(w->rows);
	mem_free(w);
	return status;
}
