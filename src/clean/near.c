#include "clean/near.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/mem.h"
#include "text/minhash_index.h"

/* A line that was seen when the file was read first; the index holds its shingles. */
struct seen {
	union {
		double rank;         /* until it is decided */
		double score;        /* from then on */
	};
	size_t near_line;            /* 0: it is kept */
};

struct near_dedup {
	const struct dedup_options *o;
	struct minhash_index *index;
	struct minhash_query *queries; /* CLEAN_SLOTS */
	/* when the order is not that of the file */
	struct seen *seen;
	size_t count, room;
	struct seen **order;         /* by preference */
	size_t batch;                /* where in `order` the present batch begins */
	size_t next;                 /* the record that is decided next */
};

static int prepare(void *data, struct clean_line *line, struct sow_error *err)
{
	struct near_dedup *n = data;
	struct minhash_query *q = &n->queries[line->slot];
	(void)err;
	shingles_of(&q->shingles, n->o->tokenizer, n->o->shingle, line->text);
	if (n->o->keep == DEDUP_FIRST)
		minhash_index_prepare(n->index, q);
	return SOW_OK;
}

static void judge(struct clean_line *line, size_t near_line, double score)
{
	line->removed = near_line != 0;
	line->reason = near_line ? "near-duplicate" : "new";
	line->scored = near_line != 0;
	line->score = score;
	line->near_line = near_line;
}

static int fail(const struct near_dedup *n, int status, struct sow_error *err)
{
	if (status == SOW_TOOBIG)
		return error_set(err, SOW_TOOBIG, "%s: too many records", n->o->clean.in);
	return error_set(err, SOW_NOMEM, "%s: out of memory", n->o->clean.in);
}

static int decide(void *data, struct workers *crew, struct clean_line **lines, size_t count,
		  struct sow_error *err)
{
	struct near_dedup *n = data;
	(void)crew;
	for (size_t i = 0; i < count; i++) {
		const struct minhash_query *q = &n->queries[lines[i]->slot];
		struct minhash_neighbour near = { 0 };
		if (i + 1 < count)
			minhash_index_prefetch(n->index, &n->queries[lines[i + 1]->slot]);
		int status = SOW_OK;
		if (!minhash_index_nearest(n->index, q, &near))
			status = minhash_index_add(n->index, q, lines[i]->number);
		if (status)
			return fail(n, status, err);
		judge(lines[i], near.id, near.score);
	}
	return SOW_OK;
}

/* In another order */

static int note(void *data, struct workers *crew, struct clean_line **lines, size_t count,
		struct sow_error *err)
{
	struct near_dedup *n = data;
	(void)crew;
	for (size_t i = 0; i < count; i++) {
		int status = minhash_index_store(n->index, &n->queries[lines[i]->slot], lines[i]->number);
		mem_grow(&n->seen, &n->room, n->count + 1);
		if (status)
			return fail(n, status, err);
		n->seen[n->count++] = (struct seen){ .rank = lines[i]->rank };
	}
	return SOW_OK;
}

static int by_preference(const void *a, const void *b)
{
	const struct seen *x = *(struct seen *const *)a, *y = *(struct seen *const *)b;
	if (x->rank != y->rank)
		return x->rank > y->rank ? -1 : 1;
	return (x > y) - (x < y);
}

static void prepare_seen(void *data, size_t item)
{
	struct near_dedup *n = data;
	const struct seen *s = n->order[n->batch + item];
	minhash_index_load(n->index, (size_t)(s - n->seen), &n->queries[item]);
}

static int decide_one(struct near_dedup *n, struct seen *s, const struct minhash_query *q)
{
	struct minhash_neighbour near = { 0 };
	int status = SOW_OK;
	if (!minhash_index_nearest(n->index, q, &near))
		status = minhash_index_insert(n->index, q, (size_t)(s - n->seen));
	s->near_line = near.id;
	s->score = near.score;
	return status;
}

static int decide_seen(struct near_dedup *n, struct workers *crew, struct sow_error *err)
{
	n->order = mem_alloc(n->count * sizeof(struct seen *));
	for (size_t i = 0; i < n->count; i++)
		n->order[i] = &n->seen[i];
	qsort(n->order, n->count, sizeof(struct seen *), by_preference);
	for (n->batch = 0; n->batch < n->count; n->batch += CLEAN_BATCH) {
		size_t left = n->count - n->batch, count = left < CLEAN_BATCH ? left : CLEAN_BATCH;
		workers_run(crew, count, prepare_seen, n);
		for (size_t i = 0; i < count; i++) {
			int status = decide_one(n, n->order[n->batch + i], &n->queries[i]);
			if (status)
				return fail(n, status, err);
		}
	}
	return SOW_OK;
}

static int repeat(void *data, struct workers *crew, struct clean_line **lines, size_t count,
		  struct sow_error *err)
{
	struct near_dedup *n = data;
	(void)crew;
	for (size_t i = 0; i < count; i++) {
		const struct seen *s = &n->seen[n->next];
		if (n->next == n->count || minhash_index_id(n->index, n->next++) != lines[i]->number)
			return clean_wrong(err, SOW_INVALID, n->o->clean.in, lines[i],
					   "changed while it was read");
		judge(lines[i], s->near_line, s->score);
	}
	return SOW_OK;
}

static int run_ranked(struct near_dedup *n, struct workers *crew, struct clean_counts *counts,
		      struct sow_error *err)
{
	struct clean_job job = { .data = n, .prepare = prepare, .decide = note };
	int status = clean_read(&n->o->clean, &job, crew, NULL, err);
	if (!status)
		status = decide_seen(n, crew, err);
	job = (struct clean_job){ .data = n, .decide = repeat };
	return status ? status : clean_run(&n->o->clean, &job, crew, counts, err);
}

int near_run(const struct dedup_options *o, struct workers *crew, struct clean_counts *counts,
	     struct sow_error *err)
{
	struct near_dedup *n = mem_zalloc(sizeof(*n));
	n->o = o;
	n->index = minhash_index_new(o->threshold, o->bands, o->rows);
	n->queries = mem_zalloc(CLEAN_SLOTS * sizeof(*n->queries));
	struct clean_job job = { .data = n, .prepare = prepare, .decide = decide };
	int status = SOW_OK;
	if (!n->index || !n->queries)
		status = error_nomem(err);
	else if (o->keep == DEDUP_FIRST)
		status = clean_run(&o->clean, &job, crew, counts, err);
	else
		status = run_ranked(n, crew, counts, err);
	for (size_t i = 0; i < CLEAN_SLOTS && n->queries; i++)
		minhash_query_release(&n->queries[i]);
	mem_free(n->queries);
	minhash_index_free(n->index);
	mem_free(n->seen);
	mem_free(n->order);
	mem_free(n);
	return status;
}
