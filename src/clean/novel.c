#include "clean/novel.h"

#include "base/error.h"
#include "base/mem.h"
#include "text/novelty.h"

#define FILE_SHIFT 48 /* an id is the number of its file, 0 for the input, and of its record */
#define KNOWN_ITEM 16 /* texts that a thread takes at a time */

struct novel {
	const struct novel_options *o;
	struct vocabulary *vocabulary;
	struct novelty *index;
	int64_t file;
	bool *by_record;             /* which files of `against` have records that are no lines */
	struct words words[CLEAN_BATCH];
	int64_t ids[CLEAN_BATCH];
	struct neighbour near[CLEAN_BATCH];
};

static int count_word(void *data, struct view word)
{
	size_t *count = data;
	(void)word;
	return ++*count > WORDS_MAX ? SOW_TOOBIG : SOW_OK;
}

/* A text with more words than fit is a bad record; only a long one needs to be counted. */
static int prepare(void *data, struct clean_line *line, struct sow_error *err)
{
	const struct novel *n = data;
	size_t count = 0;
	if (line->text.len <= WORDS_MAX)
		return SOW_OK;
	int status = words_each(n->o->tokenizer, line->text.p, line->text.len, count_word, &count);
	if (status != SOW_TOOBIG)
		return status;
	return clean_wrong(err, SOW_TOOBIG, n->file ? n->o->against[n->file - 1] : n->o->clean.in,
			   line, "more than %d words", WORDS_MAX);
}

/* The texts of a batch that hold known words only are read by the whole crew. */
struct known {
	struct novel *n;
	struct clean_line **lines;
	size_t count;
	bool of[CLEAN_BATCH];
};

static void find_words(void *data, size_t item)
{
	struct known *k = data;
	size_t end = (item + 1) * KNOWN_ITEM < k->count ? (item + 1) * KNOWN_ITEM : k->count;
	for (size_t i = item * KNOWN_ITEM; i < end; i++) {
		struct view text = k->lines[i]->text;
		k->of[i] = words_find(&k->n->words[i], k->n->vocabulary, text.p, text.len);
	}
}

/* Numbers of words do not depend on the crew: what brings new ones is read in order. NULL: no crew. */
static int read_words(struct novel *n, struct workers *crew, struct clean_line **lines, size_t count,
		      struct sow_error *err)
{
	struct known known = { .n = n, .lines = lines, .count = count };
	for (size_t i = 0; i < count; i++) {
		mem_shed(&n->words[i].ids, &n->words[i].room);
		n->ids[i] = n->file << FILE_SHIFT | (int64_t)lines[i]->number;
	}
	if (workers_count(crew) > 1)
		workers_run(crew, (count + KNOWN_ITEM - 1) / KNOWN_ITEM, find_words, &known);
	for (size_t i = 0; i < count; i++) {
		struct view text = lines[i]->text;
		if (!known.of[i] && words_of(&n->words[i], n->vocabulary, text.p, text.len) < 0)
			return error_nomem(err);
	}
	return SOW_OK;
}

static int add_all(void *data, struct workers *crew, struct clean_line **lines, size_t count,
		   struct sow_error *err)
{
	struct novel *n = data;
	(void)crew;
	int status = read_words(n, NULL, lines, count, err);
	for (size_t i = 0; i < count && !status; i++) {
		lines[i]->reason = "against";
		n->by_record[n->file - 1] = lines[i]->by_record;
		if (novelty_add(n->index, &n->words[i], n->ids[i]))
			status = error_nomem(err);
	}
	return status;
}

/* One after the other, with the nearest below the threshold as well. */
static int filter_exactly(struct novel *n, size_t count)
{
	int status = SOW_OK;
	for (size_t i = 0; i < count && !status; i++) {
		struct neighbour *near = &n->near[i];
		size_t found;
		double mean;
		status = novelty_nearest(n->index, &n->words[i], near);
		if (status || near->found)
			continue;
		status = novelty_nearest_few(n->index, &n->words[i], 1, near, &found, &mean);
		if (!status)
			status = novelty_add(n->index, &n->words[i], n->ids[i]);
	}
	return status;
}

static void explain(const struct novel *n, struct clean_line *line, const struct neighbour *near)
{
	line->removed = near->found && near->score > n->o->threshold;
	line->reason = line->removed ? "near-duplicate" : "new";
	if (!near->found)
		return;
	line->scored = true;
	line->score = near->score;
	if (near->score <= 0)
		return;
	int64_t file = near->id >> FILE_SHIFT;
	line->near_line = (size_t)(near->id & ((INT64_C(1) << FILE_SHIFT) - 1));
	line->near_file = file ? n->o->against[file - 1] : NULL;
	line->near_by_record = file && n->by_record[file - 1];
}

static int filter(void *data, struct workers *crew, struct clean_line **lines, size_t count,
		  struct sow_error *err)
{
	struct novel *n = data;
	size_t done;
	int status = read_words(n, crew, lines, count, err);
	if (status)
		return status;
	for (size_t i = 0; i < count; i++)
		n->near[i] = (struct neighbour){ .found = false };
	if (n->o->exact_below)
		status = filter_exactly(n, count);
	else
		status = novelty_filter(n->index, crew, n->words, n->ids, count, n->near, &done);
	if (status == SOW_TOOBIG)
		return error_set(err, SOW_TOOBIG, "%s: too many records", n->o->clean.in);
	if (status)
		return error_nomem(err);
	for (size_t i = 0; i < count; i++)
		explain(n, lines[i], &n->near[i]);
	return SOW_OK;
}

static int read_against(struct novel *n, struct workers *crew, struct sow_error *err)
{
	struct clean_job job = { .data = n, .prepare = prepare, .decide = add_all };
	novelty_begin_bulk(n->index);
	for (size_t i = 0; i < n->o->against_count; i++) {
		const struct clean_options o = clean_options_for(&n->o->clean, n->o->against[i]);
		struct clean_counts counts = { 0 };
		n->file = (int64_t)i + 1;
		int status = clean_run(&o, &job, crew, &counts, err);
		if (status)
			return status;
	}
	n->file = 0;
	return novelty_end_bulk(n->index, crew) ? error_nomem(err) : SOW_OK;
}

int novel_run(const struct novel_options *o, struct workers *crew, struct clean_counts *counts,
	      struct sow_error *err)
{
	struct novel *n = mem_zalloc(sizeof(*n));
	struct clean_job job = { .data = n, .prepare = prepare, .decide = filter,
				 .uses_crew = true };
	n->o = o;
	n->by_record = mem_zalloc(o->against_count + 1);
	n->vocabulary = vocabulary_new(o->tokenizer);
	n->index = novelty_new(o->threshold, o->exact_below ? NOVELTY_ALL : NOVELTY_ABOVE);
	int status = n->vocabulary && n->index ? read_against(n, crew, err) : error_nomem(err);
	if (!status)
		status = clean_run(&o->clean, &job, crew, counts, err);
	for (size_t i = 0; i < CLEAN_BATCH; i++)
		words_release(&n->words[i]);
	novelty_free(n->index);
	vocabulary_free(n->vocabulary);
	mem_free(n->by_record);
	mem_free(n);
	return status;
}
