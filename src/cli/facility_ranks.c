#include "cli/facility_ranks.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "select/facility_candidates.h"

/* A vector on its way: number, norm, and the numbers of its row. */
#define HEAD (sizeof(uint64_t) + sizeof(float))
#define PIECE ((size_t)64 << 20) /* bytes of rows that are sent together, to all ranks */

static size_t size_of(size_t dims)
{
	return HEAD + dims * sizeof(float);
}

static void send_row(struct buf *to, const struct vectors *v, size_t i, uint64_t number)
{
	buf_add(to, (const char *)&number, sizeof(number));
	buf_add(to, (const char *)&v->norms[i], sizeof(*v->norms));
	buf_add(to, (const char *)(v->rows + i * v->stride), v->dims * sizeof(*v->rows));
}

static const float *read_row(const struct buf *from, size_t at, uint64_t *number, float *norm)
{
	memcpy(number, from->data + at, sizeof(*number));
	memcpy(norm, from->data + at + sizeof(*number), sizeof(*norm));
	return (const float *)(const void *)(from->data + at + HEAD);
}

/* The records of the parts that are this rank's, in the order of their numbers. */
struct own_parts {
	struct vectors vectors;
	uint64_t *numbers;
};

static int take_rows(struct own_parts *own, struct buf *in, size_t n, size_t dims, struct sow_error *err)
{
	size_t size = size_of(dims), count = 0, end = 0;
	for (size_t k = 0; k < n; k++)
		count += in[k].len / size;
	own->numbers = mem_alloc((count + 1) * sizeof(*own->numbers));
	int status = count ? vectors_reserve(&own->vectors, count, dims) : SOW_OK;
	for (size_t k = 0; k < n && !status; k++) {
		float norm;
		for (size_t at = 0; at < in[k].len && !status; at += size)
			status = vectors_add_floats(&own->vectors, read_row(&in[k], at, &own->numbers[end++], &norm), dims);
		buf_release(&in[k]);
	}
	return status ? error_nomem(err) : SOW_OK;
}

static int swap_parts(struct rank_job *t, const struct facility_part *f, struct own_parts *own,
		      struct sow_error *err)
{
	size_t n = ranks_count(t->ranks);
	struct buf *out = ranks_buffers(t->ranks), *in = out + n;
	for (size_t i = 0; i < f->open->count; i++) {
		size_t part = greedi_part(&f->greedi, f->before + i);
		send_row(&out[part * n / f->greedi.parts], f->open, i, f->before + i);
	}
	int status = ranks_alltoall(t->ranks, SOW_OK, out, in, err);
	if (!status)
		status = take_rows(own, in, n, f->dims, err);
	ranks_buffers_free(t->ranks, out);
	return ranks_agree(t->ranks, status, err);
}

/* Each part is one rank's, and 0 with the others: the bits add up. */
static int share_most(struct rank_job *t, const struct greedi *r, double *most, struct sow_error *err)
{
	uint64_t *bits = mem_alloc(r->parts * sizeof(*bits));
	memcpy(bits, most, r->parts * sizeof(*bits));
	int status = ranks_allreduce(t->ranks, SOW_OK, bits, r->parts, err);
	memcpy(most, bits, r->parts * sizeof(*bits));
	mem_free(bits);
	return status;
}

static int round_one(struct rank_job *t, const struct facility_part *f, struct workers *crew,
		     struct greedi_picks *out, double *most, struct sow_error *err)
{
	struct own_parts own = { .vectors = VECTORS_INIT };
	int status = swap_parts(t, f, &own, err);
	if (!status) {
		status = greedi_first_round(&own.vectors, own.numbers, &f->greedi, crew, out, err);
		status = ranks_agree(t->ranks, status, err);
	}
	vectors_release(&own.vectors);
	mem_free(own.numbers);
	if (!status)
		status = share_most(t, &f->greedi, out->most, err);
	*most = status ? 0 : greedi_bound(&f->greedi, out->most);
	return status;
}

/* The rows of a rank from `from` on, `count` of them, to every rank's candidates. */
static int share_rows(struct rank_job *t, const struct facility_part *f, const struct greedi_picks *picks,
		      size_t rank, size_t from, size_t count, struct facility_candidates *candidates,
		      struct sow_error *err)
{
	struct buf rows = { .data = buf_empty, .cap = SIZE_MAX / 2 };
	const struct vectors *v = picks ? &picks->vectors : f->open;
	for (size_t i = from; i < from + count && rank == ranks_rank(t->ranks); i++)
		send_row(&rows, v, i, picks ? picks->numbers[i] : f->before + i);
	int status = ranks_bcast(t->ranks, SOW_OK, rank, &rows, err);
	for (size_t at = 0; at < rows.len && !status; at += size_of(f->dims)) {
		uint64_t number;
		float norm;
		const float *row = read_row(&rows, at, &number, &norm);
		facility_candidates_add(candidates, row, norm, number);
	}
	buf_release(&rows);
	return status;
}

/* The candidates of every rank: its picks or, without any, all its records; a piece at a time, as sending
 * takes memory for each rank. */
static int share_candidates(struct rank_job *t, const struct facility_part *f,
			    const struct greedi_picks *picks,
			    struct facility_candidates **candidates, struct sow_error *err)
{
	size_t n = ranks_count(t->ranks), piece = PIECE / size_of(f->dims) / n + 1;
	uint64_t own = picks ? picks->vectors.count : f->open->count, all = 0;
	uint64_t *counts = mem_alloc(n * sizeof(*counts));
	int status = ranks_allgather(t->ranks, SOW_OK, &own, sizeof(own), counts, err);
	for (size_t k = 0; k < n && !status; k++)
		all += counts[k];
	if (!status)
		*candidates = facility_candidates_new(f->open, (size_t)all, f->dims);
	for (size_t k = 0; k < n && !status; k++) {
		for (size_t from = 0; from < counts[k] && !status; from += piece) {
			size_t left = (size_t)counts[k] - from, count = left < piece ? left : piece;
			status = share_rows(t, f, picks, k, from, count, *candidates, err);
		}
	}
	mem_free(counts);
	return status;
}

static int add_ranks(void *data, uint64_t *numbers, size_t count, struct sow_error *err)
{
	return ranks_allreduce(data, SOW_OK, numbers, count, err);
}

int facility_ranks(struct rank_job *t, const struct facility_part *f, uint64_t *order, double *share,
		   struct sow_error *err)
{
	const struct facility_sum sum = { add_ranks, t->ranks };
	struct workers *crew = workers_new(t->threads);
	struct greedi_picks picks = { .vectors = VECTORS_INIT };
	struct facility_candidates *candidates = NULL;
	double most = 0;
	int status = SOW_OK;
	*share = 0;
	if (f->greedi.parts)
		status = round_one(t, f, crew, &picks, &most, err);
	if (!status)
		status = share_candidates(t, f, f->greedi.parts ? &picks : NULL, &candidates, err);
	greedi_picks_release(&picks);
	if (!status)
		status = facility_candidates_pick(candidates, f->greedi.wanted, crew, &sum, order, err);
	if (!status && most > 0)
		*share = facility_candidates_value(candidates) / most;
	facility_candidates_free(candidates);
	workers_free(crew);
	return status;
}
