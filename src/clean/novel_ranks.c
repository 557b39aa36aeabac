#include "clean/novel_ranks.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "text/novelty.h"

#define FILE_SHIFT 48 /* an id is the number of its file, 0 for the input, and of its record */
#define NOTHING UINT64_MAX

/* What a rank found nearest to a record. Of equal scores the one that was added first has the least
 * order: files to be new against come before the input. */
struct answer {
	double score;
	uint64_t order;              /* NOTHING: none above the threshold */
	uint32_t by_record;          /* of the file it is in */
	int32_t status;
};

struct novel {
	const struct novel_options *o;
	struct ranks *ranks;
	size_t n, self;
	struct workers *crew;
	struct vocabulary *vocabulary;
	struct novelty *index;       /* of this rank's share of what is kept */
	uint64_t turn;               /* whose share the next one is */
	int64_t file;
	unsigned char *by_record;    /* which files of `against` have records that are no lines */
	bool broken;                 /* an exchange has failed: all ranks know */
	struct buf batch;            /* numbers and texts of records */
	struct words words[CLEAN_BATCH];
	int64_t ids[CLEAN_BATCH];
	size_t count;
	struct answer own[CLEAN_BATCH], best[CLEAN_BATCH];
	/* what became of this rank's records so far; of parts that a job before this one decided, of all */
	struct answer *answers;
	size_t answer_count, answer_room, answer_next;
	size_t decided;              /* parts: those of the first ranks */
	struct answer *all;          /* CLEAN_BATCH of each rank */
};

static uint64_t order_of(int64_t id)
{
	return id >> FILE_SHIFT ? (uint64_t)id : (uint64_t)id | UINT64_C(1) << 63;
}

static int count_word(void *data, struct view word)
{
	size_t *count = data;
	(void)word;
	return ++*count > WORDS_MAX ? SOW_TOOBIG : SOW_OK;
}

static int prepare(void *data, struct clean_line *line, struct sow_error *err)
{
	const struct novel *x = data;
	size_t count = 0;
	if (line->text.len <= WORDS_MAX)
		return SOW_OK;
	int status = words_each(x->o->tokenizer, line->text.p, line->text.len, count_word, &count);
	if (status != SOW_TOOBIG)
		return status;
	return clean_wrong(err, SOW_TOOBIG, x->file ? x->o->against[x->file - 1] : x->o->clean.in, line,
			   "more than %d words", WORDS_MAX);
}

/* Files to be new against: every rank reads them, and holds its share. */

static int add_share(void *data, struct workers *crew, struct clean_line **lines, size_t count,
		     struct sow_error *err)
{
	struct novel *x = data;
	(void)crew;
	for (size_t i = 0; i < count; i++) {
		lines[i]->reason = "against";
		x->by_record[x->file - 1] = lines[i]->by_record;
		if (x->turn++ % x->n != x->self)
			continue;
		mem_shed(&x->words[0].ids, &x->words[0].room);
		if (words_of(&x->words[0], x->vocabulary, lines[i]->text.p, lines[i]->text.len) < 0 ||
		    novelty_add(x->index, &x->words[0], x->file << FILE_SHIFT | (int64_t)lines[i]->number))
			return error_nomem(err);
	}
	return SOW_OK;
}

static int read_against(struct novel *x, struct sow_error *err)
{
	const struct clean_job job = { .data = x, .prepare = prepare, .decide = add_share };
	novelty_begin_bulk(x->index);
	for (size_t i = 0; i < x->o->against_count; i++) {
		struct clean_options o = clean_options_for(&x->o->clean, x->o->against[i]);
		struct clean_counts counts = { 0 };
		if (x->self) /* rank 0 tells of what all of them read */
			o.tell = NULL;
		x->file = (int64_t)i + 1;
		int status = clean_run(&o, &job, x->crew, &counts, err);
		if (status)
			return status;
	}
	x->file = 0;
	return novelty_end_bulk(x->index, x->crew) ? error_nomem(err) : SOW_OK;
}

