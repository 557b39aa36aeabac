#include "io/json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

#include "base/arena.h"
#include "base/bits.h"
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

struct json *json_parse_at(const char *text, size_t len, size_t *offset, struct sow_error *err)
{
	yyjson_read_err e = { 0 };
	if (!len)
		text = "";
	/* The pointer is not const for the sake of reading in place, which is not asked for. */
	yyjson_doc *doc = yyjson_read_opts((char *)(uintptr_t)text, len, 0, &allocator, &e);
	if (doc)
		return (struct json *)doc;
	if (e.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION) {
		error_nomem(err);
		return NULL;
	}
	size_t at = e.pos < len ? e.pos : len;
	if (offset)
		*offset = at;
	error_at(err, text, at, in_words(&e));
	return NULL;
}

static void *in_arena(void *a, size_t size)
{
	return arena_alloc(a, size);
}

static void *moved_in_arena(void *a, void *p, size_t old_size, size_t size)
{
	void *moved = arena_alloc(a, size);
	if (moved && p)
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
	while (i < text.len && to->len < most && !to->status) {
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
static size_t forget_non_numbers(yyjson_doc *doc)
{
	size_t count = yyjson_doc_get_val_count(doc), found = 0;
	yyjson_val *v = yyjson_doc_get_root(doc);
	for (size_t i = 0; i < count; i++, v++) {
		const char *digits = yyjson_get_raw(v);
		if (!digits)
			continue;
		digits += *digits == '-';
		if (!ascii_digit(*digits)) {
			yyjson_set_null(v);
			found++;
		}
	}
	return found;
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
	if (buf_failed(&whole)) {
		buf_release(&whole);
		e->code = YYJSON_READ_ERROR_MEMORY_ALLOCATION;
		return NULL;
	}
	yyjson_doc *doc = parse_in(view_from(whole.data, whole.len), a,
				   YYJSON_READ_ALLOW_INF_AND_NAN, e);
	if (doc) {
		forget_non_numbers(doc);
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
	if (!doc && e.code != YYJSON_READ_ERROR_MEMORY_ALLOCATION) {
		yyjson_read_err first = e;
		doc = parse_repaired(text, a, repaired, &e);
		if (!doc && first.code == YYJSON_READ_ERROR_UNEXPECTED_END)
			e = first;
	}
	if (doc)
		return (struct json *)doc;
	if (e.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION) {
		error_nomem(err);
		return NULL;
	}
	size_t at = e.pos < text.len ? e.pos : text.len;
	if (offset)
		*offset = at;
	error_at(err, text.p, at, in_words(&e));
	return NULL;
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
	return (const json_value *)yyjson_obj_get(theirs(object), key);
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

/* --- writing: straight into the text, which is compact */

struct level {
	bool object;
	bool filled;            /* a value stands in it already */
};

struct json_out {
	struct buf text;
	struct level *open;     /* the containers that are open, outermost first */
	size_t depth, room;
	bool has_root;
	int status;
};

struct json_out *json_out_new(void)
{
	struct json_out *out = mem_zalloc(sizeof(*out));
	if (out)
		out->text = (struct buf)BUF_INIT;
	return out;
}

static void empty(struct json_out *out)
{
	buf_renew(&out->text);
	out->depth = 0;
	out->has_root = false;
	out->status = SOW_OK;
}

void json_out_free(struct json_out *out)
{
	if (!out)
		return;
	buf_release(&out->text);
	mem_free(out->open);
	mem_free(out);
}

static void fail(struct json_out *out, int status)
{
	if (!out->status)
		out->status = status;
}

/* Control characters in upper case, as documents have always been written, or in lower case, as
 * requests have. */
static void escape(struct buf *out, struct view text, bool upper);

static void add_quoted(struct json_out *out, struct view text)
{
	size_t bad;
	if (text.len && !utf8_valid(text.p, text.len, &bad)) {
		fail(out, SOW_INVALID);
		return;
	}
	buf_addch(&out->text, '"');
	escape(&out->text, text, true);
	buf_addch(&out->text, '"');
}

/* Writes what stands before a value with this `key`; false if it has no place. */
static bool begin_value(struct json_out *out, const char *key)
{
	struct level *in = out->depth ? &out->open[out->depth - 1] : NULL;
	if (out->status)
		return false;
	if ((in && in->object) != (key != NULL) || (!in && out->has_root)) {
		fail(out, SOW_INVALID);
		return false;
	}
	out->has_root = true;
	if (in && in->filled)
		buf_addch(&out->text, ',');
	if (in)
		in->filled = true;
	if (key) {
		add_quoted(out, view_of(key));
		buf_addch(&out->text, ':');
	}
	return true;
}

static void open_container(struct json_out *out, const char *key, bool object)
{
	if (!begin_value(out, key))
		return;
	if (mem_grow(&out->open, &out->room, out->depth + 1)) {
		fail(out, SOW_NOMEM);
		return;
	}
	out->open[out->depth++] = (struct level){ .object = object };
	buf_addch(&out->text, object ? '{' : '[');
}

void json_out_object(struct json_out *out, const char *key)
{
	open_container(out, key, true);
}

void json_out_array(struct json_out *out, const char *key)
{
	open_container(out, key, false);
}

void json_out_end(struct json_out *out)
{
	if (out->status)
		return;
	if (out->depth)
		buf_addch(&out->text, out->open[--out->depth].object ? '}' : ']');
	else
		fail(out, SOW_INVALID);
}

void json_out_text(struct json_out *out, const char *key, struct view text)
{
	if (begin_value(out, key))
		add_quoted(out, text);
}

void json_out_integer(struct json_out *out, const char *key, int64_t n)
{
	char digits[24];
	snprintf(digits, sizeof(digits), "%" PRId64, n);
	if (begin_value(out, key))
		buf_addstr(&out->text, digits);
}

void json_out_number(struct json_out *out, const char *key, double x)
{
	if (!isfinite(x))
		fail(out, SOW_INVALID);
	else if (begin_value(out, key))
		json_add_number(&out->text, x);
}

void json_out_bool(struct json_out *out, const char *key, bool b)
{
	if (begin_value(out, key))
		buf_addstr(&out->text, b ? "true" : "false");
}

void json_out_null(struct json_out *out, const char *key)
{
	if (begin_value(out, key))
		buf_addstr(&out->text, "null");
}

void json_out_value(struct json_out *out, const char *key, const json_value *v)
{
	if (!v)
		json_out_null(out, key);
	else if (begin_value(out, key))
		json_add_value(&out->text, v);
}

void json_out_raw(struct json_out *out, const char *key, struct view json)
{
	if (begin_value(out, key))
		buf_add(&out->text, json.p, json.len);
}

void json_out_members(struct json_out *out, struct view object)
{
	struct level *in = out->depth ? &out->open[out->depth - 1] : NULL;
	if (object.len <= 2 || out->status)
		return;
	if (!in || !in->object) {
		fail(out, SOW_INVALID);
		return;
	}
	if (in->filled)
		buf_addch(&out->text, ',');
	in->filled = true;
	buf_add(&out->text, object.p + 1, object.len - 2);
}

/* Indented, which is for people and rare: the text is read again. */
static int write_pretty(struct json_out *out, struct buf *buf)
{
	yyjson_write_err e = { 0 };
	size_t len;
	yyjson_doc *doc = yyjson_read_opts(out->text.data, out->text.len, YYJSON_READ_NUMBER_AS_RAW,
					   &allocator, NULL);
	char *text = doc ? yyjson_write_opts(doc, YYJSON_WRITE_PRETTY_TWO_SPACES, &allocator, &len, &e)
			 : NULL;
	yyjson_doc_free(doc);
	int status = text ? buf_add(buf, text, len) : SOW_NOMEM;
	mem_free(text);
	return status;
}

static int write_out(struct json_out *out, struct buf *buf, enum json_style style)
{
	if (out->status)
		return out->status;
	if (out->text.status)
		return out->text.status;
	if (!out->has_root || out->depth)
		return SOW_INVALID;
	return style == JSON_PRETTY ? write_pretty(out, buf)
				    : buf_add(buf, out->text.data, out->text.len);
}

int json_out_write(struct json_out *out, struct buf *buf, enum json_style style)
{
	int status = write_out(out, buf, style);
	empty(out);
	return status;
}

/* --- texts and numbers alone */

/* What stands behind the backslash for a byte that needs one; 'u' for four hex digits. */
static char escape_of(unsigned char c)
{
	static const char controls[32] = "uuuuuuuubtnufruuuuuuuuuuuuuuuuuu";
	if (c < sizeof(controls))
		return controls[c];
	return c == '"' || c == '\\' ? (char)c : '\0';
}

/* None of the eight bytes needs an escape. */
static bool is_plain(const char *text)
{
	uint64_t v = bits_load(text);
	return !(bits_has_below(v, 0x20) | bits_has_zero(v ^ BITS_EACH('"')) |
		 bits_has_zero(v ^ BITS_EACH('\\')));
}

static void escape(struct buf *out, struct view text, bool upper)
{
	size_t plain = 0; /* where what has not been copied yet begins */
	if (!text.len)
		return;
	for (size_t i = 0; i < text.len; i++) {
		while (i + 8 <= text.len && is_plain(text.p + i))
			i += 8;
		if (i == text.len)
			break;
		unsigned char c = (unsigned char)text.p[i];
		char letter = escape_of(c);
		if (!letter)
			continue;
		buf_add(out, text.p + plain, i - plain);
		plain = i + 1;
		if (letter != 'u') {
			buf_add(out, (const char[]){ '\\', letter }, 2);
			continue;
		}
		char digits[8];
		int len = upper ? snprintf(digits, sizeof(digits), "\\u%04X", c)
				: snprintf(digits, sizeof(digits), "\\u%04x", c);
		buf_add(out, digits, (size_t)len);
	}
	buf_add(out, text.p + plain, text.len - plain);
}

void json_escape(struct buf *out, struct view text)
{
	escape(out, text, false);
}

void json_add_number(struct buf *out, double x)
{
	yyjson_mut_val v = { 0 };
	size_t len;
	yyjson_mut_set_real(&v, x);
	char *text = yyjson_mut_val_write_opts(&v, YYJSON_WRITE_NOFLAG, &allocator, &len, NULL);
	if (text)
		buf_add(out, text, len);
	else if (!out->status)
		out->status = SOW_NOMEM;
	mem_free(text);
}

void json_add_value(struct buf *out, const json_value *v)
{
	const char *digits = yyjson_get_raw(theirs(v));
	size_t len;
	if (json_type(v) == JSON_TEXT) {
		buf_addch(out, '"');
		escape(out, json_text(v), true);
		buf_addch(out, '"');
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
	else if (!out->status)
		out->status = SOW_NOMEM;
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
