#include "verdicts/reviewed.h"

#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "io/hash.h"
#include "io/json.h"
#include "verdicts/edit.h"
#include "verdicts/record_key.h"
#include "verdicts/verdicts.h"

struct reviewed {
	struct verdicts *verdicts;
	struct reviewed_options o;
	bool is_run;
	struct hasher *hasher;
	struct map copies;           /* digest -> records so far with this content */
	struct map met;              /* keys of records so far */
	size_t decided;              /* keys with an action in force */
	size_t dropped, open, edited, disputed;
};

/* Counts only the digests that verdicts name: they are few. */
static void prepare(struct reviewed *v)
{
	v->hasher = hasher_new();
	for (size_t i = 0; i < verdicts_records(v->verdicts); i++) {
		struct view base = record_key_base(verdicts_key(v->verdicts, i));
		v->decided += verdicts_decide(v->verdicts, i).latest != NULL;
		map_put(&v->copies, base.p, base.len, 0);
	}
}

struct reviewed *reviewed_open(const char *data, bool is_run, const struct reviewed_options *o,
			       struct sow_error *err)
{
	struct reviewed *v = mem_zalloc(sizeof(*v));
	v->o = *o;
	v->is_run = is_run;
	v->verdicts = verdicts_open_for(data, is_run, err);
	if (!v->verdicts)
		goto fail;
	verdicts_finish(v->verdicts);
	if (!verdicts_count(v->verdicts) && !verdicts_damaged(v->verdicts))
		goto fail;
	prepare(v);
	return v;
fail:
	reviewed_close(v);
	return NULL;
}

void reviewed_close(struct reviewed *v)
{
	if (!v)
		return;
	verdicts_close(v->verdicts);
	if (v->hasher)
		hasher_finish(v->hasher, NULL);
	map_release(&v->copies);
	map_release(&v->met);
	mem_free(v);
}

/* Finds the number of the record in the verdicts: true if it has one. */
static bool find(struct reviewed *v, const struct record *r, size_t *number)
{
	char key[RECORD_KEY_SIZE];
	if (v->is_run)
		return verdicts_find(v->verdicts, r->id, number);
	record_digest(r, v->hasher, key);
	uint64_t *copies = map_get(&v->copies, key, RECORD_DIGEST_LEN);
	if (!copies)
		return false;
	record_key_number(key, (size_t)++*copies);
	return verdicts_find(v->verdicts, view_of(key), number);
}

/* Nanoseconds reach from the year 1677 to 2262, so every value is a date. */
static void date_text(int64_t at, char text[32])
{
	time_t seconds = (time_t)(at / CLOCK_SECOND);
	struct tm utc;
	gmtime_r(&seconds, &utc);
	strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

/* Did the record come with a member "review" that export did not write? */
static bool has_own(struct view object, struct arena *a)
{
	const json_value *v = object.len ? json_own(object, a) : NULL;
	const json_value *review = json_get(v, "review");
	return review && (json_type(json_get(review, "by")) != JSON_ARRAY ||
			  json_type(json_get(review, "at")) != JSON_TEXT);
}

/* {"verdict": "keep", "by": ["ada"], "at": "2026-…", "edited_by": "bo"} */
static void note_review(const struct reviewed *v, size_t number, const struct decision *d,
			struct arena *a, struct record *r)
{
	char date[32];
	struct buf text = BUF_INIT;
	struct json_out *out = json_out_new();
	date_text(d->latest->at, date);
	json_out_object(out, NULL);
	if (d->keeps || d->drops)
		json_out_text(out, "verdict", d->disputed ? view_of("disputed")
					      : view_of(verdict_names[d->verdict]));
	json_out_array(out, "by");
	for (const struct verdict_action *at = verdicts_last(v->verdicts, number); at;
	     at = verdicts_before(v->verdicts, at)) {
		if (at->verdict != VERDICT_NONE && verdicts_of(v->verdicts, number, at->by) == at)
			json_out_text(out, NULL, at->by);
	}
	json_out_end(out);
	json_out_text(out, "at", view_of(date));
	if (d->edit)
		json_out_text(out, "edited_by", d->edit->by);
	json_out_end(out);
	json_out_write(out, &text, JSON_LINE); /* all from a JSON log, so it cannot fail */
	json_out_free(out);
	struct view json = arena_takebuf(a, &text);
	const char *name = has_own(r->fields, a) || has_own(r->object, a) ? "sow_review" : "review";
	object_put(&r->fields, name, json, a);
	if (r->object.len)
		object_put(&r->object, name, json, a);
}

int reviewed_take(struct reviewed *v, struct arena *a, struct record *r, struct sow_error *err)
{
	size_t number = 0;
	struct decision d = { 0 };
	if (!v)
		return 1;
	if (find(v, r, &number)) {
		struct view key = verdicts_key(v->verdicts, number);
		d = verdicts_decide(v->verdicts, number);
		if (d.latest)
			map_put(&v->met, key.p, key.len, 1);
	}
	if (d.verdict == VERDICT_DROP) {
		v->dropped++;
		return 0;
	}
	if (v->o.kept_only && d.verdict != VERDICT_KEEP) {
		v->open++;
		return 0;
	}
	v->disputed += d.disputed;
	if (d.edit) {
		struct view label = d.edit->label.len ? d.edit->label : d.edit->key;
		v->edited++;
		if (edit_apply(d.edit->edit, a, r, err))
			return error_prefix(err, "%s: record %.*s", verdicts_path(v->verdicts),
					    VIEW_ARG(label));
	}
	if (d.latest)
		note_review(v, number, &d, a, r);
	return 1;
}

static void say_count(struct buf *out, size_t *parts, size_t n, const char *one, const char *many)
{
	if (n)
		buf_addf(out, "%s%zu %s", (*parts)++ ? ", " : "", n, n == 1 ? one : many);
}

bool reviewed_say(const struct reviewed *v, bool all, struct buf *out)
{
	size_t parts = 0;
	if (!v)
		return false;
	buf_addf(out, "review (%s): ", verdicts_path(v->verdicts));
	say_count(out, &parts, v->dropped, "dropped record left out", "dropped records left out");
	say_count(out, &parts, v->open, "record left out that was not kept",
		  "records left out that were not kept");
	say_count(out, &parts, v->edited, "written as edited", "written as edited");
	say_count(out, &parts, v->disputed, "taken that people disagree on",
		  "taken that people disagree on");
	if (all && v->decided > v->met.count)
		say_count(out, &parts, v->decided - v->met.count,
			  "verdict of a record that is not in it", "verdicts of records that are not in it");
	say_count(out, &parts, verdicts_damaged(v->verdicts), "damaged line passed over",
		  "damaged lines passed over");
	if (!parts)
		buf_addstr(out, "nothing dropped, nothing edited");
	else if (v->dropped || v->edited || v->open)
		buf_addstr(out, "; --ignore-review takes all as they came");
	return true;
}
