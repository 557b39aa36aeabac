/* The page's requests: one function per name. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/view.h"
#include "base/utf8.h"
#include "io/folder.h"
#include "report/history.h"
#include "review/review_private.h"

#define TITLE 200                    /* bytes of an instruction in a list */
#define LATEST 12

int api_record(struct call *c, size_t *i)
{
	const json_value *v = json_get(c->body, "i");
	int64_t n = json_integer(v);
	index_lock(c->review->index);
	bool known = json_is_integer(v) && n >= 0 && (size_t)n < index_count(c->review->index);
	index_unlock(c->review->index);
	if (!known)
		return error_set(c->err, SOW_USAGE, "i: expected the place of a record");
	*i = (size_t)n;
	return SOW_OK;
}

/* The set */

static void state_json(struct call *c)
{
	struct fill_state s;
	fill_state(c->review->fill, &s);
	json_out_object(c->out, "state");
	index_lock(c->review->index);
	json_out_integer(c->out, "records", (int64_t)index_count(c->review->index));
	json_out_integer(c->out, "tasks", (int64_t)index_tasks(c->review->index));
	index_unlock(c->review->index);
	json_out_bool(c->out, "read", s.read);
	json_out_bool(c->out, "settled", s.settled);
	json_out_bool(c->out, "finished", s.finished);
	json_out_integer(c->out, "languages", (int64_t)s.languages);
	json_out_integer(c->out, "verbs", (int64_t)s.verbs);
	json_out_integer(c->out, "bad", (int64_t)s.bad);
	if (s.failure.status)
		json_out_text(c->out, "failure", view_of(s.failure.text));
	json_out_end(c->out);
}

static void names_json(struct call *c, const char *key, enum index_names kind)
{
	struct index *ix = c->review->index;
	json_out_array(c->out, key);
	for (size_t i = 1; i < index_name_count(ix, kind); i++) {
		json_out_object(c->out, NULL);
		json_out_text(c->out, "name", index_name_text(ix, kind, i));
		json_out_integer(c->out, "count", index_name_uses(ix, kind, i));
		json_out_end(c->out);
	}
	json_out_end(c->out);
}

static void scores_json(struct call *c)
{
	struct index *ix = c->review->index;
	json_out_array(c->out, "scores");
	for (size_t s = 0; s < index_score_count(ix); s++) {
		double low = INFINITY, high = -INFINITY;
		int64_t count = 0;
		for (size_t i = 0; i < index_count(ix); i++) {
			double x = index_score_of(ix, s, i);
			if (isnan(x))
				continue;
			count++;
			low = x < low ? x : low;
			high = x > high ? x : high;
		}
		json_out_object(c->out, NULL);
		json_out_text(c->out, "name", view_of(index_score_name(ix, s)));
		json_out_integer(c->out, "count", count);
		if (count && isfinite(low) && isfinite(high)) {
			json_out_number(c->out, "low", low);
			json_out_number(c->out, "high", high);
		}
		json_out_end(c->out);
	}
	json_out_end(c->out);
}

static void depths_json(struct call *c)
{
	struct index *ix = c->review->index;
	int steps = 0, rounds = 0;
	for (size_t i = 0; i < index_count(ix); i++) {
		const struct index_entry *e = index_entry(ix, i);
		steps = e->step > steps ? e->step : steps;
		rounds = e->round > rounds ? e->round : rounds;
	}
	json_out_integer(c->out, "steps", steps);
	json_out_integer(c->out, "rounds", rounds);
}

