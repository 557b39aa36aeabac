#include "report/structure.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/draw.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "text/prose.h"

#define THREADS_MAX 64

/* A sentence of the sample. */
struct sentence {
	char *text;
	size_t len;
	bool again;                  /* equal to an earlier one: not parsed */
	size_t as;                   /* the index of that one */
	enum grammar_outcome outcome;
	struct verb_noun_pair pair;
};

struct structure {
	struct verb_noun *parser;
	size_t most;                 /* sentences in the sample; 0: all */
	struct sentence *list;
	size_t count, room;
	atomic_size_t next;          /* to be parsed */
	struct structure_result result;
};

struct structure *structure_new(size_t sample, struct sow_error *err)
{
	struct structure *s = mem_zalloc(sizeof(*s));
	s->most = sample;
	s->parser = verb_noun_new(err);
	if (s->parser)
		return s;
	structure_free(s);
	return NULL;
}

void structure_free(struct structure *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++)
		mem_free(s->list[i].text);
	mem_free(s->list);
	verb_noun_free(s->parser);
	mem_free(s);
}

const struct structure_result *structure_result(const struct structure *s)
{
	return &s->result;
}

/* The sample */

/* The place of the nth instruction (from 0). */
static size_t place_for(const struct structure *s, int64_t n)
{
	struct draw d = draw_start(0, DRAW_SENTENCES, (uint64_t)n);
	return s->most ? draw_place(&d, (size_t)n, s->most) : (size_t)n;
}

void structure_add(struct structure *s, struct view instruction)
{
	size_t place = place_for(s, s->result.instructions);
	if (place == DRAW_NOWHERE) {
		s->result.instructions++;
		return;
	}
	struct view sentence = prose_first(instruction);
	char *text = mem_copy(sentence.p, sentence.len);
	mem_grow(&s->list, &s->room, place + 1);
	if (place < s->count)
		mem_free(s->list[place].text);
	else
		s->count++;
	s->list[place] = (struct sentence){ .text = text, .len = sentence.len };
	s->result.instructions++;
}

/* Parsing */

static void find_equals(struct structure *s)
{
	struct map seen = MAP_INIT;
	for (size_t i = 0; i < s->count; i++) {
		struct sentence *t = &s->list[i];
		uint64_t *first = map_get(&seen, t->text, t->len);
		t->again = first != NULL;
		t->as = first ? (size_t)*first : i;
		if (!first)
			map_put(&seen, t->text, t->len, i);
	}
	map_release(&seen);
}

static void *work(void *data)
{
	struct structure *s = data;
	size_t i;
	while ((i = atomic_fetch_add(&s->next, 1)) < s->count) {
		struct sentence *t = &s->list[i];
		if (!t->again)
			t->outcome = verb_noun_of(s->parser, view_from(t->text, t->len), &t->pair);
	}
	return NULL;
}

/* On as many threads as can be started, and this one. */
static void parse_all(struct structure *s, size_t threads)
{
	pthread_t others[THREADS_MAX];
	size_t started = 0;
	verb_noun_share(s->parser, threads);
	while (started + 1 < threads && started < THREADS_MAX &&
	       pthread_create(&others[started], NULL, work, s) == 0)
		started++;
	work(s);
	while (started)
		pthread_join(others[--started], NULL);
}

/* The most frequent */

/* A word, or a verb and a noun, and how often. */
struct counted {
	const char *verb, *noun;
	int64_t count;
};

static int more_first(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;
	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	int order = strcmp(x->verb, y->verb);
	return order ? order : strcmp(x->noun, y->noun);
}

struct tally {
	struct map places;           /* of a key in `list` */
	struct counted *list;
	size_t count, room;
};

static void tally_add(struct tally *t, const char *key, size_t len, const char *verb,
		      const char *noun)
{
	uint64_t *place = map_get(&t->places, key, len);
	if (place) {
		t->list[*place].count++;
		return;
	}
	mem_grow(&t->list, &t->room, t->count + 1);
	t->list[t->count] = (struct counted){ verb, noun, 1 };
	map_put(&t->places, key, len, t->count++);
}

static void tally_release(struct tally *t)
{
	map_release(&t->places);
	mem_free(t->list);
}

static void tally_pair(struct tally *verbs, struct tally *pairs, const struct verb_noun_pair *p)
{
	char key[2 * CLAUSE_WORD_MAX];
	size_t verb = strlen(p->verb), noun = strlen(p->noun);
	memcpy(key, p->verb, verb + 1);
	memcpy(key + verb + 1, p->noun, noun);
	tally_add(verbs, p->verb, verb, p->verb, "");
	tally_add(pairs, key, verb + 1 + noun, p->verb, p->noun);
}

