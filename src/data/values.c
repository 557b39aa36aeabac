#include "data/values.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "data/csv.h"
#include "io/compress.h"
#include "io/json.h"

#define OUTSIDE_MAX 400 /* bytes of names told */
#define KNOWN_LEAST 2   /* names in a first line that make it a header, whatever else is there */

struct values {
	char *name;
	struct infile *in;           /* NULL: `rest` */
	struct view rest;
	struct values_options o;
	size_t number;               /* of the line at hand, from 1 */
	int (*next)(struct values *v, struct value *value, struct sow_error *err);
	const char *kind;
	struct array array;
	struct csv csv;
	size_t records;              /* of the array, so far */
	bool enveloped;              /* the array stands in an object */
	struct buf outside;          /* names beside it */
	struct buf text;             /* a line of plain text as JSON */
	bool too_long;               /* the last line was, and is still to be passed over */
	struct sow_error failure;    /* the one that is final */
};

/* Bytes and lines: what fails here is final, but for a line that is too long. That goes into
 * *err, and the next call gives the line after it. */

static int next_line(struct values *v, struct view *line, struct sow_error *err)
{
	struct sow_error own = { 0 };
	if (v->too_long && infile_pass(v->in, &v->failure))
		return v->failure.status;
	int more = v->in ? infile_line(v->in, line, &own) : view_line(&v->rest, line);
	v->too_long = more == SOW_TOOBIG;
	v->number += more > 0 || v->too_long;
	if (more < 0)
		*(v->too_long ? err : &v->failure) = own;
	return more;
}

/* The next line that is not blank. 1, 0 at the end, negative. */
static int next_full_line(struct values *v, struct view *line, struct sow_error *err)
{
	int more;
	do {
		more = next_line(v, line, err);
	} while (more > 0 && !view_trim(*line).len);
	return more;
}

static int peek(struct values *v, size_t least, struct view *bytes)
{
	if (v->in)
		return infile_peek(v->in, least, bytes, &v->failure);
	*bytes = v->rest;
	return v->rest.len > 0;
}

static void take(struct values *v, size_t len)
{
	if (v->in)
		infile_take(v->in, len);
	else
		v->rest = view_sub(v->rest, len, v->rest.len);
}