static int answer_info(struct call *c)
{
	const struct review_options *o = c->review->o;
	json_out_text(c->out, "name", view_of(folder_base_name(o->path)));
	json_out_text(c->out, "path", view_of(o->path));
	json_out_text(c->out, "kind", view_of(o->is_run ? "run" : "file"));
	json_out_text(c->out, "version", view_of(sow_version()));
	json_out_text(c->out, "by", o->password ? c->by : view_of(o->by));
	json_out_bool(c->out, "by_is_fixed", o->password != NULL);
	json_out_integer(c->out, "sample", (int64_t)o->sample);
	json_out_integer(c->out, "seed", (int64_t)o->seed);
	json_out_bool(c->out, "live", o->live);
	state_json(c);
	index_lock(c->review->index);
	names_json(c, "rules", NAMES_RULE);
	names_json(c, "languages", NAMES_LANGUAGE);
	names_json(c, "verbs", NAMES_VERB);
	scores_json(c);
	depths_json(c);
	index_unlock(c->review->index);
	return SOW_OK;
}

static int answer_state(struct call *c)
{
	state_json(c);
	return SOW_OK;
}

/* Records */

static struct view clip(struct view text)
{
	struct view line = view_trim(text);
	return line.len <= TITLE ? line : view_from(line.p, utf8_floor(line.p, TITLE));
}

/* A line of a list. */
static int item_json(struct call *c, size_t i, size_t place)
{
	struct review *r = c->review;
	struct buf text = BUF_INIT;
	struct arena *a = arena_new();
	int status = index_read(r->index, i, &text, c->err);
	if (!status) {
		const json_value *v = json_own(view_from(text.data, text.len), a);
		json_out_object(c->out, NULL);
		json_out_integer(c->out, "i", (int64_t)i);
		json_out_integer(c->out, "place", (int64_t)place);
		json_out_integer(c->out, "number", json_integer(json_get(v, "number")));
		if (json_text(json_get(v, "id")).len)
			json_out_text(c->out, "id", json_text(json_get(v, "id")));
		json_out_text(c->out, "title", clip(json_text(json_get(v, "instruction"))));
		if (json_get(v, "rule"))
			json_out_text(c->out, "rule", json_text(json_get(v, "rule")));
		index_lock(r->index);
		judge_review(c, i);
		index_unlock(r->index);
		json_out_end(c->out);
	}
	arena_free(a);
	buf_release(&text);
	return status;
}

static int answer_list(struct call *c)
{
	struct review *r = c->review;
	struct query q;
	struct query_result *found = arena_alloc(c->arena, sizeof(*found));
	int64_t from = json_integer(json_get(c->body, "from")), most = json_integer(json_get(c->body, "count"));
	int status = query_read(&q, r->index, c->body, c->err);
	if (status)
		return status;
	if (from < 0 || most < 1 || most > QUERY_MOST)
		return error_set(c->err, SOW_USAGE, "from, count: expected a place, and up to %d records",
				 QUERY_MOST);
	q.by = c->by;
	if (r->o->sample) {
		q.sample = r->o->sample;
		q.seed = r->o->seed;
	}
	status = query_run(r->orders, &q, (size_t)from, (size_t)most, found, c->err);
	json_out_array(c->out, "items");
	for (size_t n = 0; n < found->count && !status; n++)
		status = item_json(c, found->found[n], found->place[n]);
	json_out_end(c->out);
	json_out_integer(c->out, "next", (int64_t)found->next);
	json_out_integer(c->out, "of", (int64_t)found->of);
	if (!q.search.len)
		json_out_integer(c->out, "matches", (int64_t)found->matches);
	return status;
}

static int raw_record(struct call *c, const char *key, size_t i)
{
	struct buf text = BUF_INIT;
	int status = index_read(c->review->index, i, &text, c->err);
	struct view json = arena_takebuf(c->arena, &text);
	if (!status)
		json_out_raw(c->out, key, json);
	return status;
}

static int answer_record(struct call *c)
{
	struct index *ix = c->review->index;
	size_t i;
	int status = api_record(c, &i);
	if (!status)
		status = raw_record(c, "record", i);
	if (status)
		return status;
	json_out_integer(c->out, "i", (int64_t)i);
	index_lock(ix);
	judge_review(c, i);
	const struct index_entry *e = index_entry(ix, i);
	if (e->name[NAMES_LANGUAGE])
		json_out_text(c->out, "language",
			      index_name_text(ix, NAMES_LANGUAGE, e->name[NAMES_LANGUAGE]));
	if (e->name[NAMES_VERB])
		json_out_text(c->out, "verb", index_name_text(ix, NAMES_VERB, e->name[NAMES_VERB]));
	index_unlock(ix);
	return SOW_OK;
}