/* A batch, in every rank */

/* The words of the texts in x->batch, which stand there as number, length and bytes. */
static int read_batch(struct novel *x)
{
	const char *at = x->batch.data, *end = at + x->batch.len;
	for (x->count = 0; at < end; x->count++) {
		uint64_t head[2];
		memcpy(head, at, sizeof(head));
		at += sizeof(head);
		struct words *words = &x->words[x->count];
		mem_shed(&words->ids, &words->room);
		if (words_of(words, x->vocabulary, at, (size_t)head[1]) < 0)
			return SOW_NOMEM;
		x->ids[x->count] = (int64_t)head[0];
		at += head[1];
	}
	return SOW_OK;
}

static void look(void *data, size_t i)
{
	struct novel *x = data;
	struct neighbour near;
	int status = novelty_nearest(x->index, &x->words[i], &near);
	int64_t file = near.found ? near.id >> FILE_SHIFT : 0;
	x->own[i] = (struct answer){ .score = near.found ? near.score : 0, .status = status,
				     .order = near.found ? order_of(near.id) : NOTHING,
				     .by_record = file && x->by_record[file - 1] };
}

static bool is_better(const struct answer *a, const struct answer *b)
{
	if (a->order == NOTHING || b->order == NOTHING)
		return a->order != NOTHING;
	return a->score != b->score ? a->score > b->score : a->order < b->order;
}

/* What is new is compared with what is new before it in the batch, one by one, as it would be alone. */
static int decide_batch(struct novel *x)
{
	struct novelty *fresh = novelty_new(x->o->threshold, NOVELTY_ABOVE);
	int status = fresh ? SOW_OK : SOW_NOMEM;
	for (size_t i = 0; i < x->count && !status; i++) {
		struct neighbour near;
		struct answer *best = &x->best[i];
		status = novelty_nearest(fresh, &x->words[i], &near);
		const struct answer here = { .score = near.found ? near.score : 0,
					     .order = near.found ? order_of(near.id) : NOTHING };
		if (!status && near.found && is_better(&here, best))
			*best = here;
		if (status || best->order != NOTHING)
			continue;
		status = novelty_add(fresh, &x->words[i], x->ids[i]);
		if (!status && x->turn++ % x->n == x->self)
			status = novelty_add(x->index, &x->words[i], x->ids[i]);
	}
	novelty_free(fresh);
	return status;
}

static int fail(const struct novel *x, int status, struct sow_error *err)
{
	if (status == SOW_TOOBIG)
		return error_set(err, SOW_TOOBIG, "%s: too many records", x->o->clean.in);
	return status ? error_nomem(err) : SOW_OK;
}

/* Of a part that was decided the reader sends what is kept. */
static int add_settled(struct novel *x)
{
	const char *at = x->batch.data, *end = at + x->batch.len;
	int status = SOW_OK;
	while (at < end && !status) {
		uint64_t head[2];
		memcpy(head, at, sizeof(head));
		at += sizeof(head);
		if (x->turn++ % x->n == x->self) {
			mem_shed(&x->words[0].ids, &x->words[0].room);
			status = words_of(&x->words[0], x->vocabulary, at, (size_t)head[1]) < 0 ? SOW_NOMEM
				: novelty_add(x->index, &x->words[0], (int64_t)head[0]);
		}
		at += head[1];
	}
	return status;
}

