/* An object with an array of records, and the members beside that array. */
#include "data/values_private.h"

#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/utf8.h"
#include "io/json.h"

#define OUTSIDE_MAX 400 /* bytes of names */

/* A scan over the members of an object, as far as a window of its text goes. */
struct scan {
	struct view text;
	size_t at;
};

static void pass_blanks(struct scan *s)
{
	while (s->at < s->text.len && ascii_space(s->text.p[s->at]))
		s->at++;
}

static bool scan_char(struct scan *s, char c)
{
	pass_blanks(s);
	if (s->at == s->text.len || s->text.p[s->at] != c)
		return false;
	s->at++;
	return true;
}

/* A text in quotes; false if the window ends first. */
static bool scan_text(struct scan *s, struct view *text)
{
	if (!scan_char(s, '"'))
		return false;
	size_t from = s->at;
	for (; s->at < s->text.len && s->text.p[s->at] != '"'; s->at++)
		s->at += s->text.p[s->at] == '\\';
	if (s->at >= s->text.len)
		return false;
	*text = view_sub(s->text, from, s->at++);
	return true;
}

/* Any value; false if the window ends first. */
static bool scan_value(struct scan *s)
{
	struct array one = ARRAY_BARE_INIT;
	struct view rest = view_sub(s->text, s->at, s->text.len), element;
	int status = array_next(&one, &rest, &element);
	array_release(&one);
	s->at = s->text.len - rest.len;
	return status > 0;
}

static bool is_turn_name(struct view name)
{
	return view_eqstr(name, "role") || view_eqstr(name, "from") ||
	       view_eqstr(name, "content") || view_eqstr(name, "value");
}

bool list_begins_with_turn(struct view list)
{
	struct scan s = { list, 0 };
	struct view name;
	return scan_char(&s, '[') && scan_char(&s, '{') && scan_text(&s, &name) &&
	       is_turn_name(name);
}

/* True if the array that begins here holds records, not the turns of a conversation. */
static bool holds_records(struct scan s)
{
	struct view name;
	if (!scan_char(&s, '['))
		return false;
	if (scan_char(&s, '['))
		return true;
	return scan_char(&s, '{') && scan_text(&s, &name) && !is_turn_name(name);
}

static bool is_mapped(const struct values *v, struct view name)
{
	for (int c = COLUMN_ID; v->o.columns && c < COLUMNS; c++) {
		struct view path = view_of(v->o.columns->path[c]);
		if (path.len && view_eq(view_sub(path, 0, name.len), name) &&
		    (path.len == name.len || path.p[name.len] == '.'))
			return true;
	}
	return false;
}

/* True if a path that the user named begins with this member. */
static bool is_wanted(const struct values *v, struct view name)
{
	for (size_t i = 0; i < v->o.field_count; i++) {
		const char *path = v->o.fields[i];
		if (strncmp(path, name.p, name.len) == 0 &&
		    (!path[name.len] || path[name.len] == '.'))
			return true;
	}
	return false;
}

/* True for a member that a record has and a set of records does not. */
static bool is_of_record(const struct values *v, struct view name)
{
	const struct column_row *row = column_find(name);
	if (is_mapped(v, name) || is_wanted(v, name))
		return true;
	return row && row->column != COLUMN_ID && row->column != COLUMN_NAME &&
	       row->column != COLUMN_LABEL;
}

/* Notes a name once, however many objects have it. */
static void note_outside(struct values *v, struct view key)
{
	struct buf text = BUF_INIT;
	struct view noted = view_from(v->outside.data, v->outside.len);
	json_escape(&text, key);
	if (noted.len + text.len > OUTSIDE_MAX) {
		buf_clear(&text);
		buf_addstr(&text, "…");
	}
	struct view name = view_from(text.data, text.len);
	bool known = !name.len;
	for (size_t from = 0, end; from < noted.len && !known; from = end + 2) {
		end = view_find(noted, from, ", ");
		end = end == VIEW_NONE ? noted.len : end;
		known = view_eq(view_sub(noted, from, end), name);
	}
	if (!known) {
		buf_addstr(&v->outside, noted.len ? ", " : "");
		buf_add(&v->outside, name.p, name.len);
	}
	buf_release(&text);
}

/* True for a line that is longer than the window, in a file of lines. */
static bool is_long_line(const struct values *v, struct view window)
{
	return !memchr(window.p, '\n', window.len) &&
	       (values_is_called(v, ".jsonl") || values_is_called(v, ".ndjson"));
}

/* True if an object of one line is followed by another line of JSON: then each line is a record. */
static bool is_line_of_several(struct scan s)
{
	if (!scan_char(&s, '}') || memchr(s.text.p, '\n', s.at))
		return false;
	size_t end = s.at;
	return scan_char(&s, '{') && memchr(s.text.p + end, '\n', s.at - end);
}

bool envelope_find(struct values *v, struct view window, size_t *start)
{
	struct scan s = { window, 0 };
	struct view name;
	bool found = false;
	if (!scan_char(&s, '{'))
		return false;
	do {
		if (!scan_text(&s, &name) || !scan_char(&s, ':'))
			return found;
		if (is_of_record(v, name))
			return false;
		pass_blanks(&s);
		if (!found && holds_records(s)) {
			*start = s.at;
			found = true;
		}
		if (!scan_value(&s))
			return found && !is_long_line(v, window);
	} while (scan_char(&s, ','));
	return found && !is_line_of_several(s);
}

