#include "verdicts/edit.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "io/json.h"

struct change {
	struct view old, now;
	size_t found;                /* how often the old text occurs in the object */
};

struct editing {
	struct arena *a;
	struct sow_error *err;
	struct change *list;
	size_t count, room;
};

/* The old and the new text of a pair. */
static bool read_pair(const json_value *v, struct view *was, struct view *is)
{
	const json_value *first = json_first(v), *second = first ? json_next(v, first) : NULL;
	*was = json_text(first);
	*is = json_text(second);
	return json_type(v) == JSON_ARRAY && json_count(v) == 2 && json_type(first) == JSON_TEXT &&
	       json_type(second) == JSON_TEXT;
}

static int change(struct editing *e, const json_value *v, const char *what, struct view *text)
{
	struct view was, is;
	if (!v)
		return SOW_OK;
	if (!read_pair(v, &was, &is))
		return error_set(e->err, SOW_INVALID, "an edit: %s: expected two texts", what);
	if (!view_eq(was, *text))
		return error_set(e->err, SOW_INVALID, "an edit: %s: the record says something else now",
				 what);
	const char *copy = arena_copyview(e->a, is);
	mem_grow(&e->list, &e->room, e->count + 1);
	e->list[e->count++] = (struct change){ .old = *text, .now = view_from(copy, is.len) };
	*text = view_from(copy, is.len);
	return SOW_OK;
}

/* The index in a member's name, below `count`. */
static int place_of(struct editing *e, const json_value *member, const char *what, size_t count,
		    size_t *at)
{
	char name[16], *end;
	struct view key = json_key(member);
	size_t len = key.len < sizeof(name) - 1 ? key.len : sizeof(name) - 1;
	memcpy(name, key.p, len);
	name[len] = '\0';
	unsigned long n = strtoul(name, &end, 10);
	if (!len || *end || !ascii_digit(name[0]) || n >= count)
		return error_set(e->err, SOW_INVALID, "an edit: %s %s: the record has %zu", what, name,
				 count);
	*at = (size_t)n;
	return SOW_OK;
}

static int edit_turns(struct editing *e, const json_value *texts, struct turn **turns, size_t count)
{
	size_t at;
	if (!texts)
		return SOW_OK;
	struct turn *copy = arena_array(e->a, count, sizeof(*copy));
	if (count)
		memcpy(copy, *turns, count * sizeof(*copy));
	*turns = copy;
	int status = SOW_OK;
	for (const json_value *v = json_first(texts); v && !status; v = json_next(texts, v)) {
		status = place_of(e, v, "turns", count, &at);
		if (!status && copy[at].parts.len)
			status = error_set(e->err, SOW_INVALID,
					   "an edit: turns %zu: expected a turn of one text", at);
		if (!status)
			status = change(e, v, "a turn", &copy[at].text);
	}
	return status;
}

/* True if the edit is about this answer. */
static bool is_meant(const json_value *edit, const struct instance *i)
{
	struct view was, is;
	const json_value *turns = json_get(edit, "turns");
	if (read_pair(json_get(edit, "output"), &was, &is) && !view_eq(was, i->output))
		return false;
	if (read_pair(json_get(edit, "input"), &was, &is) && !view_eq(was, i->input))
		return false;
	return !turns || i->turn_count;
}

static int edit_answer(struct editing *e, const json_value *v, struct instance *i)
{
	int status = change(e, json_get(v, "input"), "an input", &i->input);
	if (!status)
		status = change(e, json_get(v, "output"), "an answer", &i->output);
	return status ? status : edit_turns(e, json_get(v, "turns"), &i->turns, i->turn_count);
}

/* The record's answers, copied so that they may be changed. */
static struct instance *own_answers(struct editing *e, struct record *r)
{
	struct instance *copy = arena_array(e->a, r->instance_count, sizeof(*copy));
	if (r->instance_count)
		memcpy(copy, r->instances, r->instance_count * sizeof(*copy));
	r->instances = copy;
	return copy;
}

