#include "io/json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/utf8.h"

/* A struct json is a yyjson_doc and a json_value a yyjson_val, under names of our own. */

static void *alc_malloc(void *ctx, size_t size)
{
	(void)ctx;
	return mem_alloc(size);
}

static void *alc_realloc(void *ctx, void *p, size_t old_size, size_t size)
{
	(void)ctx;
	(void)old_size;
	return mem_realloc(p, size);
}

static void alc_free(void *ctx, void *p)
{
	(void)ctx;
	mem_free(p);
}

static const yyjson_alc allocator = { alc_malloc, alc_realloc, alc_free, NULL };

/* What yyjson says, in words for somebody who wrote the text by hand. A sentence that
 * is not here is passed on as it is. */
static const struct {
	const char *theirs;
	const char *ours;
} words[] = {
	{ "unexpected character, expected a valid root value", "expected a value" },
	{ "unexpected character, expected a valid JSON value", "expected a value" },
	{ "unexpected character, expected a comma or a closing bracket", "expected , or ]" },
	{ "unexpected character, expected a comma or a closing brace", "expected , or }" },
	{ "unexpected character, expected a string for object key",
	  "expected a name in double quotes" },
	{ "unexpected character, expected a colon after object key", "expected : after the name" },
	{ "invalid literal, expected a valid literal such as 'true'", "expected true" },
	{ "invalid literal, expected a valid literal such as 'false'", "expected false" },
	{ "invalid literal, expected a valid literal such as 'null'", "expected null" },
	{ "trailing comma is not allowed", "expected no comma before the closing bracket" },
	{ "byte order mark (BOM) is not supported", "expected a value, not a byte order mark" },
	{ "UTF-16 encoding is not supported", "expected UTF-8, not UTF-16" },
	{ "UTF-32 encoding is not supported", "expected UTF-8, not UTF-32" },
	{ "number is infinity when parsed as double", "expected a number below 1.8e308" },
	{ "number with leading zero is not allowed", "expected no digit after a leading 0" },
	{ "no digit after minus sign", "expected a digit after the minus sign" },
	{ "no digit after decimal point", "expected a digit after the decimal point" },
	{ "no digit after exponent sign", "expected a digit in the exponent" },
	{ "unexpected control character in string",
	  "expected an escape such as \\n in place of a control character" },
	{ "invalid UTF-8 encoding in string", "expected UTF-8" },
	{ "invalid escaped character in string", "expected one of \" \\ / b f n r t u after \\" },
	{ "invalid escaped sequence in string", "expected four hex digits after \\u" },
	{ "invalid high surrogate in string", "expected a high surrogate before a low one" },
	{ "no low surrogate in string", "expected a low surrogate after a high one" },
	{ "invalid low surrogate in string", "expected a low surrogate after a high one" },
};

static const char *in_words(const yyjson_read_err *e)
{
	switch (e->code) {
	case YYJSON_READ_ERROR_INVALID_PARAMETER: /* no text at all */
	case YYJSON_READ_ERROR_EMPTY_CONTENT:
		return "expected a value, found nothing";
	case YYJSON_READ_ERROR_UNEXPECTED_END:
		return "unexpected end of the text";
	case YYJSON_READ_ERROR_UNEXPECTED_CONTENT:
		return "expected nothing more after the value";
	default:
		break;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(e->msg, words[i].theirs) == 0)
			return words[i].ours;
	}
	return strcmp(e->msg, "unclosed string") == 0 ? "unexpected end of the text" : e->msg;
}

/* Sets *err to why the text is not a document. Returns NULL. */
static struct json *refuse(const yyjson_read_err *e, struct view text, size_t *offset,
			   struct sow_error *err)
{
	size_t at = e->pos < text.len ? e->pos : text.len;
	if (offset)
		*offset = at;
	error_at(err, text.p, at, in_words(e));
	return NULL;
}

struct json *json_parse_at(const char *text, size_t len, size_t *offset, struct sow_error *err)
{
	yyjson_read_err e = { 0 };
	if (!len)
		text = "";
	/* The pointer is not const for the sake of reading in place, which is not asked for. */
	yyjson_doc *doc = yyjson_read_opts((char *)(uintptr_t)text, len, 0, &allocator, &e);
	return doc ? (struct json *)doc : refuse(&e, view_from(text, len), offset, err);
}

static void *in_arena(void *a, size_t size)
{
	return arena_alloc(a, size);
}

static void *moved_in_arena(void *a, void *p, size_t old_size, size_t size)
{
	void *moved = arena_alloc(a, size);
	if (p)
		memcpy(moved, p, old_size < size ? old_size : size);
	return moved;
}

