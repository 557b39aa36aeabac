#include "clean/contamination.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "clean/semantic.h"
#include "clean/spread.h"
#include "text/letter.h"
#include "text/overlap.h"

const struct contamination_rule contamination_rules[RULES] = {
	[RULE_13_GRAM] = { "13-gram", 13, false, false },
	[RULE_8_GRAM] = { "8-gram", 8, false, false },
	[RULE_8_GRAM_SHARE] = { "8-gram-share", 8, false, true },
	[RULE_50_CHAR] = { "50-char", 50, true, false },
};

struct item {
	uint32_t file;
	bool by_record;
	size_t line;
	size_t words;
};

struct symbols {
	uint32_t *list;
	size_t count, room;
};

struct runs {
	struct overlap_run *list;
	size_t count, room;
};

/* What a thread needs for one line, and what it found. */
struct slot {
	struct symbols words, letters;
	struct runs runs;
	struct overlap_run best;
	struct buf match;
};

struct contamination {
	const struct contamination_options *o;
	const struct spread *spread; /* NULL: this process is alone */
	struct contamination_counts *counts;
	struct vocabulary *vocabulary;
	struct overlap *overlaps[RULES];
	struct item *items;
	size_t item_count, item_room;
	size_t file;                 /* of the benchmark that is read */
	struct slot slots[CLEAN_SLOTS];
};

/* Texts as symbols */

static void push(struct symbols *s, uint32_t one)
{
	mem_grow(&s->list, &s->room, s->count + 1);
	s->list[s->count++] = one;
}

struct word_reader {
	struct symbols *to;
	struct vocabulary *learn;          /* one of them is set */
	const struct vocabulary *known;
};

static int read_word(void *data, struct view word)
{
	struct word_reader *r = data;
	uint32_t number = UINT32_MAX;      /* a word that no item has */
	if (r->learn) {
		int status = vocabulary_number(r->learn, word, &number);
		if (status)
			return status;
	} else {
		vocabulary_find(r->known, word, &number);
	}
	push(r->to, number);
	return SOW_OK;
}

static void read_letters(struct symbols *s, struct view text)
{
	s->count = 0;
	for (size_t at = 0; at < text.len;) {
		uint32_t c;
		size_t n = utf8_next(text.p + at, text.len - at, &c);
		if (n && letter_or_number(c))
			push(s, c);
		at += n ? n : 1;
	}
}

/* Letters are read only where a rule asks for them. */
static int read_symbols(const struct contamination *x, struct slot *s, struct view text, bool learn)
{
	struct word_reader r = { .to = &s->words, .known = x->vocabulary,
				 .learn = learn ? x->vocabulary : NULL };
	mem_shed(&s->words.list, &s->words.room);
	mem_shed(&s->letters.list, &s->letters.room);
	mem_shed(&s->runs.list, &s->runs.room);
	s->words.count = 0;
	int status = words_each(x->o->tokenizer, text.p, text.len, read_word, &r);
	if (!status && x->overlaps[RULE_50_CHAR])
		read_letters(&s->letters, text);
	return status;
}

/* The benchmarks */

static int add_item(struct contamination *x, const struct clean_line *line)
{
	struct slot *s = &x->slots[0];
	int status = read_symbols(x, s, line->text, true);
	mem_grow(&x->items, &x->item_room, x->item_count + 1);
	for (size_t r = 0; r < RULES && !status; r++) {
		if (!x->overlaps[r])
			continue;
		const struct contamination_rule *rule = &contamination_rules[r];
		const struct symbols *of = rule->characters ? &s->letters : &s->words;
		status = overlap_add(x->overlaps[r], of->list, of->count);
		x->counts->too_short[r] += of->count < rule->least;
	}
	if (!status)
		x->items[x->item_count++] = (struct item){ (uint32_t)x->file, line->by_record, line->number,
							    s->words.count };
	return status;
}

