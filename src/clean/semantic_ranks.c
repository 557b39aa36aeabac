#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "clean/semantic_private.h"
#include "clean/spread.h"
#include "vector/cosine_filter.h"

/* Which rows of the file of vectors are this rank's: those behind the records of the ranks before it. */
static int read_rows(struct semantic *s, const struct spread *sp, const char *path, size_t own,
		     struct sow_error *err)
{
	size_t n = ranks_count(sp->ranks), first = 0, records = 0, rows = 0;
	uint64_t count = own, *all = mem_alloc(n * sizeof(*all));
	int status = ranks_allgather(sp->ranks, SOW_OK, &count, sizeof(count), all, err);
	for (size_t k = 0; k < n && !status; k++) {
		first += k < ranks_rank(sp->ranks) ? (size_t)all[k] : 0;
		records += (size_t)all[k];
	}
	mem_free(all);
	if (!status)
		status = vectors_read_npy_part(&s->vectors, path, first, own, &rows, err);
	if (!status && rows != records)
		status = error_set(err, SOW_INVALID, "%s: %zu vectors for %zu records", path, rows, records);
	return ranks_agree(sp->ranks, status, err);
}

/* All ranks have rows of one length; within a rank, and beside items, that is checked as they are read. */
static int check_lengths(const struct semantic *s, size_t first, const struct spread *sp, struct sow_error *err)
{
	uint64_t dims;
	int status = spread_dims(sp->ranks, SOW_OK, &s->vectors, &dims, err);
	if (!status && s->vectors.count && s->vectors.dims != dims) {
		const struct clean_line line = { .number = s->seen[first].number, .by_record = s->seen[first].by_record };
		status = clean_wrong(err, SOW_INVALID, s->clean->in, &line, "%s: expected a list of %zu numbers, as "
				     "before, not of %zu", s->source->field, (size_t)dims, s->vectors.dims);
	}
	return ranks_agree(sp->ranks, status, err);
}

/* This rank's records and their vectors, behind what is there; their numbers are those of the whole input. */
static int read_part(struct semantic *s, struct spread *sp, const struct clean_options *o,
		     const struct vectors_source *source, struct workers *crew, struct sow_error *err)
{
	const struct clean_job job = { .data = s, .prepare = source->field ? semantic_read_vector : NULL,
				       .decide = semantic_note };
	size_t had = s->count;
	s->clean = o;
	s->source = source;
	int status = spread_read(sp, o, &job, crew, err);
	if (!status && source->file)
		status = read_rows(s, sp, source->file, s->count - had, err);
	for (size_t i = had; i < s->count && !status; i++)
		s->seen[i].number += sp->parts->before;
	return status ? status : check_lengths(s, had, sp, err);
}

/* dedup */

#define SENT ((size_t)64 << 20) /* bytes of a block, for all ranks together */

struct round {
	struct semantic *s;
	struct spread *sp;
	struct cosine_filter_part *steps;
	struct workers *crew;
	struct buf block;            /* how many, their ids, their vectors; empty: the reader has no more */
	struct cosine_match own[COSINE_BLOCK], best[COSINE_BLOCK], *all;
	uint64_t ids[COSINE_BLOCK];
	float *rows;
	size_t room;
};

static void pack(struct round *r, size_t from)
{
	const struct semantic *s = r->s;
	size_t most = SENT / ((s->vectors.dims + 1) * sizeof(float) * ranks_count(r->sp->ranks)) + 1;
	most = most < COSINE_BLOCK ? most : COSINE_BLOCK;
	uint64_t count = s->count - from < most ? s->count - from : most;
	buf_clear(&r->block);
	if (!count)
		return;
	buf_add(&r->block, (const char *)&count, sizeof(count));
	for (size_t i = from; i < from + count; i++) {
		uint64_t id = s->seen[i].number;
		buf_add(&r->block, (const char *)&id, sizeof(id));
	}
	for (size_t i = from; i < from + count; i++)
		buf_add(&r->block, (const char *)(s->vectors.rows + i * s->vectors.stride),
			s->vectors.dims * sizeof(float));
}

static size_t unpack(struct round *r, size_t *dims)
{
	uint64_t count;
	memcpy(&count, r->block.data, sizeof(count));
	size_t head = sizeof(count) + (size_t)count * sizeof(*r->ids), bytes = r->block.len - head;
	memcpy(r->ids, r->block.data + sizeof(count), head - sizeof(count));
	mem_grow(&r->rows, &r->room, bytes / sizeof(float) + 1);
	memcpy(r->rows, r->block.data + head, bytes);
	*dims = bytes / sizeof(float) / (size_t)count;
	return (size_t)count;
}

/* The nearest of all ranks to each record of the block: of equals the first. */
static int reduce(struct round *r, int status, size_t count, struct sow_error *err)
{
	struct ranks *ranks = r->sp->ranks;
	size_t n = ranks_count(ranks);
	status = ranks_allgather(ranks, status, r->own, count * sizeof(*r->own), r->all, err);
	for (size_t i = 0; i < count && !status; i++) {
		r->best[i] = (struct cosine_match){ 0, COSINE_NO_ID };
		for (size_t k = 0; k < n; k++) {
			const struct cosine_match *one = &r->all[k * count + i], *best = &r->best[i];
			if (one->id == COSINE_NO_ID)
				continue;
			if (best->id == COSINE_NO_ID || one->cosine > best->cosine ||
			    (one->cosine == best->cosine && one->id < best->id))
				r->best[i] = *one;
		}
	}
	return status;
}