static int answer_latest(struct call *c)
{
	struct index *ix = c->review->index;
	size_t accepted = 0, rejected = 0;
	int status = SOW_OK;
	index_lock(ix);
	size_t i = index_count(ix);
	index_unlock(ix);
	json_out_array(c->out, "items");
	while (i-- && !status && (accepted < LATEST || rejected < LATEST)) {
		index_lock(ix);
		bool is_rejected = index_entry(ix, i)->name[NAMES_RULE] != 0;
		index_unlock(ix);
		size_t *count = is_rejected ? &rejected : &accepted;
		if (*count < LATEST)
			status = item_json(c, i, i);
		(*count)++;
		if (accepted + rejected > 5000)
			break;
	}
	json_out_end(c->out);
	return status;
}

/* Another thread finds the nearest of a record: the page asks again. */
static int answer_near(struct call *c)
{
	struct neighbour near[SIMILARITY_NEAREST];
	size_t i, count = 0;
	int status = api_record(c, &i);
	if (status)
		return status;
	bool ready = fill_near_found(c->review->fill, i, near, &count);
	if (!ready)
		fill_near(c->review->fill, i);
	json_out_bool(c->out, "ready", ready);
	json_out_array(c->out, "near");
	for (size_t n = 0; n < count && !status; n++) {
		json_out_object(c->out, NULL);
		json_out_integer(c->out, "i", near[n].id);
		json_out_number(c->out, "score", near[n].score);
		status = raw_record(c, "record", (size_t)near[n].id);
		json_out_end(c->out);
	}
	json_out_end(c->out);
	return status;
}

/* A run */

static int need_run(struct call *c)
{
	return c->review->store ? SOW_OK : error_set(c->err, SOW_USAGE, "expected a run");
}

static int answer_history(struct call *c)
{
	struct review *r = c->review;
	struct buf text = BUF_INIT;
	struct history h;
	struct unit_key at;
	struct view id = json_text(json_get(c->body, "id"));
	int status = need_run(c);
	if (!status && !unit_id_read(id, &at))
		status = error_set(c->err, SOW_USAGE, "id: expected one such as task_12_1");
	if (!status)
		status = history_read(&h, r->store, r->lookup, &at, c->arena, c->err);
	if (!status)
		return error_set(c->err, SOW_MISSING, "%.*s: no such record", VIEW_ARG(id));
	if (status > 0)
		status = history_json(&h, &text, c->err);
	struct view json = arena_takebuf(c->arena, &text);
	if (!status)
		json_out_value(c->out, "history", json_own(json, c->arena));
	return status;
}

static int answer_status(struct call *c)
{
	struct review *r = c->review;
	int status = need_run(c);
	if (!status)
		status = feed_status(r, c->err);
	if (!status)
		json_out_value(c->out, "status", json_own(view_from(r->status.data, r->status.len), c->arena));
	return status;
}

static const struct {
	const char *name;
	int (*answer)(struct call *c);
} names[] = {
	{ "info", answer_info },
	{ "state", answer_state },
	{ "list", answer_list },
	{ "record", answer_record },
	{ "latest", answer_latest },
	{ "near", answer_near },
	{ "history", answer_history },
	{ "status", answer_status },
	{ "progress", judge_progress },
	{ "verdict", judge_verdict },
	{ "undo", judge_undo },
};

int api_answer(struct call *c, struct view name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (view_eqstr(name, names[i].name))
			return names[i].answer(c);
	}
	return error_set(c->err, SOW_MISSING, "%.*s: nothing answers to this", VIEW_ARG(name));
}