/* All ranks call it with the batch that `reader` has. */
static int exchange(struct novel *x, size_t reader, int status, struct sow_error *err)
{
	status = ranks_bcast(x->ranks, status, reader, &x->batch, err);
	if (status || !x->batch.len) {
		x->broken = status != SOW_OK;
		return status;
	}
	if (reader < x->decided) {
		status = ranks_agree(x->ranks, fail(x, add_settled(x), err), err);
		x->broken = status != SOW_OK;
		return status;
	}
	status = fail(x, read_batch(x), err);
	if (!status)
		workers_run(x->crew, x->count, look, x);
	for (size_t i = 0; i < x->count && !status; i++)
		status = fail(x, x->own[i].status, err);
	status = ranks_allgather(x->ranks, status, x->own, x->count * sizeof(*x->own), x->all, err);
	for (size_t i = 0; i < x->count && !status; i++) {
		x->best[i] = x->all[i];
		for (size_t k = 1; k < x->n; k++) {
			const struct answer *other = &x->all[k * x->count + i];
			if (is_better(other, &x->best[i]))
				x->best[i] = *other;
		}
	}
	if (!status)
		status = fail(x, decide_batch(x), err);
	status = ranks_agree(x->ranks, status, err);
	x->broken = status != SOW_OK;
	return status;
}

/* The rank that reads */

static void explain(const struct novel *x, struct clean_line *line, const struct answer *best)
{
	line->removed = best->order != NOTHING;
	line->reason = line->removed ? "near-duplicate" : "new";
	if (!line->removed)
		return;
	int64_t id = (int64_t)(best->order & ~(UINT64_C(1) << 63)), file = id >> FILE_SHIFT;
	line->scored = true;
	line->score = best->score;
	line->near_line = (size_t)(id & ((INT64_C(1) << FILE_SHIFT) - 1));
	line->near_file = file ? x->o->against[file - 1] : NULL;
	line->near_by_record = file && best->by_record;
}

static void add_to_batch(struct novel *x, const struct clean_line *line)
{
	uint64_t head[2] = { line->number, line->text.len };
	buf_add(&x->batch, (const char *)head, sizeof(head));
	buf_add(&x->batch, line->text.p, line->text.len);
}

static int send_batch(struct novel *x, struct sow_error *err)
{
	return x->batch.len ? exchange(x, x->self, SOW_OK, err) : SOW_OK;
}

static int filter(void *data, struct workers *crew, struct clean_line **lines, size_t count,
		  struct sow_error *err)
{
	struct novel *x = data;
	(void)crew;
	buf_clear(&x->batch);
	for (size_t i = 0; i < count; i++)
		add_to_batch(x, lines[i]);
	int status = send_batch(x, err);
	for (size_t i = 0; i < count && !status; i++) {
		explain(x, lines[i], &x->best[i]);
		mem_grow(&x->answers, &x->answer_room, x->answer_count + 1);
		x->answers[x->answer_count++] = x->best[i];
	}
	return status;
}

/* The same of a part that was decided. */
static int repeat(void *data, struct workers *crew, struct clean_line **lines, size_t count,
		  struct sow_error *err)
{
	struct novel *x = data;
	(void)crew;
	buf_clear(&x->batch);
	for (size_t i = 0; i < count; i++) {
		if (x->answer_next == x->answer_count)
			return error_set(err, SOW_INVALID, "%s: changed while it was read", x->o->clean.in);
		explain(x, lines[i], &x->answers[x->answer_next++]);
		if (!lines[i]->removed)
			add_to_batch(x, lines[i]);
	}
	return send_batch(x, err);
}

/* Parts are decided one after the other, so those that can be taken are the first ones. */
static int load(struct novel *x, struct spread *s, int status, struct sow_error *err)
{
	struct checkpoint k = { .size = sizeof(*x->answers) };
	if (!s->checkpoints.folder)
		return status;
	unsigned char found = checkpoint_load(&s->checkpoints, &k), *all = mem_alloc(x->n);
	status = ranks_allgather(x->ranks, status, &found, sizeof(found), all, err);
	while (!status && x->decided < x->n && all[x->decided])
		x->decided++;
	mem_free(all);
	if (x->self >= x->decided)
		mem_free(k.entries);
	else
		x->answers = k.entries;
	x->answer_count = x->answers ? (size_t)k.count : 0;
	if (x->decided && s->tell) {
		char message[64];
		snprintf(message, sizeof(message), "%zu of %zu parts are decided", x->decided, x->n);
		s->tell(s->tell_data, message);
	}
	return status;
}