static int wrong_at(const struct values *v, struct text_place p, struct sow_error *err,
		    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static int wrong_at(const struct values *v, struct text_place p, struct sow_error *err,
		    const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return error_set(err, SOW_INVALID, "%s:%zu:%zu: %s", v->name, p.line, p.column, text);
}

/* Lines */

/* Without white space at its end, and without a comma there. */
static struct view without_comma(struct view line)
{
	struct view text = view_trim(line);
	if (text.len && text.p[text.len - 1] == ',')
		text = view_trim(view_sub(text, 0, text.len - 1));
	return text;
}

static int next_json_line(struct values *v, struct value *value, struct sow_error *err)
{
	struct view line;
	int more = next_full_line(v, &line, err);
	if (more <= 0)
		return more;
	struct view json = without_comma(line);
	size_t before = (size_t)(json.p - line.p);
	*value = (struct value){ .json = json, .raw = line, .at = { v->number, before + 1 },
				 .is_line = true };
	return 1;
}

static int next_text_line(struct values *v, struct value *value, struct sow_error *err)
{
	struct view line;
	int more = next_full_line(v, &line, err);
	if (more <= 0)
		return more;
	struct text_place start = { v->number, 1 };
	const char *nul = memchr(line.p, '\0', line.len);
	if (nul)
		return wrong_at(v, text_place_behind(start, view_from(line.p, (size_t)(nul - line.p))),
				err, "expected text, not a zero byte");
	buf_clear(&v->text);
	buf_addch(&v->text, '"');
	json_escape(&v->text, line);
	buf_addch(&v->text, '"');
	if (buf_failed(&v->text))
		return error_nomem(err);
	*value = (struct value){ .json = view_from(v->text.data, v->text.len), .raw = line,
				 .at = start, .is_line = true, .is_text = true };
	return 1;
}

/* An array, and values one after another */

static int broken_array(struct values *v, int status)
{
	struct sow_error *err = &v->failure;
	if (status == SOW_NOMEM)
		return error_nomem(err);
	if (status == SOW_TOOBIG)
		return error_set(err, SOW_TOOBIG, "%s:%zu: record %zu is longer than %zu MiB",
				 v->name, v->array.start.line, v->records + 1,
				 ARRAY_ELEMENT_MAX >> 20);
	return wrong_at(v, v->array.start, err, "%s", v->array.wrong);
}

static int end_envelope(struct values *v, bool *again);

static int next_element(struct values *v, struct value *value, struct sow_error *err)
{
	struct view bytes, element;
	int status = 0;
	(void)err;
	while (!status) {
		if (v->enveloped && v->array.phase == ARRAY_DONE) {
			bool again;
			status = end_envelope(v, &again);
			if (status || !again)
				return status;
		}
		int more = peek(v, 1, &bytes);
		if (more < 0)
			return more;
		if (!more && v->array.bare && v->array.scalar && v->array.phase == ARRAY_INSIDE) {
			bytes = view_of("\n"); /* ends a number, or what should be one */
			status = array_next(&v->array, &bytes, &element);
			break;
		}
		if (!more) {
			status = array_end(&v->array);
			break;
		}
		/* what follows an array in an object is not the array's */
		if (v->enveloped && v->array.phase != ARRAY_INSIDE)
			bytes.len = 1;
		size_t shown = bytes.len;
		status = array_next(&v->array, &bytes, &element);
		take(v, shown - bytes.len);
	}
	if (status <= 0)
		return status ? broken_array(v, status) : 0;
	v->records++;
	v->number = v->array.start.line;
	*value = (struct value){ .json = element, .raw = element, .at = v->array.start };
	return 1;
}

/* Objects with an array of records in them */

static bool is_called(const struct values *v, const char *ending)
{
	return compression_stem_ends(v->name, ending);
}

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
	return view_eqstr(name, "role") || view_eqstr(name, "from") || view_eqstr(name, "content") ||
	       view_eqstr(name, "value");
}

/* An array that begins here holds records, and not the turns of a conversation. */
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

/* A path that the user named begins with this member. */
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

/* A member that a record has, and a set of records has not. */
static bool is_of_record(const struct values *v, struct view name)
{
	const struct column_row *row = column_find(name);
	if (is_mapped(v, name) || is_wanted(v, name))
		return true;
	return row && row->column != COLUMN_ID && row->column != COLUMN_NAME &&
	       row->column != COLUMN_LABEL;
}

/* One name is told once, however many objects have it, and on one line. */
static void tell_outside(struct values *v, struct view key)
{
	struct buf text = BUF_INIT;
	struct view told = view_from(v->outside.data, v->outside.len);
	json_escape(&text, key);
	if (told.len + text.len > OUTSIDE_MAX) {
		buf_clear(&text);
		buf_addstr(&text, "…");
	}
	struct view name = view_from(text.data, text.len);
	bool known = !name.len;
	for (size_t from = 0, end; from < told.len && !known; from = end + 2) {
		end = view_find(told, from, ", ");
		end = end == VIEW_NONE ? told.len : end;
		known = view_eq(view_sub(told, from, end), name);
	}
	if (!known) {
		buf_addstr(&v->outside, told.len ? ", " : "");
		buf_add(&v->outside, name.p, name.len);
	}
	buf_release(&text);
}

/* A line that is longer than the window, of a file of lines. */
static bool is_long_line(const struct values *v, struct view window)
{
	return !memchr(window.p, '\n', window.len) &&
	       (is_called(v, ".jsonl") || is_called(v, ".ndjson"));
}

/* Is it an object with an array of records? Then *start is where that begins. With a member that
 * records have, as far as the window shows, it is a record. */
static bool find_envelope(struct values *v, struct view window, size_t *start)
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
	return found;
}

