#include "review/fill.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "io/json.h"
#include "review/fill_private.h"
#include "review/record_json.h"
#include "run/lookup.h"
#include "run/open_records.h"
#include "text/language.h"
#include "verdicts/record_key.h"

#define TOGETHER 500                 /* records between two looks for requests */
#define AGAIN (2 * CLOCK_SECOND)     /* least time between two readings of a run */

void fill_lock(struct fill *f)
{
	pthread_mutex_lock(&f->lock);
}

void fill_unlock(struct fill *f)
{
	pthread_mutex_unlock(&f->lock);
}

bool fill_stopped(struct fill *f)
{
	fill_lock(f);
	bool stopped = f->stop;
	fill_unlock(f);
	return stopped;
}

static void set_state(struct fill *f, const struct fill_state *now)
{
	fill_lock(f);
	f->shown = *now;
	fill_unlock(f);
}

/* The facts of a record that filters use */

static void take_number(struct fill *f, struct index_facts *facts, struct view name, double x)
{
	size_t score = index_score(f->o.index, name);
	if (score < INDEX_SCORES)
		facts->scores[score] = x;
}

/* Numbers among the fields, and one level deeper: "scores.accuracy". */
static void take_fields(struct fill *f, const struct record *r, struct arena *a, struct index_facts *facts)
{
	const json_value *fields = r->fields.len ? json_own(r->fields, a) : NULL;
	char name[160];
	for (const json_value *v = json_first(fields); v; v = json_next(fields, v)) {
		struct view key = view_sub(json_key(v), 0, 64);
		if (json_type(v) == JSON_NUMBER)
			take_number(f, facts, key, json_number(v));
		if (json_type(v) != JSON_OBJECT)
			continue;
		for (const json_value *m = json_first(v); m; m = json_next(v, m)) {
			if (json_type(m) != JSON_NUMBER)
				continue;
			snprintf(name, sizeof(name), "%.*s.%.*s", VIEW_ARG(key),
				 VIEW_ARG(view_sub(json_key(m), 0, 64)));
			take_number(f, facts, view_of(name), json_number(m));
		}
	}
}

/* The best answer's score, and its length. */
static void take_answers(struct fill *f, const struct record *r, struct index_facts *facts)
{
	const struct instance *best = NULL;
	for (size_t i = 0; i < r->instance_count; i++) {
		const struct instance *one = &r->instances[i];
		if (!best || (one->scored && (!best->scored || one->score > best->score)))
			best = one;
	}
	if (!best)
		return;
	take_number(f, facts, view_of("answer length"), (double)best->output.len);
	if (best->scored)
		take_number(f, facts, view_of("score"), best->score);
}

int fill_add(struct fill *f, const struct record *r, size_t number, const char *key)
{
	struct index_facts facts = { .digest = links_digest(view_of(key)), .round = r->lineage.round };
	struct unit_key at;
	struct arena *a = arena_new();
	for (size_t i = 0; i < INDEX_SCORES; i++)
		facts.scores[i] = NAN;
	if (f->o.is_run && unit_id_read(r->id, &at))
		facts.step = at.step;
	take_answers(f, r, &facts);
	take_fields(f, r, a, &facts);
	arena_free(a);
	buf_clear(&f->text);
	if (record_json(r, number, key, f->json, &f->text))
		return error_set(&f->state.failure, SOW_INVALID, "%s: record %zu is not UTF-8", f->o.path, number);
	index_lock(f->o.index);
	facts.verdict = links_next(f->o.links, view_of(key), facts.digest);
	index_unlock(f->o.index);
	return index_add(f->o.index, view_from(f->text.data, f->text.len), &facts, &f->state.failure);
}

int fill_add_reject(struct fill *f, const struct rejected *r, size_t number, struct view near)
{
	struct index_facts facts = { .rule = view_of(r->rule), .step = r->step };
	for (size_t i = 0; i < INDEX_SCORES; i++)
		facts.scores[i] = NAN;
	buf_clear(&f->text);
	if (reject_json(r, number, near, f->json, &f->text))
		return error_set(&f->state.failure, SOW_INVALID, "%s: what was rejected is not UTF-8", f->o.path);
	return index_add(f->o.index, view_from(f->text.data, f->text.len), &facts, &f->state.failure);
}

/* A file */

static int read_file(struct fill *f)
{
	struct arena *a = arena_new();
	struct record record;
	char key[RECORD_KEY_SIZE];
	int status = 1;
	for (size_t number = 1; status > 0; number++) {
		if (number % 64 == 0 && fill_stopped(f))
			break;
		status = records_next(f->records, a, &record, &f->state.failure);
		if (status <= 0)
			break;
		record_digest(&record, f->hasher, key);
		if (fill_add(f, &record, number, key))
			status = f->state.failure.status;
		arena_clear(a);
	}
	f->state.bad = records_bad(f->records);
	arena_free(a);
	return status < 0 ? status : SOW_OK;
}