static int add_items(void *data, struct workers *crew, struct clean_line **lines, size_t count,
		     struct sow_error *err)
{
	struct contamination *x = data;
	(void)crew;
	for (size_t i = 0; i < count; i++) {
		int status = add_item(x, lines[i]);
		lines[i]->reason = "against";
		if (status == SOW_TOOBIG)
			return clean_wrong(err, SOW_TOOBIG, x->o->against[x->file], lines[i],
					   "too much to hold");
		if (status)
			return error_nomem(err);
	}
	return SOW_OK;
}

static int read_against(struct contamination *x, struct workers *crew, struct sow_error *err)
{
	struct clean_job job = { .data = x, .decide = add_items };
	for (x->file = 0; x->file < x->o->against_count; x->file++) {
		struct clean_options o = clean_options_for(&x->o->clean, x->o->against[x->file]);
		struct clean_counts counts = { 0 };
		if (x->spread && ranks_rank(x->spread->ranks)) /* rank 0 tells of what all of them read */
			o.tell = NULL;
		if (x->o->against_field_count) {
			o.fields = x->o->against_fields;
			o.field_count = x->o->against_field_count;
		}
		int status = clean_run(&o, &job, crew, &counts, err);
		if (status)
			return status;
	}
	x->counts->items = x->item_count;
	return SOW_OK;
}

/* A line */

static int take_first(void *data, const struct overlap_run *run)
{
	struct slot *s = data;
	s->best = *run;
	return 1;
}

static int take_all(void *data, const struct overlap_run *run)
{
	struct runs *r = &((struct slot *)data)->runs;
	mem_grow(&r->list, &r->room, r->count + 1);
	r->list[r->count++] = *run;
	return SOW_OK;
}

static int by_place(const void *a, const void *b)
{
	const struct overlap_run *x = a, *y = b;
	if (x->sequence != y->sequence)
		return x->sequence < y->sequence ? -1 : 1;
	return (x->start > y->start) - (x->start < y->start);
}

/* The item of whose words the largest share is found, of equals the first: its runs are one
 * behind the other. The share, and its longest run in s->best. */
static double largest_share(const struct contamination *x, struct slot *s)
{
	double best = 0;
	struct runs *r = &s->runs;
	qsort(r->list, r->count, sizeof(*r->list), by_place);
	for (size_t i = 0; i < r->count;) {
		size_t sequence = r->list[i].sequence, covered = 0, end = 0;
		struct overlap_run longest = r->list[i];
		for (; i < r->count && r->list[i].sequence == sequence; i++) {
			const struct overlap_run *one = &r->list[i];
			size_t from = one->start > end ? one->start : end;
			size_t to = one->start + one->length;
			covered += to > from ? to - from : 0;
			end = to > end ? to : end;
			if (one->length > longest.length)
				longest = *one;
		}
		double share = (double)covered / (double)x->items[sequence].words;
		if (share > best) {
			best = share;
			s->best = longest;
		}
	}
	return best;
}

/* 1 if the rule finds something, with s->best set; 0 or SOW_NOMEM. */
static int apply(const struct contamination *x, struct slot *s, size_t rule, double *share)
{
	const struct contamination_rule *r = &contamination_rules[rule];
	const struct symbols *of = r->characters ? &s->letters : &s->words;
	*share = 0;
	if (!r->share)
		return overlap_find(x->overlaps[rule], of->list, of->count, take_first, s);
	s->runs.count = 0;
	int status = overlap_find(x->overlaps[rule], of->list, of->count, take_all, s);
	if (status || !s->runs.count)
		return status;
	*share = largest_share(x, s);
	return *share > x->o->share;
}

/* What was found, as text */

struct piece {
	struct buf *to;
	size_t at, from, end;
};

static int copy_word(void *data, struct view word)
{
	struct piece *p = data;
	if (p->at >= p->from && p->at < p->end) {
		if (p->at > p->from)
			buf_addch(p->to, ' ');
		buf_add(p->to, word.p, word.len);
	}
	return ++p->at >= p->end;
}

static void copy_letters(struct view text, struct piece *p)
{
	for (size_t at = 0; at < text.len && p->at < p->end;) {
		uint32_t c = 0;
		size_t n = utf8_next(text.p + at, text.len - at, &c);
		if (n && letter_or_number(c) && p->at++ >= p->from)
			buf_add(p->to, text.p + at, n);
		at += n ? n : 1;
	}
}