/* What stands before the array has to be JSON: its names are told. */
static int check_head(struct values *v, struct view head)
{
	struct buf text = BUF_INIT;
	struct sow_error own = { 0 };
	size_t repaired = 0, offset = 0;
	struct arena *a = arena_new();
	buf_add(&text, head.p, head.len);
	buf_addstr(&text, "0}"); /* in place of the array */
	struct json *doc = a && !buf_failed(&text)
				   ? json_parse_lenient(view_from(text.data, text.len), a, &repaired,
							&offset, &own) : NULL;
	const json_value *root = json_root(doc);
	for (const json_value *m = json_first(root); json_next(root, m); m = json_next(root, m))
		tell_outside(v, json_key(m));
	int status = SOW_OK;
	if (!doc && own.status == SOW_INVALID)
		status = wrong_at(v, text_place_behind(v->array.at, view_sub(head, 0, offset)),
				  &v->failure, "expected JSON before the array of records");
	else if (!doc)
		status = error_nomem(&v->failure);
	arena_free(a);
	buf_release(&text);
	return status;
}

static int begin_array(struct values *v, struct view window, size_t start)
{
	struct text_place at = v->array.at;
	int status = check_head(v, view_sub(window, 0, start));
	if (status)
		return status;
	array_release(&v->array);
	v->array = (struct array)ARRAY_INIT;
	v->array.at = v->array.behind = text_place_behind(at, view_sub(window, 0, start));
	take(v, start);
	v->next = next_element;
	v->enveloped = true;
	v->kind = "an object with an array of records";
	return SOW_OK;
}

/* Takes the next byte, of a text too if it is not told apart. 1, 0 at the end. */
static int take_byte(struct values *v, char *c)
{
	struct view bytes;
	int more = peek(v, 1, &bytes);
	if (more <= 0)
		return more;
	*c = *bytes.p;
	v->array.at = text_place_behind(v->array.at, view_sub(bytes, 0, 1));
	take(v, 1);
	return 1;
}

/* Takes what stands between the array and the end of its object, as an object of its own. 1, 0
 * at the end of the file, negative. */
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
			return error_set(&v->failure, SOW_TOOBIG, "%s:%zu: more than %zu MiB behind the "
					 "array", v->name, v->array.behind.line, ARRAY_ELEMENT_MAX >> 20);
	}
	if (more < 0)
		return more;
	return buf_failed(tail) ? error_nomem(&v->failure) : more;
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

/* Nothing behind the array belongs to a record. */
static int check_tail(struct values *v, const json_value *tail, struct text_place start)
{
	for (const json_value *m = json_first(tail); m; m = json_next(tail, m)) {
		struct view name = json_key(m);
		name.len = utf8_floor(name.p, name.len < OUTSIDE_MAX ? name.len : OUTSIDE_MAX);
		if (are_records(m))
			return wrong_at(v, start, &v->failure, "a second array of records, '%.*s'; "
					"expected one in an object", VIEW_ARG(name));
		if (is_of_record(v, name))
			return wrong_at(v, start, &v->failure, "'%.*s' behind an array of records; "
					"expected it in the records", VIEW_ARG(name));
		tell_outside(v, name);
	}
	return SOW_OK;
}

/* 1, or negative. */
static int read_tail(struct values *v)
{
	struct buf tail = BUF_INIT;
	struct text_place start = v->array.at;
	struct sow_error own = { 0 };
	size_t repaired = 0, offset = 0;
	struct arena *a = arena_new();
	int status = a ? take_tail(v, &tail) : error_nomem(&v->failure);
	size_t comma = 1;
	while (comma < tail.len && ascii_space(tail.data[comma]))
		comma++;
	if (status > 0 && tail.data[comma] == ',')
		tail.data[comma] = ' '; /* the one behind the array */
	struct view text = view_from(tail.data, tail.len);
	struct json *doc = status > 0 ? json_parse_lenient(text, a, &repaired, &offset, &own) : NULL;
	if (status > 0 && !doc && own.status == SOW_NOMEM)
		status = error_nomem(&v->failure);
	else if (status > 0 && !doc)
		status = wrong_at(v, text_place_behind(start, view_sub(text, 1, offset)), &v->failure,
				  "expected , or the end of the object behind the array");
	else if (!status)
		status = wrong_at(v, v->array.at, &v->failure, "unexpected end of the text");
	else if (status > 0)
		status = check_tail(v, json_root(doc), start);
	arena_free(a);
	buf_release(&tail);
	return status ? status : 1;
}

