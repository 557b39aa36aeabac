/* Verdicts: stores, undoes, shows and counts them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "review/review_private.h"
#include "verdicts/agreement.h"
#include "verdicts/record_key.h"

#define NAME_LEN 64
#define REASONS_SHOWN 200

/* Showing */

static void form_json(struct json_out *out, const struct verdict_action *a)
{
	json_out_object(out, "form");
	for (size_t q = 0; q < QUESTIONS; q++) {
		if (a->answers[q] != QUESTION_OPEN)
			json_out_bool(out, question_names[q], a->answers[q] == QUESTION_YES);
	}
	json_out_end(out);
}

static bool has_form(const struct verdict_action *a)
{
	for (size_t q = 0; q < QUESTIONS; q++) {
		if (a->answers[q] != QUESTION_OPEN)
			return true;
	}
	return false;
}

static void action_json(struct json_out *out, const struct verdict_action *a)
{
	json_out_object(out, NULL);
	json_out_text(out, "by", a->by);
	json_out_integer(out, "at", a->at);
	if (a->verdict != VERDICT_NONE)
		json_out_text(out, "verdict", view_of(verdict_names[a->verdict]));
	if (a->reasons.len)
		json_out_raw(out, "reasons", a->reasons);
	if (has_form(a))
		form_json(out, a);
	if (a->note.len)
		json_out_text(out, "note", a->note);
	json_out_end(out);
}

void judge_review(struct call *c, size_t i)
{
	struct review *r = c->review;
	uint32_t verdict = index_entry(r->index, i)->verdict;
	char at[24];
	json_out_object(c->out, "review");
	if (verdict) {
		size_t record = verdict - 1;
		struct decision d = verdicts_decide(r->verdicts, record);
		json_out_text(c->out, "verdict", view_of(verdict_names[d.verdict]));
		json_out_bool(c->out, "disputed", d.disputed);
		if (d.edit) {
			json_out_raw(c->out, "edit", d.edit->edit);
			json_out_text(c->out, "edited_by", d.edit->by);
			snprintf(at, sizeof(at), "%" PRId64, d.edit->at);
			json_out_text(c->out, "edit_at", view_of(at)); /* too long for a JSON number */
		}
		json_out_array(c->out, "actions"); /* newest first */
		for (const struct verdict_action *a = verdicts_last(r->verdicts, record); a;
		     a = verdicts_before(r->verdicts, a)) {
			if (!a->undo && !a->undone)
				action_json(c->out, a);
		}
		json_out_end(c->out);
	}
	json_out_end(c->out);
}

/* Storing */

static int check_name(struct view by, struct sow_error *err)
{
	bool plain = by.len && by.len <= NAME_LEN && view_trim(by).len == by.len;
	for (size_t i = 0; i < by.len; i++)
		plain = plain && (unsigned char)by.p[i] >= ' ' && by.p[i] != 0x7F;
	return plain ? SOW_OK : error_set(err, SOW_USAGE, "by: expected a name of up to %d bytes", NAME_LEN);
}

/* Does the "was" of an edit's pair ["was", "is"], if there is one, equal this text? */
static bool fits_text(const json_value *pair, const json_value *text)
{
	const json_value *was = json_first(pair), *is = was ? json_next(pair, was) : NULL;
	return !pair || (json_type(pair) == JSON_ARRAY && json_count(pair) == 2 && json_type(was) == JSON_TEXT &&
			 json_type(is) == JSON_TEXT && view_eq(json_text(was), json_text(text)));
}

/* The item of a list at the index in a member's name; NULL: none. */
static const json_value *item_of(const json_value *list, struct view name)
{
	size_t left = 0;
	if (!name.len || name.len > 9)
		return NULL;
	for (size_t i = 0; i < name.len; i++) {
		if (!ascii_digit(name.p[i]))
			return NULL;
		left = 10 * left + (size_t)(name.p[i] - '0');
	}
	const json_value *v = json_first(list);
	while (v && left--)
		v = json_next(list, v);
	return v;
}

static bool fits_turns(const json_value *edit, const json_value *turns)
{
	for (const json_value *v = json_first(edit); v; v = json_next(edit, v)) {
		const json_value *turn = item_of(turns, json_key(v));
		if (!turn || json_get(turn, "parts") || !fits_text(v, json_get(turn, "text")))
			return false;
	}
	return !edit || json_type(edit) == JSON_OBJECT;
}

/* An edit that does not fit its record (record_json.h) would make every export fail. */
static bool fits(const json_value *edit, const json_value *record)
{
	const json_value *answers = json_get(edit, "answers"), *list = json_get(record, "answers");
	for (const json_value *v = json_first(answers); v; v = json_next(answers, v)) {
		const json_value *one = item_of(list, json_key(v));
		if (!one || json_type(v) != JSON_OBJECT || !fits_text(json_get(v, "input"), json_get(one, "input")) ||
		    !fits_text(json_get(v, "output"), json_get(one, "output")) ||
		    !fits_turns(json_get(v, "turns"), json_get(one, "turns")))
			return false;
	}
	return (!answers || json_type(answers) == JSON_OBJECT) &&
	       fits_text(json_get(edit, "instruction"), json_get(record, "instruction")) &&
	       fits_turns(json_get(edit, "turns"), json_get(record, "turns"));
}