static int save(const struct novel *x, struct spread *s, struct sow_error *err)
{
	const struct checkpoint k = { x->answers, x->answer_count, sizeof(*x->answers), s->parts->before,
				      s->parts->records };
	if (!s->checkpoints.folder)
		return SOW_OK;
	return checkpoint_save(&s->checkpoints, &k, err);
}

/* An empty batch says that the reader has no more; then comes how many numbers its records took. */
static int read_part(struct novel *x, struct spread *s, const struct clean_options *part,
		     struct clean_counts *counts, struct sow_error *err)
{
	bool decided = x->self < x->decided;
	const struct clean_job job = { .data = x, .prepare = prepare, .decide = decided ? repeat : filter,
				       .uses_crew = true };
	int status = clean_run(part, &job, x->crew, counts, err);
	if (!status && decided && x->answer_next != x->answer_count)
		status = error_set(err, SOW_INVALID, "%s: changed while it was read", x->o->clean.in);
	if (!status && !decided)
		status = save(x, s, err);
	buf_clear(&x->batch);
	if (!x->broken)
		status = exchange(x, ranks_rank(s->ranks), status, err);
	return status;
}

static int serve(struct novel *x, size_t reader, struct sow_error *err)
{
	int status;
	do {
		buf_clear(&x->batch);
		status = exchange(x, reader, SOW_OK, err);
	} while (!status && x->batch.len);
	return status;
}

static int go(struct novel *x, struct spread *s, struct clean_counts *counts, struct sow_error *err)
{
	struct clean_options part;
	s->parts->count_lines = true;
	int status = spread_part(s, &x->o->clean, &part, err);
	status = load(x, s, status, err);
	status = ranks_agree(x->ranks, status, err);
	for (size_t reader = 0; reader < x->n && !status; reader++) {
		status = reader == x->self ? read_part(x, s, &part, counts, err) : serve(x, reader, err);
		uint64_t own[2] = { 0 };
		if (reader == x->self) {
			own[0] = counts->numbers;
			own[1] = counts->records + counts->bad;
		}
		if (!status)
			status = ranks_allreduce(x->ranks, SOW_OK, own, 2, err);
		if (!status && reader < x->self) {
			s->parts->before += (size_t)own[0];
			s->parts->records += (size_t)own[1];
		}
	}
	return spread_check(s, status, &x->o->clean, counts, err);
}

static void release(struct novel *x)
{
	for (size_t i = 0; i < CLEAN_BATCH; i++)
		words_release(&x->words[i]);
	novelty_free(x->index);
	vocabulary_free(x->vocabulary);
	buf_release(&x->batch);
	mem_free(x->by_record);
	mem_free(x->all);
	mem_free(x->answers);
	mem_free(x);
}

int novel_ranks_run(struct spread *s, const struct novel_options *o, struct workers *crew,
		    struct clean_counts *counts, struct sow_error *err)
{
	struct novel *x = mem_zalloc(sizeof(*x));
	x->o = o;
	x->crew = crew;
	x->ranks = s->ranks;
	x->n = ranks_count(s->ranks);
	x->self = ranks_rank(s->ranks);
	x->batch = (struct buf)BUF_INIT;
	x->by_record = mem_zalloc(o->against_count + 1);
	x->vocabulary = vocabulary_new(o->tokenizer);
	x->index = novelty_new(o->threshold, NOVELTY_ABOVE);
	x->all = mem_alloc(x->n * CLEAN_BATCH * sizeof(*x->all));
	int status = x->vocabulary && x->index ? read_against(x, err) : error_nomem(err);
	status = ranks_agree(s->ranks, status, err);
	if (!status)
		status = go(x, s, counts, err);
	release(x);
	return status;
}