/* Facts computed afterwards */

/* The instruction of a record, followed by the first output. */
static struct view text_of(const json_value *v, struct buf *both)
{
	const json_value *answer = json_first(json_get(v, "answers"));
	struct view instruction = json_text(json_get(v, "instruction"));
	struct view output = json_text(json_get(answer, "output"));
	buf_clear(both);
	buf_add(both, instruction.p, instruction.len);
	buf_addch(both, '\n');
	buf_add(both, output.p, output.len);
	return instruction;
}

/* Finds the language of record i, and adds its words. */
static int study(struct fill *f, size_t i, struct view json, struct arena *a, struct buf *both)
{
	struct view instruction = text_of(json_own(json, a), both);
	unsigned language = language_of(both->data, both->len);
	index_lock(f->o.index);
	index_set_name(f->o.index, i, NAMES_LANGUAGE,
		       index_name(f->o.index, NAMES_LANGUAGE, view_of(language_name(language))));
	index_unlock(f->o.index);
	int status = f->similarity && i == similarity_count(f->similarity)
			     ? similarity_add(f->similarity, instruction) : SOW_OK;
	if (status == SOW_TOOBIG) { /* too many to compare; a record without neighbours is fine */
		similarity_free(f->similarity);
		f->similarity = NULL;
		status = SOW_OK;
	}
	return status;
}

static int rank(struct fill *f, size_t i, struct view json, struct arena *a, struct buf *both)
{
	float rarity = f->similarity ? similarity_rarity(f->similarity, text_of(json_own(json, a), both)) : 0;
	index_lock(f->o.index);
	index_entry(f->o.index, i)->rarity = rarity;
	index_unlock(f->o.index);
	return SOW_OK;
}

/* Calls `work` for the next few records from *at on, below `end`. */
static int some(struct fill *f, size_t *at, size_t end, size_t most,
		int (*work)(struct fill *f, size_t i, struct view json, struct arena *a, struct buf *both))
{
	struct buf lines = BUF_INIT, both = BUF_INIT;
	struct arena *a = arena_new();
	size_t count = end - *at < most ? end - *at : most;
	int status = index_read_some(f->o.index, *at, &count, &lines, &f->state.failure);
	struct view rest = view_from(lines.data, lines.len), line;
	while (!status && count-- && view_line(&rest, &line)) {
		if (work(f, *at, line, a, &both))
			status = error_nomem(&f->state.failure);
		arena_clear(a);
		(*at)++;
	}
	buf_release(&lines);
	buf_release(&both);
	arena_free(a);
	return status;
}

static int find_verb(struct fill *f, size_t i, struct view json, struct arena *a, struct buf *both)
{
	struct verb_noun_pair pair;
	struct view instruction = text_of(json_own(json, a), both);
	if (verb_noun_of(f->verbs, instruction, &pair) != GRAMMAR_FOUND)
		return SOW_OK;
	index_lock(f->o.index);
	index_set_name(f->o.index, i, NAMES_VERB, index_name(f->o.index, NAMES_VERB, view_of(pair.verb)));
	index_unlock(f->o.index);
	return SOW_OK;
}

/* Answers a request for the nearest of a record. True if there was one. */
static bool answer_near(struct fill *f)
{
	struct sow_error err = { 0 };
	struct buf text = BUF_INIT;
	struct near_answer answer = { 0 };
	fill_lock(f);
	bool asked = f->asked != NEAR_NONE;
	answer.record = f->asked;
	f->asked = NEAR_NONE;
	fill_unlock(f);
	if (!asked)
		return false;
	struct arena *a = arena_new();
	if (f->similarity && answer.record < similarity_count(f->similarity) &&
	    !index_read(f->o.index, answer.record, &text, &err)) {
		const json_value *v = json_own(view_from(text.data, text.len), a);
		similarity_nearest(f->similarity, answer.record, json_text(json_get(v, "instruction")),
				   answer.near, &answer.count);
	}
	arena_free(a);
	buf_release(&text);
	fill_lock(f);
	f->answers[f->next_answer++ % NEAR_KEPT] = answer;
	fill_unlock(f);
	return true;
}