/* The key of record i, with its number among those of equal content, and the record. */
static int key_of(struct call *c, size_t i, char key[RECORD_KEY_SIZE], struct view *label,
		  const json_value **record)
{
	struct buf text = BUF_INIT;
	int status = index_read(c->review->index, i, &text, c->err);
	struct view json = arena_takebuf(c->arena, &text);
	if (status)
		return status;
	const json_value *v = *record = json_own(json, c->arena);
	struct view base = json_text(json_get(v, "key")), id = json_text(json_get(v, "id"));
	if (!base.len || base.len >= RECORD_KEY_SIZE)
		return error_set(c->err, SOW_USAGE, "i: what was rejected takes no verdict");
	memcpy(key, base.p, base.len);
	key[base.len] = '\0';
	index_lock(c->review->index);
	record_key_number(key, index_copy(c->review->index, i));
	index_unlock(c->review->index);
	*label = id.len ? id : json_scalar(json_get(v, "number"), c->arena);
	return SOW_OK;
}

static enum verdict read_verdict(struct view name)
{
	return view_eqstr(name, "keep") ? VERDICT_KEEP : view_eqstr(name, "drop") ? VERDICT_DROP : VERDICT_NONE;
}

static int read_reasons(struct call *c, struct view *reasons)
{
	const json_value *list = json_get(c->body, "reasons");
	if (!json_count(list))
		return SOW_OK;
	for (const json_value *v = json_first(list); v; v = json_next(list, v)) {
		if (json_type(v) != JSON_TEXT || json_text(v).len > 200)
			return error_set(c->err, SOW_USAGE, "reasons: expected texts of up to 200 bytes");
	}
	*reasons = json_compact(list, c->arena);
	return SOW_OK;
}

static int read_action(struct call *c, const json_value *record, struct verdict_action *a)
{
	const json_value *form = json_get(c->body, "form"), *edit = json_get(c->body, "edit");
	a->verdict = read_verdict(json_text(json_get(c->body, "verdict")));
	a->note = json_text(json_get(c->body, "note"));
	a->edit_on = json_text(json_get(c->body, "edit_on"));
	a->seconds = verdicts_seconds(json_number(json_get(c->body, "seconds")));
	for (size_t q = 0; q < QUESTIONS; q++) {
		const json_value *answer = json_get(form, question_names[q]);
		if (json_type(answer) == JSON_BOOL)
			a->answers[q] = json_bool(answer) ? QUESTION_YES : QUESTION_NO;
	}
	if (json_type(edit) == JSON_OBJECT && !fits(edit, record))
		return error_set(c->err, SOW_USAGE, "edit: expected pairs of what the record says and a new text");
	if (json_type(edit) == JSON_OBJECT)
		a->edit = json_compact(edit, c->arena);
	int status = read_reasons(c, &a->reasons);
	if (!status && a->verdict == VERDICT_NONE && !a->edit.len && !a->note.len && !has_form(a))
		status = error_set(c->err, SOW_USAGE, "expected a verdict, an edit, a note or answers");
	return status;
}

/* Writes it to disk, and ties it to its record. */
static int append(struct call *c, const struct verdict_action *a, size_t i)
{
	struct review *r = c->review;
	index_lock(r->index);
	int status = verdicts_append(r->verdicts, a, c->err);
	links_sync(&r->links);
	if (!status)
		judge_review(c, i);
	index_unlock(r->index);
	return status;
}

/* Sets record and person of an action, whose key is a view of `key`. */
static int begin(struct call *c, struct verdict_action *a, char key[RECORD_KEY_SIZE], size_t *i,
		 const json_value **record)
{
	int status = api_record(c, i);
	if (!status)
		status = check_name(c->by, c->err);
	if (!status)
		status = key_of(c, *i, key, &a->label, record);
	a->key = view_of(key);
	return status;
}

int judge_verdict(struct call *c)
{
	char key[RECORD_KEY_SIZE];
	struct verdict_action a = { .by = c->by };
	const json_value *record;
	size_t i;
	int status = begin(c, &a, key, &i, &record);
	if (!status)
		status = read_action(c, record, &a);
	return status ? status : append(c, &a, i);
}

int judge_undo(struct call *c)
{
	char key[RECORD_KEY_SIZE];
	struct verdict_action a = { .by = c->by, .undo = true };
	const json_value *record;
	size_t i;
	int status = begin(c, &a, key, &i, &record);
	return status ? status : append(c, &a, i);
}

/* Counting */

