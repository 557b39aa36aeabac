#include "io/json.h"

#include <math.h>
#include <string.h>
#include <yyjson.h>

#include "base/error.h"
#include "base/mem.h"

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
	return yyjson_get_num(theirs(v));
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
	double x = yyjson_get_real(v);
	if (yyjson_is_real(v) && x >= -limit && x < limit && trunc(x) == x) {
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

/* --- writing */

struct json_out {
	yyjson_mut_doc *doc;    /* made by the first value */
	yyjson_mut_val **open;  /* the containers that are open, outermost first */
	size_t depth;
	size_t room;
	int status;
};

struct json_out *json_out_new(void)
{
	return mem_zalloc(sizeof(struct json_out));
}

static void empty(struct json_out *out)
{
	yyjson_mut_doc_free(out->doc);
	out->doc = NULL;
	out->depth = 0;
	out->status = SOW_OK;
}

void json_out_free(struct json_out *out)
{
	if (!out)
		return;
	empty(out);
	mem_free(out->open);
	mem_free(out);
}

static void fail(struct json_out *out, int status)
{
	if (!out->status)
		out->status = status;
}

/* True if a value with this `key` has a place; the document is there then. */
static bool ready(struct json_out *out, const char *key)
{
	if (out->status)
		return false;
	if (!out->doc)
		out->doc = yyjson_mut_doc_new(&allocator);
	if (!out->doc) {
		fail(out, SOW_NOMEM);
		return false;
	}
	bool in_object = out->depth && yyjson_mut_is_obj(out->open[out->depth - 1]);
	bool second_root = !out->depth && yyjson_mut_doc_get_root(out->doc);
	if (in_object != (key != NULL) || second_root) {
		fail(out, SOW_INVALID);
		return false;
	}
	return true;
}

/* Puts `v`, NULL if it could not be made, where it belongs. */
static void place(struct json_out *out, const char *key, yyjson_mut_val *v)
{
	bool placed = v != NULL;
	if (v && !out->depth) {
		yyjson_mut_doc_set_root(out->doc, v);
	} else if (v && key) {
		yyjson_mut_val *k = yyjson_mut_strcpy(out->doc, key);
		placed = k && yyjson_mut_obj_add(out->open[out->depth - 1], k, v);
	} else if (v) {
		placed = yyjson_mut_arr_append(out->open[out->depth - 1], v);
	}
	if (!placed)
		fail(out, SOW_NOMEM);
}

static void open_container(struct json_out *out, const char *key, yyjson_mut_val *v)
{
	place(out, key, v);
	if (out->status)
		return;
	if (mem_grow(&out->open, &out->room, out->depth + 1)) {
		fail(out, SOW_NOMEM);
		return;
	}
	out->open[out->depth++] = v;
}

void json_out_object(struct json_out *out, const char *key)
{
	if (ready(out, key))
		open_container(out, key, yyjson_mut_obj(out->doc));
}

void json_out_array(struct json_out *out, const char *key)
{
	if (ready(out, key))
		open_container(out, key, yyjson_mut_arr(out->doc));
}

void json_out_end(struct json_out *out)
{
	if (out->status)
		return;
	if (out->depth)
		out->depth--;
	else
		fail(out, SOW_INVALID);
}

void json_out_text(struct json_out *out, const char *key, struct view text)
{
	if (ready(out, key))
		place(out, key, yyjson_mut_strncpy(out->doc, text.len ? text.p : "", text.len));
}

void json_out_integer(struct json_out *out, const char *key, int64_t n)
{
	if (ready(out, key))
		place(out, key, yyjson_mut_sint(out->doc, n));
}

void json_out_number(struct json_out *out, const char *key, double x)
{
	if (ready(out, key))
		place(out, key, yyjson_mut_real(out->doc, x));
}

void json_out_bool(struct json_out *out, const char *key, bool b)
{
	if (ready(out, key))
		place(out, key, yyjson_mut_bool(out->doc, b));
}

void json_out_null(struct json_out *out, const char *key)
{
	if (ready(out, key))
		place(out, key, yyjson_mut_null(out->doc));
}

void json_out_value(struct json_out *out, const char *key, const json_value *v)
{
	if (!v)
		json_out_null(out, key);
	else if (ready(out, key))
		place(out, key, yyjson_val_mut_copy(out->doc, theirs(v)));
}

static int write_out(struct json_out *out, struct buf *buf, enum json_style style)
{
	if (out->status)
		return out->status;
	if (!out->doc || out->depth)
		return SOW_INVALID;
	yyjson_write_err e = { 0 };
	size_t len;
	char *text = yyjson_mut_write_opts(out->doc,
		style == JSON_PRETTY ? YYJSON_WRITE_PRETTY_TWO_SPACES : YYJSON_WRITE_NOFLAG,
		&allocator, &len, &e);
	if (!text)
		return e.code == YYJSON_WRITE_ERROR_MEMORY_ALLOCATION ? SOW_NOMEM : SOW_INVALID;
	int status = buf_add(buf, text, len);
	mem_free(text);
	return status;
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

void json_escape(struct buf *out, struct view text)
{
	size_t plain = 0; /* where what has not been copied yet begins */
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];
		char escape = escape_of(c);
		if (!escape)
			continue;
		buf_add(out, text.p + plain, i - plain);
		plain = i + 1;
		if (escape == 'u')
			buf_addf(out, "\\u%04x", c);
		else
			buf_add(out, (const char[]){ '\\', escape }, 2);
	}
	buf_add(out, text.p + plain, text.len - plain);
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