/* The array has ended, and its object too: is there another one behind it? */
static int end_envelope(struct values *v, bool *again)
{
	struct view window;
	size_t start;
	*again = false;
	int more = read_tail(v);
	while (more > 0 && (more = peek(v, INFILE_PEEK_MAX, &window)) > 0) {
		size_t blank = 0;
		while (blank < window.len && (ascii_space(window.p[blank]) || window.p[blank] == ','))
			blank++;
		v->array.at = text_place_behind(v->array.at, view_sub(window, 0, blank));
		take(v, blank);
		if (blank == window.len)
			continue;
		window = view_sub(window, blank, window.len);
		*again = find_envelope(v, window, &start);
		if (!*again)
			return wrong_at(v, v->array.at, &v->failure, "expected another object with an "
					"array of records, or the end");
		return begin_array(v, window, start);
	}
	return more < 0 ? more : SOW_OK;
}

/* CSV */

static int next_row(struct values *v, struct value *value, struct sow_error *err)
{
	struct view bytes, row;
	int status = 0;
	bool over = false;
	while (!status && !over) {
		int more = peek(v, 1, &bytes);
		if (more < 0)
			return more;
		over = !more;
		size_t before = bytes.len;
		status = over ? csv_end(&v->csv, &row) : csv_next(&v->csv, &bytes, &row);
		take(v, over ? 0 : before - bytes.len);
	}
	v->number = v->csv.start.line;
	if (status == SOW_INVALID) {
		if (!v->csv.has_header)
			return wrong_at(v, v->csv.where, &v->failure, "%s", v->csv.wrong);
		return wrong_at(v, v->csv.where, err, "%s", v->csv.wrong);
	}
	if (status == SOW_TOOBIG)
		return error_set(&v->failure, SOW_TOOBIG, "%s:%zu: the row is longer than %zu MiB",
				 v->name, v->csv.start.line, ARRAY_ELEMENT_MAX >> 20);
	if (status < 0)
		return error_nomem(&v->failure);
	if (status)
		*value = (struct value){ .json = row, .raw = row, .at = v->csv.start,
					 .is_line = true };
	return status;
}

static void use_csv(struct values *v, char delimiter)
{
	v->csv = (struct csv)CSV_INIT(delimiter);
	v->csv.at.line = v->number + 1;
	v->next = next_row;
	v->kind = delimiter == '\t' ? "TSV" : "CSV";
}

/* What kind of file it is */

/* What the first line holds: all of a value, values, or the beginning of one. */
enum first_line { LINE_WHOLE, LINE_MORE, LINE_BEGUN, LINE_BROKEN };

/* Another object begins where an object cannot: after a line that opens nothing. */
static bool begins_anew(struct view line, struct view rest)
{
	struct view before = view_trim(line), next = { 0 };
	while (view_line(&rest, &next) && !view_trim(next).len)
		;
	return before.len && !strchr("[{:,", before.p[before.len - 1]) && next.len &&
	       *next.p == '{';
}

static enum first_line look_at_line(struct view window)
{
	struct array one = ARRAY_BARE_INIT;
	struct view rest = window, line, element;
	bool ends = memchr(window.p, '\n', window.len) != NULL;
	view_line(&rest, &line);
	struct view left = line;
	int status = array_next(&one, &left, &element);
	bool in_text = one.in_text;
	array_release(&one);
	if (status > 0) {
		left = view_trim(left);
		return left.len && !(left.len == 1 && *left.p == ',') ? LINE_MORE : LINE_WHOLE;
	}
	/* a line break is never inside a text; what the window cuts is one long line */
	return !ends || in_text || begins_anew(line, rest) ? LINE_BROKEN : LINE_BEGUN;
}

