#include "data/json_reply.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "data/turns.h"

#define FENCE "```"

struct reading {
	struct view whole;           /* for places */
	struct view reply;           /* the text to search */
	enum json_type wanted;
	struct arena *arena;
	struct json_reply *out;
	bool taken;                  /* a value of the wanted type */
	bool had_other;              /* one of another type is in *out */
	bool had_broken;             /* why is in *out */
};

static bool is_container(enum json_type t)
{
	return t == JSON_OBJECT || t == JSON_ARRAY;
}

static bool is_wanted(const struct reading *r, const json_value *v)
{
	return r->wanted == JSON_NOTHING ? is_container(json_type(v)) : json_type(v) == r->wanted;
}

static bool wants_container(const struct reading *r)
{
	return r->wanted == JSON_NOTHING || is_container(r->wanted);
}

/* Keeps a value: finally if it is of the wanted type, else until a better one is found. */
static void keep(struct reading *r, const json_value *v, struct view text,
		 const struct mended *m)
{
	bool wanted = is_wanted(r, v);
	if (r->taken || (!wanted && r->had_other))
		return;
	r->taken = wanted;
	r->had_other = !wanted;
	r->out->value = v;
	r->out->text = text;
	r->out->unwrapped = false;
	memset(r->out->repairs, 0, sizeof(r->out->repairs));
	if (m)
		memcpy(r->out->repairs, m->repairs, sizeof(m->repairs));
}

/* Remembers the first error. */
static void note_broken(struct reading *r, size_t at, const char *expected)
{
	if (r->had_broken)
		return;
	char what[128];
	snprintf(what, sizeof(what), "%s%s", strncmp(expected, "expected", 8) ? "expected " : "",
		 expected);
	error_at(&r->out->why, r->whole.p, at + (size_t)(r->reply.p - r->whole.p), what);
	r->had_broken = true;
}

/* The value in JSON text; NULL where it is not JSON. */
static const json_value *parse(struct reading *r, struct view text, struct sow_error *why)
{
	return json_root(json_parse_exact(text, r->arena, NULL, why));
}

/* Reads and mends the value at a place. */
static struct mended read_at(struct reading *r, size_t at, const json_value **value)
{
	struct buf strict = BUF_INIT;
	struct sow_error why = { 0 };
	struct mended m = json_mend(view_sub(r->reply, at, r->reply.len), &strict);
	*value = NULL;
	m.end += at;
	if (m.kind == MEND_WHOLE) {
		*value = parse(r, view_from(strict.data, strict.len), &why);
		if (!*value) {
			m.kind = MEND_BROKEN;
			m.end = at;
			m.expected = "JSON without lone surrogates and numbers out of range";
		}
	}
	buf_release(&strict);
	return m;
}

/* The place after the bracket that closes the one at `at`, whatever is in between: no part of a broken value
 * may be taken for a value. The end of the reply if none closes it. */
static size_t behind_brackets(struct view text, size_t at)
{
	size_t open = 0;
	for (; at < text.len; at++) {
		char c = text.p[at];
		open += c == '{' || c == '[';
		open -= c == '}' || c == ']';
		if (!open)
			return at + 1;
	}
	return text.len;
}

/* Where to continue the search after an incomplete value: past the whole of one that was meant as a value. */
static size_t behind(const struct reading *r, size_t at, const struct mended *m)
{
	if (!m->begun)
		return at + 1;
	return m->kind == MEND_CUT ? r->reply.len : behind_brackets(r->reply, at);
}

/* Tries the value at a place, and returns where to continue. The beginning of a reply or fence is meant as
 * one. */
static size_t try_at(struct reading *r, size_t at, bool is_start)
{
	const json_value *v;
	struct mended m = read_at(r, at, &v);
	if (v) {
		keep(r, v, view_sub(r->reply, at, m.end), &m);
		return m.end;
	}
	if (m.kind == MEND_CUT && (m.begun || is_start)) {
		r->out->kind = JSON_REPLY_CUT;
		error_at(&r->out->why, r->whole.p, r->whole.len, "unexpected end of the text");
	} else if (m.begun || (is_start && r->reply.p[at] == '{')) {
		note_broken(r, m.end, m.expected);
	}
	return behind(r, at, &m);
}

static bool goes_on(const struct reading *r)
{
	return !r->taken && r->out->kind != JSON_REPLY_CUT;
}