/* Does one piece of the remaining work; false if there is none. */
static bool do_more(struct fill *f, int *status)
{
	struct fill_state *s = &f->state;
	index_lock(f->o.index);
	size_t count = index_count(f->o.index);
	index_unlock(f->o.index);
	if (s->languages < count) {
		s->settled = false;
		*status = some(f, &s->languages, count, TOGETHER, study);
	} else if (f->similarity && !similarity_is_ready(f->similarity) && count) {
		*status = similarity_prepare(f->similarity) ? error_nomem(&s->failure) : SOW_OK;
	} else if (f->ranked < count) {
		*status = some(f, &f->ranked, count, TOGETHER, rank);
		s->settled = f->ranked == count;
	} else if (f->verbs && s->verbs < count && s->verbs < FILL_VERBS) {
		*status = some(f, &s->verbs, count < FILL_VERBS ? count : FILL_VERBS, 4, find_verb);
	} else {
		return false;
	}
	return true;
}

/* Waits until there is work again. */
static void wait(struct fill *f, int64_t most)
{
	struct timespec until;
	int64_t at = clock_wall() + most;
	until.tv_sec = (time_t)(at / CLOCK_SECOND);
	until.tv_nsec = (long)(at % CLOCK_SECOND);
	fill_lock(f);
	while (!f->stop && f->asked == NEAR_NONE &&
	       pthread_cond_timedwait(&f->wake, &f->lock, &until) != ETIMEDOUT)
		;
	fill_unlock(f);
}

static void *work(void *data)
{
	struct fill *f = data;
	int status = f->o.is_run ? fill_read_run(f) : read_file(f);
	int64_t took = 0, read = clock_monotonic();
	f->state.read = true;
	set_state(f, &f->state);
	while (!status && !fill_stopped(f)) {
		int64_t now = clock_monotonic();
		if (f->similarity && similarity_is_ready(f->similarity) && answer_near(f))
			continue;
		if (f->o.is_run && now - read > AGAIN + 20 * took) {
			status = fill_read_run(f);
			read = clock_monotonic();
			took = read - now;
			continue;
		}
		bool more = do_more(f, &status);
		f->state.finished = !more;
		set_state(f, &f->state);
		if (!more)
			wait(f, f->o.is_run ? AGAIN : 3600 * CLOCK_SECOND);
	}
	f->state.finished = true;
	set_state(f, &f->state);
	return NULL;
}

/* For the server */

struct fill *fill_start(const struct fill_options *o, struct sow_error *err)
{
	struct fill *f = mem_zalloc(sizeof(*f));
	struct sow_error missing = { 0 };
	f->o = *o;
	f->asked = NEAR_NONE;
	f->text = (struct buf)BUF_INIT;
	for (size_t i = 0; i < NEAR_KEPT; i++)
		f->answers[i].record = NEAR_NONE;
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->wake, NULL);
	f->hasher = hasher_new();
	f->json = json_out_new();
	f->similarity = similarity_new();
	f->verbs = verb_noun_new(&missing); /* without its dictionary there are no verbs */
	bool opened = o->is_run ? (f->store = open_run(o->path, err)) != NULL
				: (f->records = records_file(o->path, o->reading, err)) != NULL;
	if (opened && f->store)
		f->lookup = lookup_new(f->store);
	if (opened && !f->similarity) {
		error_nomem(err);
		opened = false;
	}
	if (opened && pthread_create(&f->thread, NULL, work, f)) {
		error_set(err, SOW_IO, "the system refused a thread");
		opened = false;
	}
	f->started = opened;
	if (opened)
		return f;
	fill_stop(f);
	return NULL;
}

void fill_stop(struct fill *f)
{
	if (!f)
		return;
	fill_lock(f);
	f->stop = true;
	pthread_cond_signal(&f->wake);
	fill_unlock(f);
	if (f->started)
		pthread_join(f->thread, NULL);
	similarity_free(f->similarity);
	verb_noun_free(f->verbs);
	lookup_free(f->lookup);
	store_close(f->store);
	records_close(f->records);
	map_release(&f->places);
	if (f->hasher)
		hasher_finish(f->hasher, NULL);
	json_out_free(f->json);
	buf_release(&f->text);
	pthread_cond_destroy(&f->wake);
	pthread_mutex_destroy(&f->lock);
	mem_free(f);
}

void fill_state(struct fill *f, struct fill_state *out)
{
	fill_lock(f);
	*out = f->shown;
	fill_unlock(f);
}

void fill_near(struct fill *f, size_t i)
{
	fill_lock(f);
	f->asked = i;
	pthread_cond_signal(&f->wake);
	fill_unlock(f);
}

bool fill_near_found(struct fill *f, size_t i, struct neighbour near[SIMILARITY_NEAREST], size_t *count)
{
	bool found = false;
	fill_lock(f);
	for (size_t n = 0; n < NEAR_KEPT && !found; n++) {
		found = f->answers[n].record == i;
		if (!found)
			continue;
		*count = f->answers[n].count;
		memcpy(near, f->answers[n].near, sizeof(f->answers[n].near));
	}
	fill_unlock(f);
	return found;
}