static void left_in_arena(void *a, void *p)
{
	(void)a;
	(void)p;
}

/* The code unit of an escape "\uXXXX" at text[i]; false if there is none. */
static bool unit_at(struct view text, size_t i, unsigned *unit)
{
	*unit = 0;
	if (i + 6 > text.len || text.p[i] != '\\' || text.p[i + 1] != 'u')
		return false;
	for (size_t k = i + 2; k < i + 6; k++) {
		char c = ascii_lower(text.p[k]);
		if (!ascii_digit(c) && (c < 'a' || c > 'f'))
			return false;
		*unit = *unit * 16 + (unsigned)(ascii_digit(c) ? c - '0' : c - 'a' + 10);
	}
	return true;
}

/* How many bytes at text[i] stay together: a whole escape, a pair of surrogates, a character.
 * *bad if they are half a pair or no UTF-8. */
static size_t piece_at(struct view text, size_t i, bool *bad)
{
	uint32_t c;
	unsigned unit, low;
	*bad = false;
	if (unit_at(text, i, &unit)) {
		if (unit >= 0xD800 && unit < 0xDC00 && unit_at(text, i + 6, &low) &&
		    low >= 0xDC00 && low < 0xE000)
			return 12;
		*bad = unit >= 0xD800 && unit < 0xE000;
		return 6;
	}
	if (text.p[i] == '\\' && i + 1 < text.len && !(text.p[i + 1] & 0x80))
		return 2;
	size_t n = utf8_next(text.p + i, text.len - i, &c);
	*bad = !n;
	return n ? n : 1;
}

/* Writes `text` with U+FFFD for what is bad, until `to` holds `most` bytes; returns how far it
 * came. */
static size_t repair(struct view text, size_t most, struct buf *to, size_t *repairs)
{
	size_t i = 0;
	while (i < text.len && to->len < most) {
		bool bad;
		size_t n = piece_at(text, i, &bad);
		if (bad)
			buf_addstr(to, "\xEF\xBF\xBD");
		else
			buf_add(to, text.p + i, n);
		*repairs += bad;
		i += n;
	}
	return i;
}

/* NaN and Infinity, which are read as digits, become null. */
static void forget_non_numbers(yyjson_doc *doc)
{
	size_t count = yyjson_doc_get_val_count(doc);
	yyjson_val *v = yyjson_doc_get_root(doc);
	for (size_t i = 0; i < count; i++, v++) {
		const char *digits = yyjson_get_raw(v);
		if (!digits)
			continue;
		digits += *digits == '-';
		if (!ascii_digit(*digits))
			yyjson_set_null(v);
	}
}

static yyjson_doc *parse_in(struct view text, struct arena *a, yyjson_read_flag more,
			    yyjson_read_err *e)
{
	const yyjson_alc alc = { in_arena, moved_in_arena, left_in_arena, a };
	return yyjson_read_opts((char *)(uintptr_t)(text.len ? text.p : ""), text.len,
				YYJSON_READ_NUMBER_AS_RAW | more, &alc, e);
}

static yyjson_doc *parse_repaired(struct view text, struct arena *a, size_t *repaired,
				  yyjson_read_err *e)
{
	struct buf whole = BUF_INIT;
	size_t repairs = 0;
	repair(text, SIZE_MAX, &whole, &repairs);
	yyjson_doc *doc = parse_in(view_from(whole.data, whole.len), a,
				   YYJSON_READ_ALLOW_INF_AND_NAN, e);
	if (doc) {
		forget_non_numbers(doc);
		if (repaired)
			*repaired += repairs > 0;
	} else if (repairs) {
		size_t at = e->pos;
		buf_clear(&whole);
		e->pos = repair(text, at, &whole, &repairs);
	}
	buf_release(&whole);
	return doc;
}

struct json *json_parse_lenient(struct view text, struct arena *a, size_t *repaired, size_t *offset,
				struct sow_error *err)
{
	yyjson_read_err e = { 0 };
	yyjson_doc *doc = parse_in(text, a, 0, &e);
	if (!doc) {
		yyjson_read_err first = e;
		doc = parse_repaired(text, a, repaired, &e);
		if (!doc && first.code == YYJSON_READ_ERROR_UNEXPECTED_END)
			e = first;
	}
	return doc ? (struct json *)doc : refuse(&e, text, offset, err);
}

struct json *json_parse_exact(struct view text, struct arena *a, size_t *offset,
			      struct sow_error *err)
{
	yyjson_read_err e = { 0 };
	yyjson_doc *doc = parse_in(text, a, 0, &e);
	return doc ? (struct json *)doc : refuse(&e, text, offset, err);
}