static int explain(struct contamination *x, struct clean_line *line, size_t rule, double share)
{
	struct slot *s = &x->slots[line->slot];
	const struct item *item = &x->items[s->best.sequence];
	struct piece p = { &s->match, 0, s->best.at, s->best.at + s->best.length };
	if (contamination_rules[rule].characters)
		copy_letters(line->text, &p);
	else
		words_each(x->o->tokenizer, line->text.p, line->text.len, copy_word, &p);
	line->removed = true;
	line->reason = contamination_rules[rule].name;
	line->scored = contamination_rules[rule].share;
	line->score = share;
	line->near_file = x->o->against[item->file];
	line->near_line = item->line;
	line->near_by_record = item->by_record;
	line->match = view_from(s->match.data, s->match.len);
	return s->match.status;
}

static int judge(void *data, struct clean_line *line, struct sow_error *err)
{
	struct contamination *x = data;
	struct slot *s = &x->slots[line->slot];
	(void)err;
	line->reason = "clean";
	buf_renew(&s->match);
	int status = read_symbols(x, s, line->text, false);
	for (size_t rule = 0; rule < RULES && !status; rule++) {
		double share;
		if (!x->overlaps[rule])
			continue;
		int found = apply(x, s, rule, &share);
		if (found)
			return found < 0 ? found : explain(x, line, rule, share);
	}
	return status;
}

static int make(struct contamination *x, struct sow_error *err)
{
	for (size_t i = 0; i < CLEAN_SLOTS; i++)
		x->slots[i].match = (struct buf)BUF_INIT;
	x->vocabulary = vocabulary_new(x->o->tokenizer);
	if (!x->vocabulary)
		return error_nomem(err);
	for (size_t r = 0; r < RULES; r++) {
		if (!x->o->rules[r])
			continue;
		x->overlaps[r] = overlap_new(contamination_rules[r].least);
	}
	return SOW_OK;
}

static void release(struct contamination *x)
{
	for (size_t i = 0; i < CLEAN_SLOTS; i++) {
		struct slot *s = &x->slots[i];
		mem_free(s->words.list);
		mem_free(s->letters.list);
		mem_free(s->runs.list);
		buf_release(&s->match);
	}
	for (size_t r = 0; r < RULES; r++)
		overlap_free(x->overlaps[r]);
	vocabulary_free(x->vocabulary);
	mem_free(x->items);
	mem_free(x);
}

/* `s`: NULL, or the ranks that share the input. */
static int by_rules(struct spread *s, const struct contamination_options *o, struct workers *crew,
		    struct contamination_counts *counts, struct sow_error *err)
{
	struct contamination *x = mem_zalloc(sizeof(*x));
	x->o = o;
	x->spread = s;
	x->counts = counts;
	int status = make(x, err);
	if (!status)
		status = read_against(x, crew, err);
	struct clean_job job = { .data = x, .prepare = judge };
	if (s)
		status = spread_run(s, status, &o->clean, &job, crew, &counts->lines, err);
	else if (!status)
		status = clean_run(&o->clean, &job, crew, &counts->lines, err);
	release(x);
	return status;
}

int contamination_run(const struct contamination_options *o, struct workers *crew,
		      struct contamination_counts *counts, struct sow_error *err)
{
	struct clean_fingerprint fingerprint;
	struct contamination_options own = *o;
	if (!o->semantic)
		return by_rules(NULL, o, crew, counts, err);
	int status = clean_fingerprint_take(&o->clean, &fingerprint, err);
	own.clean.fingerprint = &fingerprint;
	return status ? status : semantic_decontaminate(&own, crew, counts, err);
}

int contamination_spread(struct spread *s, const struct contamination_options *o, struct workers *crew,
			 struct contamination_counts *counts, struct sow_error *err)
{
	return (o->semantic ? semantic_decontaminate_ranks : by_rules)(s, o, crew, counts, err);
}
