/* Finds the wanted scores and their requests, and opens what they need. */
#include <string.h>

#include "base/error.h"
#include "method/score_private.h"

/* The default: all scores that do not need a model. */
static bool is_usual(const struct score_kind *k)
{
	return !k->texts && !k->judge && !k->embeds;
}

/* Takes the next name of "length,novelty" off the front; false after the last. */
static bool next_name(struct view *rest, struct view *name)
{
	size_t end = 0;
	if (!rest->p)
		return false;
	while (end < rest->len && rest->p[end] != ',')
		end++;
	*name = view_trim(view_sub(*rest, 0, end));
	*rest = end < rest->len ? view_sub(*rest, end + 1, rest->len) : (struct view){ 0 };
	return true;
}

static bool is_named(const struct own *o, const struct score_kind *k)
{
	for (size_t i = 0; i < o->with.count; i++) {
		struct view rest = view_of(o->with.items[i]), name;
		while (next_name(&rest, &name)) {
			if (view_eqstr(name, k->name))
				return true;
		}
	}
	return o->with.count ? false : is_usual(k);
}

unsigned score_asks(const void *own)
{
	unsigned texts = 0, kinds_asked = 0;
	for (size_t i = 0; i < score_kind_count; i++) {
		bool is_wanted = is_named(own, &score_kinds[i]);
		texts |= is_wanted ? score_kinds[i].texts : 0;
		kinds_asked |= is_wanted && score_kinds[i].judge ? ASKS_TO(REQUEST_GENERATE) : 0;
		kinds_asked |= is_wanted && score_kinds[i].embeds ? ASKS_TO(REQUEST_EMBED) : 0;
	}
	for (int t = 0; t < ASKED_COUNT; t++)
		kinds_asked |= texts >> t & 1 ? ASKS_TO(score_request_kind((enum text)t)) : 0;
	return kinds_asked;
}

static int check_names(const struct own *o, struct sow_error *err)
{
	for (size_t i = 0; i < o->with.count; i++) {
		struct view rest = view_of(o->with.items[i]), name;
		while (next_name(&rest, &name)) {
			size_t at = 0;
			while (at < score_kind_count && !view_eqstr(name, score_kinds[at].name))
				at++;
			if (at == score_kind_count)
				return error_set(err, SOW_USAGE, "--with: unknown score '%.*s'; expected "
						 KINDS_SHOWN, VIEW_ARG(name));
		}
	}
	return SOW_OK;
}

static int choose(struct score *m, struct sow_error *err)
{
	unsigned texts = 0;
	m->kinds = arena_array(m->run.arena, score_kind_count, sizeof(*m->kinds));
	for (size_t i = 0; i < score_kind_count; i++) {
		const struct score_kind *k = &score_kinds[i];
		size_t most = m->own->cut ? (size_t)m->own->cut : k->most;
		if (!is_named(m->own, k))
			continue;
		m->kinds[m->count++] = k;
		texts |= k->texts;
		m->embeds = m->embeds || k->embeds;
		for (int t = 0; t < TEXT_COUNT; t++) {
			if (k->texts >> t & 1 && most > m->most[t])
				m->most[t] = most;
		}
	}
	for (int t = 0; t < ASKED_COUNT; t++) {
		if (texts >> t & 1)
			m->texts[m->text_count++] = (enum text)t;
	}
	return m->count ? SOW_OK : error_set(err, SOW_USAGE, "--with: expected " KINDS_SHOWN);
}

bool score_wants(const struct score *m, unsigned need)
{
	static const unsigned of_vector[] = { OF_QUESTION, OF_ANSWER, OF_QUESTION | OF_ANSWER };
	bool wanted = m->embeds && of_vector[m->embed_of] & need;
	for (size_t i = 0; i < m->count; i++)
		wanted = wanted || m->kinds[i]->needs & need;
	return wanted;
}

static int open_seen(struct score *m)
{
	if (!score_wants(m, OF_SEEN))
		return SOW_OK;
	m->seen = arena_alloc(m->run.arena, sizeof(*m->seen));
	m->seen->vocabulary = vocabulary_new(WORDS_UNICODE);
	m->seen->novelty = novelty_new(0, NOVELTY_ALL);
	return m->seen->vocabulary && m->seen->novelty ? SOW_OK : SOW_NOMEM;
}

