#include "clean/exact.h"

#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "io/hash.h"
#include "text/spacing.h"

#define KEY_SIZE EXACT_KEY

/* The kept one of the lines with one key. */
struct chief {
	size_t line;
	double rank;
};

struct exact {
	const struct dedup_options *o;
	struct map clusters;         /* key → number of its chief */
	struct chief *chiefs;
	size_t count, room;
	struct hash keys[CLEAN_SLOTS];
	struct buf texts[CLEAN_SLOTS];
};

static int add_word(void *data, struct view word)
{
	struct buf *text = data;
	buf_add(text, word.p, word.len);
	buf_addch(text, '\n');
	return 0;
}

/* What of the text counts. */
static void normalise(const struct dedup_options *o, struct view text, struct buf *to)
{
	if (o->same == DEDUP_WORDS)
		words_each(o->tokenizer, text.p, text.len, add_word, to);
	if (o->same == DEDUP_SPACING)
		spacing_collapse(text, to);
	else if (!to->len) /* as bytes, or "!!!" and "???", which have no words and are not the same */
		buf_add(to, text.p, text.len);
}

void exact_key(const struct dedup_options *o, struct view text, struct buf *scratch, struct hash *key)
{
	buf_renew(scratch);
	normalise(o, text, scratch);
	hash_bytes(scratch->data, scratch->len, key);
}

static int prepare(void *data, struct clean_line *line, struct sow_error *err)
{
	struct exact *x = data;
	(void)err;
	exact_key(x->o, line->text, &x->texts[line->slot], &x->keys[line->slot]);
	return SOW_OK;
}

/* The chief of the line's cluster, which may be the line itself. */
static struct chief *chief_of(struct exact *x, const struct clean_line *line)
{
	const char *key = (const char *)x->keys[line->slot].bytes;
	const uint64_t *known = map_get(&x->clusters, key, KEY_SIZE);
	if (known)
		return &x->chiefs[*known];
	mem_grow(&x->chiefs, &x->room, x->count + 1);
	map_put(&x->clusters, key, KEY_SIZE, x->count);
	struct chief *chief = &x->chiefs[x->count++];
	*chief = (struct chief){ line->number, line->rank };
	return chief;
}

static int choose(void *data, struct workers *crew, struct clean_line **lines, size_t count,
		  struct sow_error *err)
{
	(void)crew;
	(void)err;
	for (size_t i = 0; i < count; i++) {
		struct chief *chief = chief_of(data, lines[i]);
		if (lines[i]->rank > chief->rank)
			*chief = (struct chief){ lines[i]->number, lines[i]->rank };
	}
	return SOW_OK;
}

static int decide(void *data, struct workers *crew, struct clean_line **lines, size_t count,
		  struct sow_error *err)
{
	(void)crew;
	(void)err;
	for (size_t i = 0; i < count; i++) {
		const struct chief *chief = chief_of(data, lines[i]);
		lines[i]->removed = chief->line != lines[i]->number;
		lines[i]->reason = lines[i]->removed ? "duplicate" : "new";
		lines[i]->near_line = lines[i]->removed ? chief->line : 0;
	}
	return SOW_OK;
}

int exact_run(const struct dedup_options *o, struct workers *crew, struct clean_counts *counts,
	      struct sow_error *err)
{
	struct exact *x = mem_zalloc(sizeof(*x));
	x->o = o;
	for (size_t i = 0; i < CLEAN_SLOTS; i++)
		x->texts[i] = (struct buf)BUF_INIT;
	struct clean_job job = { .data = x, .prepare = prepare, .decide = choose };
	int status = SOW_OK;
	if (o->keep != DEDUP_FIRST)
		status = clean_read(&o->clean, &job, crew, NULL, err);
	job.decide = decide;
	if (!status)
		status = clean_run(&o->clean, &job, crew, counts, err);
	for (size_t i = 0; i < CLEAN_SLOTS; i++)
		buf_release(&x->texts[i]);
	map_release(&x->clusters);
	mem_free(x->chiefs);
	mem_free(x);
	return status;
}