const json_value *json_own(struct view text, struct arena *a)
{
	struct sow_error ignored;
	return text.p ? json_root(json_parse_lenient(text, a, NULL, NULL, &ignored)) : NULL;
}

struct json *json_parse(const char *text, size_t len, struct sow_error *err)
{
	return json_parse_at(text, len, NULL, err);
}

struct json *json_parse_line(const char *path, size_t number, struct view line,
			     struct sow_error *err)
{
	struct sow_error why = { 0 };
	struct json *doc = json_parse(line.p, line.len, &why);
	if (doc)
		return doc;
	if (why.line)
		error_set(err, SOW_INVALID, "%s:%zu:%zu: %s", path, number, why.column,
			  why.text + why.said);
	else
		error_set(err, why.status, "%s", why.text);
	return NULL;
}

void json_free(struct json *doc)
{
	yyjson_doc_free((yyjson_doc *)doc);
}

const json_value *json_root(const struct json *doc)
{
	return (const json_value *)yyjson_doc_get_root((yyjson_doc *)(uintptr_t)doc);
}

/* yyjson's getters take no const, and change nothing. */
static yyjson_val *theirs(const json_value *v)
{
	return (yyjson_val *)(uintptr_t)v;
}

enum json_type json_type(const json_value *v)
{
	switch (yyjson_get_type(theirs(v))) {
	case YYJSON_TYPE_NULL:
		return JSON_NULL;
	case YYJSON_TYPE_BOOL:
		return JSON_BOOL;
	case YYJSON_TYPE_NUM:
	case YYJSON_TYPE_RAW: /* a number in its digits */
		return JSON_NUMBER;
	case YYJSON_TYPE_STR:
		return JSON_TEXT;
	case YYJSON_TYPE_ARR:
		return JSON_ARRAY;
	case YYJSON_TYPE_OBJ:
		return JSON_OBJECT;
	default:
		return JSON_NOTHING;
	}
}

bool json_is_missing(const json_value *v)
{
	return json_type(v) == JSON_NOTHING || json_type(v) == JSON_NULL;
}

const char *json_type_name(enum json_type t)
{
	static const char *const names[] = {
		[JSON_NOTHING] = "nothing",
		[JSON_NULL] = "null",
		[JSON_BOOL] = "true or false",
		[JSON_NUMBER] = "a number",
		[JSON_TEXT] = "a text",
		[JSON_ARRAY] = "an array",
		[JSON_OBJECT] = "an object",
	};
	return (size_t)t < sizeof(names) / sizeof(names[0]) ? names[t] : names[JSON_NOTHING];
}

const json_value *json_get(const json_value *object, const char *key)
{
	return json_find(object, view_of(key));
}

const json_value *json_find(const json_value *object, struct view key)
{
	return (const json_value *)yyjson_obj_getn(theirs(object), key.p, key.len);
}

const json_value *json_get_next(const json_value *object, const json_value **next, const char *key)
{
	const json_value *m = *next;
	if (!m || !view_eqstr(json_key(m), key))
		return json_get(object, key);
	*next = json_next(object, m);
	return m;
}

struct view json_text(const json_value *v)
{
	return view_from(yyjson_get_str(theirs(v)), yyjson_get_len(theirs(v)));
}

double json_number(const json_value *v)
{
	const char *digits = yyjson_get_raw(theirs(v));
	return digits ? strtod(digits, NULL) : yyjson_get_num(theirs(v));
}

static bool raw_integer(const char *digits, int64_t *n)
{
	char *end;
	errno = 0;
	*n = strtoll(digits, &end, 10);
	return !*end && !errno;
}

static bool as_integer(yyjson_val *v, int64_t *n)
{
	const double limit = 9223372036854775808.0; /* 2^63 */
	if (yyjson_is_sint(v)) {
		*n = yyjson_get_sint(v);
		return true;
	}
	if (yyjson_is_uint(v) && yyjson_get_uint(v) <= INT64_MAX) {
		*n = (int64_t)yyjson_get_uint(v);
		return true;
	}
	const char *digits = yyjson_get_raw(v);
	if (digits && raw_integer(digits, n))
		return true;
	double x = digits ? strtod(digits, NULL) : yyjson_get_real(v);
	if ((digits || yyjson_is_real(v)) && x >= -limit && x < limit && trunc(x) == x) {
		*n = (int64_t)x;
		return true;
	}
	return false;
}

int64_t json_integer(const json_value *v)
{
	int64_t n;
	return as_integer(theirs(v), &n) ? n : 0;
}

bool json_is_integer(const json_value *v)
{
	int64_t n;
	return as_integer(theirs(v), &n);
}

bool json_bool(const json_value *v)
{
	return yyjson_get_bool(theirs(v));
}