/* Notes the names of the members before the array. */
static int check_head(struct values *v, struct view head)
{
	struct buf text = BUF_INIT;
	size_t offset = 0;
	struct arena *a = arena_new();
	buf_add(&text, head.p, head.len);
	buf_addstr(&text, "0}"); /* in place of the array */
	struct view json = view_from(text.data, text.len);
	struct json *doc = json_parse_lenient(json, a, NULL, &offset, NULL);
	const json_value *root = json_root(doc);
	for (const json_value *m = json_first(root); json_next(root, m); m = json_next(root, m))
		note_outside(v, json_key(m));
	int status = SOW_OK;
	if (!doc)
		status = values_wrong(v, text_place_behind(v->array.at, view_sub(head, 0, offset)),
				  &v->failure, "expected JSON before the array of records");
	arena_free(a);
	buf_release(&text);
	return status;
}

int envelope_begin(struct values *v, struct view window, size_t start)
{
	struct text_place at = v->array.at;
	int status = check_head(v, view_sub(window, 0, start));
	if (status)
		return status;
	array_release(&v->array);
	v->array = (struct array)ARRAY_INIT;
	v->array.at = v->array.behind = text_place_behind(at, view_sub(window, 0, start));
	values_take(v, start);
	v->next = values_next_element;
	v->enveloped = true;
	v->kind = "an object with an array of records";
	return SOW_OK;
}

/* 1, 0 at the end, or negative. */
static int take_byte(struct values *v, char *c)
{
	struct view bytes;
	int more = values_peek(v, 1, &bytes);
	if (more <= 0)
		return more;
	*c = *bytes.p;
	v->array.at = text_place_behind(v->array.at, view_sub(bytes, 0, 1));
	values_take(v, 1);
	return 1;
}

/* Takes the text between the array and the end of its object, as an object. 1, 0 at the end of the file, or
 * negative. */
static int take_tail(struct values *v, struct buf *tail)
{
	bool in_text = false, escaped = false;
	size_t depth = 1;
	int more = 1;
	char c;
	buf_addch(tail, '{');
	while (depth && (more = take_byte(v, &c)) > 0) {
		if (in_text) {
			in_text = escaped || c != '"';
			escaped = !escaped && c == '\\';
		} else {
			in_text = c == '"';
			depth += c == '{' || c == '[';
			depth -= c == '}' || c == ']';
		}
		buf_addch(tail, c);
		if (tail->len > ARRAY_ELEMENT_MAX)
			return error_set(&v->failure, SOW_TOOBIG,
					 "%s:%zu: more than %zu MiB after the array", values_name(v),
					 v->array.behind.line, ARRAY_ELEMENT_MAX >> 20);
	}
	return more;
}

static bool are_records(const json_value *v)
{
	const json_value *first = json_first(v);
	if (json_type(v) != JSON_ARRAY)
		return false;
	return json_type(first) == JSON_ARRAY ||
	       (json_type(first) == JSON_OBJECT && json_count(first) &&
		!is_turn_name(json_key(json_first(first))));
}

/* Fails if a member after the array belongs to a record. */
static int check_tail(struct values *v, const json_value *tail, struct text_place start)
{
	for (const json_value *m = json_first(tail); m; m = json_next(tail, m)) {
		struct view name = utf8_head(json_key(m), OUTSIDE_MAX);
		if (are_records(m))
			return values_wrong(v, start, &v->failure, "a second array of records, "
					    "'%.*s'; expected one in an object", VIEW_ARG(name));
		if (is_of_record(v, name))
			return values_wrong(v, start, &v->failure, "'%.*s' after an array of "
					    "records; expected it in the records", VIEW_ARG(name));
		note_outside(v, name);
	}
	return SOW_OK;
}

static int parse_tail(struct values *v, struct view text, struct text_place start, struct arena *a)
{
	size_t offset = 0;
	struct json *doc = json_parse_lenient(text, a, NULL, &offset, NULL);
	if (doc)
		return check_tail(v, json_root(doc), start);
	struct text_place where = text_place_behind(start, view_sub(text, 1, offset));
	return values_wrong(v, where, &v->failure,
			    "expected , or the end of the object after the array");
}

/* 1, or negative. */
static int read_tail(struct values *v)
{
	struct buf tail = BUF_INIT;
	struct text_place start = v->array.at;
	struct arena *a = arena_new();
	int status = take_tail(v, &tail);
	if (!status)
		status = values_wrong(v, v->array.at, &v->failure, "unexpected end of the text");
	if (status > 0) {
		size_t comma = 1;
		while (comma < tail.len && ascii_space(tail.data[comma]))
			comma++;
		if (tail.data[comma] == ',')
			tail.data[comma] = ' '; /* the one after the array */
		status = parse_tail(v, view_from(tail.data, tail.len), start, a);
	}
	arena_free(a);
	buf_release(&tail);
	return status ? status : 1;
}

int envelope_end(struct values *v, bool *again)
{
	struct view window;
	size_t start;
	*again = false;
	int more = read_tail(v);
	while (more > 0 && (more = values_peek(v, INFILE_PEEK_MAX, &window)) > 0) {
		size_t blank = 0;
		while (blank < window.len &&
		       (ascii_space(window.p[blank]) || window.p[blank] == ','))
			blank++;
		v->array.at = text_place_behind(v->array.at, view_sub(window, 0, blank));
		values_take(v, blank);
		if (blank == window.len)
			continue;
		window = view_sub(window, blank, window.len);
		*again = envelope_find(v, window, &start);
		if (!*again)
			return values_wrong(v, v->array.at, &v->failure, "expected another object "
					    "with an array of records, or the end");
		return envelope_begin(v, window, start);
	}
	return more < 0 ? more : SOW_OK;
}