static void use_lines(struct values *v)
{
	v->next = next_json_line;
	v->kind = "JSON Lines";
}

static void use_elements(struct values *v, bool bare)
{
	struct text_place at = v->array.at;
	array_release(&v->array);
	v->array = bare ? (struct array)ARRAY_BARE_INIT : (struct array)ARRAY_INIT;
	v->array.at = v->array.behind = at;
	v->next = next_element;
	v->kind = bare ? "JSON values one after another" : "a JSON array";
}

static int choose_object(struct values *v, struct view window)
{
	size_t start;
	if (find_envelope(v, window, &start))
		return begin_array(v, window, start);
	enum first_line line = look_at_line(window);
	if (line == LINE_WHOLE || line == LINE_BROKEN)
		use_lines(v);
	else
		use_elements(v, true);
	return SOW_OK;
}

static bool choose_array(struct values *v, struct view window)
{
	struct scan s = { window, 1 }, inside;
	struct view name;
	pass_blanks(&s);
	inside = s;
	char c = s.at < window.len ? window.p[s.at] : '\0';
	if (c == '{' && scan_char(&inside, '{') && scan_text(&inside, &name) && is_turn_name(name))
		use_elements(v, true); /* conversations */
	else if (c == '{' || c == '"' || c == '[' ||
		 (c == ']' && view_eqstr(view_trim(view_sub(window, s.at, window.len)), "]")))
		use_elements(v, false);
	else
		return false;
	return true;
}

static int choose_text(struct values *v, struct view window)
{
	struct view rest = window, line;
	size_t known = 0;
	view_line(&rest, &line);
	bool is_csv = is_called(v, ".csv"), is_tsv = is_called(v, ".tsv") || is_called(v, ".tab");
	bool is_json = is_called(v, ".json") || is_called(v, ".jsonl") || is_called(v, ".ndjson");
	char delimiter = csv_delimiter(line, &known);
	bool looks = known >= KNOWN_LEAST || (known && csv_is_names(line, delimiter));
	if (is_csv || is_tsv || (looks && !is_json))
		use_csv(v, is_tsv && !known ? '\t' : delimiter);
	else if (is_json)
		return wrong_at(v, (struct text_place){ v->number + 1, 1 }, &v->failure,
				"expected JSON: an object, an array or a text in double quotes");
	else
		v->next = next_text_line, v->kind = "plain text";
	return SOW_OK;
}

static int choose_by(struct values *v, struct view window)
{
	struct view rest = window, line;
	struct sow_error own = { 0 };
	if (v->o.lines) {
		v->next = next_text_line;
		v->kind = "plain text";
		return SOW_OK;
	}
	if (v->o.delimiter) {
		use_csv(v, v->o.delimiter);
		return SOW_OK;
	}
	if (*window.p == '{')
		return choose_object(v, window);
	if (*window.p == '[' && choose_array(v, window))
		return SOW_OK;
	if (*window.p == '"') {
		view_line(&rest, &line);
		line = without_comma(line);
		struct json *doc = json_parse(line.p, line.len, &own);
		json_free(doc);
		if (doc) {
			use_lines(v);
			return SOW_OK;
		}
	}
	return choose_text(v, window);
}

static size_t spaces(struct view v)
{
	size_t n = 0;
	while (n < v.len && ascii_space(v.p[n]))
		n++;
	return n;
}

/* Blank blocks go; the first line that says something stays whole. */
static int choose(struct values *v)
{
	struct view bytes;
	int status;
	v->next = next_text_line;
	v->kind = "nothing";
	while ((status = peek(v, INFILE_PEEK_MAX, &bytes)) > 0) {
		size_t blank = spaces(bytes), line = 0;
		bool found = blank < bytes.len;
		if (!found)
			line = blank;
		for (size_t i = 0; i < blank; i++) {
			if (bytes.p[i] != '\n')
				continue;
			v->number++;
			line = i + 1;
		}
		take(v, line);
		v->array.at = (struct text_place){ v->number + 1, 1 };
		if (!found)
			continue;
		struct view begun = view_sub(bytes, blank, bytes.len);
		if (*begun.p == '{' || *begun.p == '[') { /* these count their own columns */
			v->array.at.column = blank - line + 1;
			take(v, blank - line);
			return choose_by(v, begun);
		}
		return choose_by(v, begun);
	}
	return status;
}