static void share_json(struct json_out *out, const char *key, int64_t count, int64_t of)
{
	struct share s = share_of(count, of);
	json_out_object(out, key);
	json_out_integer(out, "count", count);
	json_out_integer(out, "of", of);
	if (of) {
		json_out_number(out, "share", s.share);
		json_out_number(out, "low", s.low);
		json_out_number(out, "high", s.high);
	}
	json_out_end(out);
}

static void counts_json(struct json_out *out, const struct review_counts *n)
{
	json_out_object(out, "counts");
	json_out_integer(out, "judged", n->judged);
	json_out_integer(out, "kept", n->kept);
	json_out_integer(out, "dropped", n->dropped);
	json_out_integer(out, "disputed", n->disputed);
	json_out_integer(out, "edited", n->edited);
	if (n->timed)
		json_out_number(out, "seconds_each", n->seconds / (double)n->timed);
	json_out_end(out);
	share_json(out, "keep_share", n->kept, n->kept + n->dropped);
	json_out_object(out, "questions");
	for (size_t q = 0; q < QUESTIONS; q++)
		share_json(out, question_names[q], n->yes[q], n->asked[q]);
	share_json(out, "all", n->yes_all, n->asked_all);
	json_out_end(out);
}

static void people_json(struct json_out *out, const struct verdicts *v, const struct view *people, size_t count)
{
	json_out_array(out, "people");
	for (size_t p = 0; p < count; p++) {
		int64_t keeps = 0, drops = 0;
		for (size_t i = 0; i < verdicts_records(v); i++) {
			const struct verdict_action *a = verdicts_of(v, i, people[p]);
			keeps += a && a->verdict == VERDICT_KEEP;
			drops += a && a->verdict == VERDICT_DROP;
		}
		json_out_object(out, NULL);
		json_out_text(out, "by", people[p]);
		json_out_integer(out, "kept", keeps);
		json_out_integer(out, "dropped", drops);
		json_out_end(out);
	}
	json_out_end(out);
	json_out_array(out, "agreement");
	for (size_t a = 0; a < count && a < 8; a++) {
		for (size_t b = a + 1; b < count && b < 8; b++) {
			struct kappa k = kappa_of(v, people[a], people[b]);
			if (!k.both)
				continue;
			json_out_object(out, NULL);
			json_out_text(out, "a", people[a]);
			json_out_text(out, "b", people[b]);
			json_out_integer(out, "both", (int64_t)k.both);
			json_out_integer(out, "same", (int64_t)k.same);
			json_out_number(out, "kappa", k.kappa);
			json_out_end(out);
		}
	}
	json_out_end(out);
}

/* Reasons in the order of their first use, at most REASONS_SHOWN. */
static void reasons_json(struct call *c, const struct verdicts *v)
{
	struct map uses = MAP_INIT;
	struct view list[REASONS_SHOWN];
	size_t count = 0;
	for (size_t i = 0; i < verdicts_count(v); i++) {
		const struct verdict_action *a = verdicts_at(v, i);
		const json_value *reasons = a->reasons.len && !a->undone ? json_own(a->reasons, c->arena) : NULL;
		for (const json_value *r = json_first(reasons); r; r = json_next(reasons, r)) {
			struct view text = json_text(r);
			uint64_t *known = map_get(&uses, text.p, text.len);
			if (known) {
				(*known)++;
			} else if (text.len && count < REASONS_SHOWN) {
				map_put(&uses, text.p, text.len, 1);
				list[count++] = text;
			}
		}
	}
	json_out_array(c->out, "reasons");
	for (size_t i = 0; i < count; i++) {
		json_out_object(c->out, NULL);
		json_out_text(c->out, "reason", list[i]);
		json_out_integer(c->out, "uses", (int64_t)*map_get(&uses, list[i].p, list[i].len));
		json_out_end(c->out);
	}
	json_out_end(c->out);
	map_release(&uses);
}

int judge_progress(struct call *c)
{
	struct review *r = c->review;
	struct view *people = NULL;
	size_t count = 0, mine = 0, here = 0;
	index_lock(r->index);
	struct review_counts n = review_count(r->verdicts);
	for (size_t i = 0; i < verdicts_records(r->verdicts); i++) {
		mine += verdicts_of(r->verdicts, i, c->by) != NULL;
		here += i < r->links.count && r->links.entry[i];
	}
	counts_json(c->out, &n);
	json_out_integer(c->out, "mine", (int64_t)mine);
	json_out_integer(c->out, "elsewhere", (int64_t)(verdicts_records(r->verdicts) - here));
	json_out_integer(c->out, "damaged", (int64_t)verdicts_damaged(r->verdicts));
	json_out_text(c->out, "log", view_of(verdicts_path(r->verdicts)));
	verdicts_people(r->verdicts, &people, &count);
	people_json(c->out, r->verdicts, people, count);
	reasons_json(c, r->verdicts);
	index_unlock(r->index);
	mem_free(people);
	return SOW_OK;
}