static int open_selectit(struct score *m, struct sow_error *err)
{
	static const char *const names[] = { "question", "answer", NULL };
	static const struct slot none = { 0 };
	bool wanted = false;
	for (size_t i = 0; i < m->text_count; i++)
		wanted = wanted || m->texts[i] == ASKED_SELECTIT;
	for (int i = 0; i < SELECTIT_PROMPTS && wanted; i++) {
		char name[] = "score/selectit-1";
		name[sizeof(name) - 2] = (char)('1' + i);
		m->selectit[i] = prompt_load(m->run.arena, &m->run.o.prompts, name, &none, names, err);
		if (!m->selectit[i])
			return SOW_INVALID;
	}
	return SOW_OK;
}

/* Opens the rubrics of all scores that are a judge's grades, for one request. */
static int open_judged(struct score *m, struct sow_error *err)
{
	static const char *const usual[] = { "helpfulness" };
	const struct list *said = &m->own->rubrics;
	const char **rubrics = arena_array(m->run.arena, said->count + score_kind_count + 1, sizeof(*rubrics));
	struct list all = { rubrics, 0 };
	bool has_tags = false, has_rubrics = false;
	for (size_t i = 0; i < m->count; i++) {
		const struct score_kind *k = m->kinds[i];
		const struct list one = { &k->name, 1 }, none = { NULL, 0 }, few = { usual, 1 };
		const struct list *add = k->judge == JUDGE_ONE ? &one : &none;
		if (k->judge == JUDGE_RUBRICS)
			add = said->count ? said : &few;
		for (size_t r = 0; r < add->count; r++)
			rubrics[all.count++] = add->items[r];
		has_tags = has_tags || k->judge == JUDGE_TAGS;
		has_rubrics = has_rubrics || k->judge == JUDGE_RUBRICS;
	}
	if (said->count && !has_rubrics)
		return error_set(err, SOW_USAGE, "--rubric: expected --with rubric");
	return judged_open(&m->judged, &m->run, &all, has_tags, err);
}

/* Two scores must not have the same field. */
static int check_fields(const struct score *m, struct sow_error *err)
{
	const struct grading *g = &m->judged.grading;
	for (size_t i = 0; i < m->count; i++) {
		const struct score_kind *k = m->kinds[i];
		for (size_t f = 0; f < 2 && k->judge != JUDGE_ONE && k->fields[f]; f++) {
			for (size_t r = 0; r < g->count; r++) {
				if (strcmp(g->rubrics[r].name, k->fields[f]) == 0 ||
				    strcmp(g->rubrics[r].reason, k->fields[f]) == 0)
					return error_set(err, SOW_USAGE, "--rubric %s: the field '%s' is that of the "
							 "score %s; expected another name", g->rubrics[r].name,
							 k->fields[f], k->name);
			}
		}
	}
	return SOW_OK;
}

static int open_writer(struct score *m, struct sow_error *err)
{
	m->write = (struct map_options){ .as = "json", .schema = view_of("{\"type\":\"object\"}"),
					 .schema_name = "scores", .replace = m->run.o.map.replace };
	m->writer = map_reply_new(m->run.arena, &m->write, err);
	return m->writer ? SOW_OK : SOW_INVALID;
}

int score_open(void *state, struct sow_error *err)
{
	struct score *m = state;
	struct arena *a = m->run.arena;
	const struct own *o = m->own = m->run.o.own;
	m->embed_of = (enum vector_of)option_choice(VECTOR_OFS, o->embed_of);
	int status = check_names(o, err);
	if (!status)
		status = choose(m, err);
	if (!status && o->question && !(m->question = jinja_read(a, "question", view_of(o->question), err)))
		status = SOW_INVALID;
	if (!status && o->answer && !(m->answer = jinja_read(a, "answer", view_of(o->answer), err)))
		status = SOW_INVALID;
	if (!status)
		status = open_writer(m, err);
	if (!status)
		status = open_selectit(m, err);
	if (!status)
		status = open_judged(m, err);
	if (!status)
		status = check_fields(m, err);
	if (!status && score_wants(m, OF_SEEN) && m->run.o.is_shard)
		status = error_set(err, SOW_USAGE, "--with novelty: compares a record with all before it, of which a "
				   "--shard has a part: score novelty without --shard");
	return !status && open_seen(m) ? error_nomem(err) : status;
}

void score_close(void *state)
{
	struct score *m = state;
	if (!m->seen)
		return;
	novelty_free(m->seen->novelty);
	vocabulary_free(m->seen->vocabulary);
	words_release(&m->seen->words);
}