/* In memory a container is followed by all it holds, in order, an object's values each
 * behind its key; the next of a container is therefore its end. */

size_t json_count(const json_value *container)
{
	yyjson_val *c = theirs(container);
	return yyjson_is_obj(c) ? yyjson_obj_size(c) : yyjson_arr_size(c);
}

const json_value *json_first(const json_value *container)
{
	yyjson_val *c = theirs(container);
	if (!json_count(container))
		return NULL;
	return (const json_value *)(yyjson_is_obj(c) ? c + 2 : c + 1);
}

const json_value *json_next(const json_value *container, const json_value *v)
{
	yyjson_val *c = theirs(container);
	if (!yyjson_is_ctn(c) || !v)
		return NULL;
	yyjson_val *next = unsafe_yyjson_get_next(theirs(v));
	if (next >= unsafe_yyjson_get_next(c))
		return NULL;
	return (const json_value *)(yyjson_is_obj(c) ? next + 1 : next);
}

struct view json_key(const json_value *member)
{
	return member ? json_text((const json_value *)(theirs(member) - 1)) : view_of(NULL);
}

/* Behind the JSON text that begins at text[at]. */
static size_t behind_text(struct view text, size_t at)
{
	for (at++; at < text.len && text.p[at] != '"'; at++)
		at += text.p[at] == '\\';
	return at + 1;
}

/* Names and texts lie in memory in the order in which they stand in the text. */
size_t json_place(const struct json *doc, struct view text, const json_value *member)
{
	size_t before = 0, at = 0;
	for (yyjson_val *v = theirs(json_root(doc)); v + 1 < theirs(member); v++)
		before += yyjson_is_str(v);
	while (at < text.len) {
		if (text.p[at] != '"') {
			at++;
			continue;
		}
		if (!before--)
			return at;
		at = behind_text(text, at);
	}
	return text.len;
}

/* Writing a value alone */

void json_add_number(struct buf *out, double x)
{
	yyjson_mut_val v = { 0 };
	size_t len;
	yyjson_mut_set_real(&v, x);
	char *text = yyjson_mut_val_write_opts(&v, YYJSON_WRITE_NOFLAG, &allocator, &len, NULL);
	if (text)
		buf_add(out, text, len);
	else if (!out->status)
		out->status = SOW_INVALID;
	mem_free(text);
}

void json_add_value(struct buf *out, const json_value *v)
{
	const char *digits = yyjson_get_raw(theirs(v));
	size_t len;
	if (json_type(v) == JSON_TEXT) {
		json_add_text(out, json_text(v));
		return;
	}
	if (digits) {
		buf_add(out, digits, yyjson_get_len(theirs(v)));
		return;
	}
	/* yyjson's writer, which does not recurse: values may be nested as deep as they like */
	char *text = yyjson_val_write_opts(theirs(v), YYJSON_WRITE_NOFLAG, &allocator, &len, NULL);
	if (text)
		buf_add(out, text, len);
	else if (v && !out->status)
		out->status = SOW_INVALID;
	mem_free(text);
}

void json_add_key(struct buf *out, struct view key)
{
	bool is_first = out->len && out->data[out->len - 1] == '{';
	buf_addstr(out, is_first ? "\"" : ",\"");
	json_escape(out, key);
	buf_addstr(out, "\":");
}

void json_add_member(struct buf *out, const json_value *member)
{
	json_add_key(out, json_key(member));
	json_add_value(out, member);
}

struct view json_compact(const json_value *v, struct arena *a)
{
	struct buf text = BUF_INIT;
	json_add_value(&text, v);
	return arena_takebuf(a, &text);
}

struct view json_scalar(const json_value *v, struct arena *a)
{
	switch (json_type(v)) {
	case JSON_TEXT:
		return json_text(v);
	case JSON_BOOL:
		return view_of(json_bool(v) ? "true" : "false");
	case JSON_NUMBER:
		if (yyjson_get_raw(theirs(v)))
			return view_from(yyjson_get_raw(theirs(v)), yyjson_get_len(theirs(v)));
		return json_compact(v, a);
	default:
		return (struct view){ 0 };
	}
}

int json_indent(struct view json, struct buf *out)
{
	size_t len;
	yyjson_doc *doc = yyjson_read_opts((char *)(uintptr_t)json.p, json.len,
					   YYJSON_READ_NUMBER_AS_RAW, &allocator, NULL);
	char *text = doc ? yyjson_write_opts(doc, YYJSON_WRITE_PRETTY_TWO_SPACES, &allocator, &len, NULL)
			 : NULL;
	yyjson_doc_free(doc);
	int status = text ? buf_add(out, text, len) : SOW_INVALID;
	mem_free(text);
	return status;
}