static void count_pairs(struct structure *s, struct tally *verbs, struct tally *pairs)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct sentence *t = &s->list[s->list[i].as];
		s->result.outcomes[t->outcome]++;
		if (t->outcome == GRAMMAR_FOUND)
			tally_pair(verbs, pairs, &t->pair);
	}
	s->result.sampled = (int64_t)s->count;
}

/* `pairs` by frequency: the first ones of a verb are its most frequent. */
static void take_nouns(struct structure_result *r, struct structure_verb *v,
		       const struct tally *pairs)
{
	for (size_t i = 0; i < pairs->count && v->noun_count < STRUCTURE_NOUNS; i++) {
		const struct counted *p = &pairs->list[i];
		if (strcmp(p->verb, v->verb) != 0)
			continue;
		v->nouns[v->noun_count++] = (struct structure_noun){ p->noun, p->count };
		r->shown += p->count;
	}
}

static void take_most(struct structure_result *r, struct tally *verbs, struct tally *pairs)
{
	if (verbs->count) {
		qsort(verbs->list, verbs->count, sizeof(*verbs->list), more_first);
		qsort(pairs->list, pairs->count, sizeof(*pairs->list), more_first);
	}
	for (size_t i = 0; i < verbs->count && i < STRUCTURE_VERBS; i++) {
		struct structure_verb *v = &r->verbs[r->verb_count++];
		v->verb = verbs->list[i].verb;
		v->count = verbs->list[i].count;
		take_nouns(r, v, pairs);
	}
}

void structure_finish(struct structure *s, size_t threads)
{
	struct tally verbs = { .list = NULL }, pairs = { .list = NULL };
	find_equals(s);
	parse_all(s, threads);
	count_pairs(s, &verbs, &pairs);
	take_most(&s->result, &verbs, &pairs);
	tally_release(&verbs);
	tally_release(&pairs);
}

/* Showing */

static const struct { const char *key, *label; } outcomes[GRAMMAR_OUTCOMES] = {
	[GRAMMAR_FOUND] = { "found", "with a verb and its object" },
	[GRAMMAR_NO_OBJECT] = { "no_object", "without an object" },
	[GRAMMAR_NO_PARSE] = { "not_parsed", "not parsed" },
	[GRAMMAR_TIMEOUT] = { "timed_out", "not parsed in time" },
	[GRAMMAR_TOO_LONG] = { "too_long", "too long to parse" },
};

static void nouns_figures(const struct structure_verb *v, struct figures *f)
{
	figures_array(f, "nouns", NULL)->layout = (struct figure_layout){ 4, 30, 10 };
	for (size_t i = 0; i < v->noun_count; i++) {
		figures_object(f, NULL, NULL);
		figures_text(f, "noun", NULL, view_of(v->nouns[i].noun));
		figures_count(f, "count", v->nouns[i].noun, v->nouns[i].count);
		figures_end(f);
	}
	figures_end(f);
}

void structure_figures(const struct structure_result *r, struct figures *f)
{
	figures_object(f, "structure", "Verbs and nouns of first sentences (English)")->layout =
		(struct figure_layout){ 2, 32, 10 };
	figures_count(f, "instructions", NULL, r->instructions);
	figures_count(f, "sampled", NULL, r->sampled);
	if (r->sampled < r->instructions)
		figures_remark(f, figures_words(f, "%s of %s instructions, chosen at random",
						figures_say(f, UNIT_COUNT, r->sampled),
						figures_say(f, UNIT_COUNT, r->instructions)));
	for (size_t i = 0; i < GRAMMAR_OUTCOMES; i++)
		figures_count(f, outcomes[i].key, r->outcomes[i] ? outcomes[i].label : NULL,
			      r->outcomes[i])->of = r->sampled;
	figures_count(f, "shown", "shown below", r->shown)->of = r->sampled;
	figures_array(f, "verbs", NULL);
	for (size_t i = 0; i < r->verb_count; i++) {
		const struct structure_verb *v = &r->verbs[i];
		figures_object(f, NULL, NULL)->has_gap = true;
		figures_text(f, "verb", NULL, view_of(v->verb));
		figures_count(f, "count", v->verb, v->count)->of = r->sampled;
		nouns_figures(v, f);
		figures_end(f);
	}
	figures_end(f);
	figures_end(f);
}