static int edit_answers(struct editing *e, const json_value *answers, struct record *r)
{
	int status = SOW_OK;
	if (!answers)
		return SOW_OK;
	struct instance *copy = own_answers(e, r);
	for (const json_value *v = json_first(answers); v && !status; v = json_next(answers, v)) {
		size_t at = 0;
		status = place_of(e, v, "answers", SIZE_MAX, &at);
		if (!status && (at >= r->instance_count || !is_meant(v, &copy[at]))) {
			for (at = 0; at < r->instance_count && !is_meant(v, &copy[at]); at++)
				;
		}
		if (!status && at < r->instance_count)
			status = edit_answer(e, v, &copy[at]);
	}
	return status;
}

/* Updates instruction and answer, which repeat texts of the conversation. */
static void follow(struct editing *e, struct record *r)
{
	struct instance *copy = own_answers(e, r);
	for (size_t i = 0; i < e->count; i++) {
		const struct change *c = &e->list[i];
		if (r->turn_count && view_eq(r->instruction, c->old))
			r->instruction = c->now;
		for (size_t n = 0; n < r->instance_count; n++) {
			bool whole = r->turn_count && !r->beside;
			if ((whole || copy[n].turn_count) && view_eq(copy[n].output, c->old))
				copy[n].output = c->now;
		}
	}
}

/* The object */

static void write_changed(struct editing *e, struct buf *out, const json_value *v)
{
	enum json_type type = json_type(v);
	if (type == JSON_OBJECT || type == JSON_ARRAY) {
		buf_addch(out, type == JSON_OBJECT ? '{' : '[');
		for (const json_value *m = json_first(v); m; m = json_next(v, m)) {
			if (type == JSON_OBJECT)
				json_add_key(out, json_key(m));
			else if (m != json_first(v))
				buf_addch(out, ',');
			write_changed(e, out, m);
		}
		buf_addch(out, type == JSON_OBJECT ? '}' : ']');
		return;
	}
	/* an answer may be a number or a truth value in the object; the record has it as text */
	struct view text = json_scalar(v, e->a);
	for (size_t i = 0; i < e->count; i++) {
		if (!e->list[i].old.len || !view_eq(text, e->list[i].old))
			continue;
		e->list[i].found++;
		json_add_text(out, e->list[i].now);
		return;
	}
	json_add_value(out, v);
}

static void change_object(struct editing *e, struct record *r)
{
	struct buf out = BUF_INIT;
	bool exact = !r->is_text;
	if (!r->object.len)
		return;
	write_changed(e, &out, json_own(r->object, e->a));
	for (size_t i = 0; i < e->count; i++)
		exact = exact && e->list[i].found == 1;
	r->object = exact ? arena_takebuf(e->a, &out) : view_of("");
	buf_release(&out);
	if (!exact)
		r->is_text = false;
}

int edit_apply(struct view edit, struct arena *a, struct record *r, struct sow_error *err)
{
	struct editing e = { .a = a, .err = err };
	const json_value *v = json_own(edit, a);
	struct record now = *r;
	int status = change(&e, json_get(v, "instruction"), "the instruction", &now.instruction);
	if (!status)
		status = edit_answers(&e, json_get(v, "answers"), &now);
	if (!status)
		status = edit_turns(&e, json_get(v, "turns"), &now.turns, now.turn_count);
	if (!status) {
		follow(&e, &now);
		change_object(&e, &now);
		*r = now;
	}
	mem_free(e.list);
	return status;
}

void object_put(struct view *object, const char *key, struct view json, struct arena *a)
{
	struct buf out = BUF_INIT;
	const json_value *v = object->len ? json_own(*object, a) : NULL;
	buf_addch(&out, '{');
	for (const json_value *m = json_first(v); m; m = json_next(v, m)) {
		if (!view_eqstr(json_key(m), key))
			json_add_member(&out, m);
	}
	json_add_key(&out, view_of(key));
	buf_add(&out, json.p, json.len);
	buf_addch(&out, '}');
	*object = arena_takebuf(a, &out);
}