static size_t skip_space(struct view text, size_t at)
{
	while (at < text.len && ascii_space(text.p[at]))
		at++;
	return at;
}

/* The place after a fence, the word that names its language, and blanks. */
static size_t behind_fence(struct view text, size_t at)
{
	at += strlen(FENCE);
	while (at < text.len && (text.p[at] == '`' || ascii_alpha(text.p[at]) ||
				 ascii_digit(text.p[at]) || text.p[at] == '_' || text.p[at] == '-'))
		at++;
	return skip_space(text, at);
}

static bool begins_container(struct view text, size_t at)
{
	return at < text.len && (text.p[at] == '{' || text.p[at] == '[');
}

/* A comment may precede the value in a fence. */
static bool begins_in_fence(const struct reading *r, size_t at)
{
	struct view rest = view_sub(r->reply, at, r->reply.len);
	return begins_container(r->reply, at) || view_starts(rest, "//") || view_starts(rest, "/*") ||
	       !wants_container(r);
}

static void read_fences(struct reading *r)
{
	bool opens = true;
	for (size_t at = 0; goes_on(r);) {
		at = view_find(r->reply, at, FENCE);
		if (at == VIEW_NONE)
			return;
		size_t from = behind_fence(r->reply, at);
		at += strlen(FENCE);
		if (opens && begins_in_fence(r, from))
			at = try_at(r, from, true);
		opens = !opens;
	}
}

static void read_anywhere(struct reading *r)
{
	for (size_t at = 0; at < r->reply.len && goes_on(r);)
		at = begins_container(r->reply, at)
			? try_at(r, at, at == skip_space(r->reply, 0)) : at + 1;
}

static void count_further(struct reading *r)
{
	size_t at = (size_t)(r->out->text.p - r->reply.p) + r->out->text.len;
	enum json_type type = json_type(r->out->value);
	while (at < r->reply.len) {
		const json_value *v = NULL;
		struct mended m = { 0 };
		if (begins_container(r->reply, at))
			m = read_at(r, at, &v);
		r->out->further += v && json_type(v) == type;
		at = v ? m.end : behind(r, at, &m);
	}
}

/* The whole reply is one value; a text may hold the wanted one. */
static bool read_whole(struct reading *r)
{
	struct sow_error why = { 0 };
	struct view text = view_trim(r->reply);
	const json_value *v = parse(r, text, &why), *inner = NULL;
	if (!v)
		return false;
	if (json_type(v) == JSON_TEXT && wants_container(r))
		inner = parse(r, json_text(v), &why);
	keep(r, inner && is_wanted(r, inner) ? inner : v, text, NULL);
	r->out->unwrapped = r->out->value == inner;
	return true;
}

static struct view without_thoughts(struct view reply)
{
	struct view text = view_trim_front(reply), thought, rest;
	if (turns_part_thought(text, &thought, &rest))
		return rest;
	return view_starts(text, "<think>") ? view_sub(reply, reply.len, reply.len) : reply;
}

static void set_kind(struct reading *r)
{
	if (r->taken || (r->had_other && r->out->kind != JSON_REPLY_CUT && !r->had_broken))
		r->out->kind = JSON_REPLY_READ;
	else if (r->out->kind != JSON_REPLY_CUT && r->had_broken)
		r->out->kind = JSON_REPLY_BROKEN;
	if (r->out->kind != JSON_REPLY_READ)
		r->out->value = NULL;
	else if (is_container(json_type(r->out->value)))
		count_further(r);
}

void json_reply_read(struct view reply, enum json_type wanted, struct arena *a,
		     struct json_reply *out)
{
	*out = (struct json_reply){ .kind = JSON_REPLY_NONE };
	struct reading r = { .whole = reply, .reply = without_thoughts(reply), .wanted = wanted,
			     .arena = a, .out = out };
	bool is_alone = read_whole(&r);
	if (goes_on(&r) && !is_alone)
		read_fences(&r);
	if (goes_on(&r) && !is_alone && !r.had_broken && wants_container(&r))
		read_anywhere(&r);
	set_kind(&r);
}

size_t json_reply_repairs(const struct json_reply *r)
{
	size_t n = 0;
	for (size_t i = 0; i < MEND_REPAIRS; i++)
		n += r->repairs[i];
	return n;
}
