/* Writing JSON: straight into the text, which is compact. */
#include "io/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/bits.h"
#include "base/mem.h"
#include "base/utf8.h"

/* Texts */

/* The character after the backslash for a byte that needs one; 'u' for four hex digits. */
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

/* Control characters in upper case, as documents have always been written, or in lower case, as
 * requests have. */
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

void json_add_text(struct buf *out, struct view text)
{
	buf_addch(out, '"');
	escape(out, text, true);
	buf_addch(out, '"');
}

/* Documents */

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

static void add_quoted(struct json_out *out, struct view text)
{
	size_t bad;
	if (text.len && !utf8_valid(text.p, text.len, &bad)) {
		fail(out, SOW_INVALID);
		return;
	}
	json_add_text(&out->text, text);
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
	mem_grow(&out->open, &out->room, out->depth + 1);
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

static int write_out(struct json_out *out, struct buf *buf, enum json_style style)
{
	if (out->status)
		return out->status;
	if (out->text.status)
		return out->text.status;
	if (!out->has_root || out->depth)
		return SOW_INVALID;
	return style == JSON_PRETTY ? json_indent(view_from(out->text.data, out->text.len), buf)
				    : buf_add(buf, out->text.data, out->text.len);
}

int json_out_write(struct json_out *out, struct buf *buf, enum json_style style)
{
	int status = write_out(out, buf, style);
	empty(out);
	return status;
}