int values_next(struct values *v, struct value *value, struct sow_error *err)
{
	struct sow_error own = { 0 };
	int status = v->failure.status;
	if (!status && !v->next)
		status = choose(v);
	if (!status)
		status = v->next(v, value, &own);
	if (status < 0 && status != SOW_INVALID && !v->too_long && !v->failure.status)
		v->failure = own;
	if (status < 0 && v->failure.status)
		own = v->failure;
	return status < 0 ? error_set(err, own.status, "%s", own.text) : status;
}

int value_broken(const struct value *value, const char *name, size_t offset,
		 const struct sow_error *why, struct sow_error *err)
{
	if (why->status != SOW_INVALID)
		return error_set(err, why->status, "%s", why->text);
	struct view json = value->json;
	struct text_place p = text_place_behind(value->at, view_sub(json, 0, offset));
	const char *nul = json.len ? memchr(json.p, '\0', json.len) : NULL;
	const char *said = why->text + why->said; /* without its own idea of the place */
	if (nul && (size_t)(nul - json.p) <= offset)
		said = "expected text, not a zero byte";
	else if (value->is_line && !view_trim(view_sub(json, offset, json.len)).len)
		said = "the line ends inside a JSON value; expected one whole object a line, or all in "
		       "one array";
	return error_set(err, SOW_INVALID, "%s:%zu:%zu: %s", name, p.line, p.column, said);
}

bool values_broken(const struct values *v)
{
	return v->failure.status != SOW_OK;
}

const char *values_name(const struct values *v)
{
	return v->name;
}

const char *values_kind(const struct values *v)
{
	return v->kind ? v->kind : "nothing";
}

struct view values_outside(const struct values *v)
{
	return view_from(v->outside.data, v->enveloped ? v->outside.len : 0);
}

size_t values_repaired(const struct values *v)
{
	return v->in ? infile_repaired(v->in) : 0;
}

bool values_are_lines(const struct values *v)
{
	return v->next == next_json_line || v->next == next_text_line;
}

size_t values_line(const struct values *v)
{
	return v->number;
}

/* Opening */

static struct values *make(const struct values_options *o, struct sow_error *err)
{
	struct values *v = mem_zalloc(sizeof(*v));
	if (!v) {
		error_nomem(err);
		return NULL;
	}
	v->array = (struct array)ARRAY_INIT;
	v->csv = (struct csv)CSV_INIT(',');
	v->outside = v->text = (struct buf)BUF_INIT;
	if (o)
		v->o = *o;
	return v;
}

static struct values *named(struct values *v, const char *name, struct sow_error *err)
{
	v->name = mem_copystr(name);
	if (v->name)
		return v;
	error_nomem(err);
	values_close(v);
	return NULL;
}

struct values *values_of(const char *name, struct view text, const struct values_options *o,
			 struct sow_error *err)
{
	struct values *v = make(o, err);
	if (!v)
		return NULL;
	v->rest = view_starts(text, "\xEF\xBB\xBF") ? view_sub(text, 3, text.len) : text;
	return named(v, name, err);
}

struct values *values_open(const char *path, const struct values_options *o, struct sow_error *err)
{
	struct values *v = make(o, err);
	if (!v)
		return NULL;
	v->in = infile_open(path, err);
	if (v->in)
		return named(v, infile_path(v->in), err);
	values_close(v);
	return NULL;
}

void values_close(struct values *v)
{
	if (!v)
		return;
	infile_close(v->in);
	array_release(&v->array);
	csv_release(&v->csv);
	buf_release(&v->outside);
	buf_release(&v->text);
	mem_free(v->name);
	mem_free(v);
}