/* A block of the rank `reader`: the number of its records, 0 when it has no more, or a failure of any rank. */
static int step(struct round *r, size_t reader, size_t from, struct sow_error *err)
{
	size_t dims = 0;
	if (reader == ranks_rank(r->sp->ranks))
		pack(r, from);
	int status = ranks_bcast(r->sp->ranks, SOW_OK, reader, &r->block, err);
	if (status || !r->block.len)
		return status;
	size_t count = unpack(r, &dims);
	memset(r->own, 0, sizeof(r->own));
	status = cosine_filter_part_nearest(r->steps, r->crew, r->rows, count, dims, r->own);
	status = reduce(r, status ? error_nomem(err) : SOW_OK, count, err);
	if (!status)
		cosine_filter_part_decide(r->steps, r->ids, r->best);
	status = ranks_agree(r->sp->ranks, status, err);
	return status ? status : (int)count;
}

static int filter_all(struct round *r, struct sow_error *err)
{
	struct ranks *ranks = r->sp->ranks;
	int status = SOW_OK;
	for (size_t reader = 0; reader < ranks_count(ranks) && status >= 0; reader++) {
		size_t from = 0;
		while ((status = step(r, reader, from, err)) > 0) {
			for (size_t i = 0; i < (size_t)status && reader == ranks_rank(ranks); i++) {
				const struct cosine_match *best = &r->best[i];
				r->sp->verdicts[from + i] = (struct verdict){
					best->id == COSINE_NO_ID ? 0 : best->id, best->cosine };
			}
			from += (size_t)status;
		}
	}
	return status;
}

static int find_near(struct semantic *s, struct spread *sp, const struct dedup_options *o, struct workers *crew,
		     struct sow_error *err)
{
	size_t n = ranks_count(sp->ranks);
	const struct cosine_filter w = { .threshold = o->threshold };
	struct round *r = mem_zalloc(sizeof(*r));
	r->s = s;
	r->sp = sp;
	r->crew = crew;
	r->block = (struct buf)BUF_INIT;
	r->all = mem_alloc(n * sizeof(r->own));
	r->steps = cosine_filter_part_new(&w, ranks_rank(sp->ranks), n);
	sp->verdicts = mem_zalloc((s->count + 1) * sizeof(*sp->verdicts));
	int status = filter_all(r, err);
	cosine_filter_part_free(r->steps);
	buf_release(&r->block);
	mem_free(r->all);
	mem_free(r->rows);
	mem_free(r);
	return status;
}

static int read_and_find(struct spread *sp, const struct dedup_options *o, struct workers *crew, struct sow_error *err)
{
	struct semantic *s = mem_zalloc(sizeof(*s));
	int status = read_part(s, sp, &o->clean, &o->source, crew, err);
	if (!status)
		status = find_near(s, sp, o, crew, err);
	semantic_free(s);
	return spread_save(sp, status, err);
}

int semantic_dedup_ranks(struct spread *sp, const struct dedup_options *o, struct workers *crew,
			 struct clean_counts *counts, struct sow_error *err)
{
	bool decided;
	sp->kept = "new";
	sp->removed = "near-duplicate";
	sp->scored = true;
	int status = spread_load(sp, &o->clean, &decided, err);
	if (!status && !decided)
		status = read_and_find(sp, o, crew, err);
	return status ? status : spread_write(sp, &o->clean, crew, counts, err);
}

/* decontaminate */

static void find_items(struct semantic *s, const struct contamination_options *o, struct workers *crew)
{
	const struct cosine_filter w = { .vectors = &s->vectors, .order = s->order, .count = s->count,
					 .held = s->items,
					 .threshold = o->threshold, .against = COSINE_HELD };
	size_t kept, reached;
	if (s->count)
		cosine_filter_run(&w, crew, s->near, s->cosine, &kept, &reached);
}

int semantic_decontaminate_ranks(struct spread *sp, const struct contamination_options *o, struct workers *crew,
				 struct contamination_counts *counts, struct sow_error *err)
{
	struct semantic *s = mem_zalloc(sizeof(*s));
	const struct clean_job job = { .data = s, .decide = semantic_tell };
	int status = ranks_agree(sp->ranks, semantic_read_against(s, o, crew, err), err);
	counts->items = s->items;
	if (!status)
		status = read_part(s, sp, &o->clean, &o->source, crew, err);
	semantic_make_room(s);
	if (!status)
		find_items(s, o, crew);
	s->next = s->items;
	s->against = o->against;
	status = ranks_agree(sp->ranks, status, err);
	if (!status)
		status = spread_decide(sp, &o->clean, &job, crew, &counts->lines, err);
	semantic_free(s);
	return status;
}
