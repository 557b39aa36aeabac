#include "teacher/http/mend.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

/* Private characters of the last plane: F4 8F 80 80 to F4 8F A3 BF. */
#define HALVES 0x10F000u               /* + a surrogate - D800 */
#define BYTES 0x10F800u                /* + a byte */

static void put_private(struct buf *out, uint32_t c)
{
	const char text[4] = { (char)(0xF0 | c >> 18), (char)(0x80 | (c >> 12 & 63)),
			       (char)(0x80 | (c >> 6 & 63)), (char)(0x80 | (c & 63)) };
	buf_add(out, text, sizeof(text));
}

/* The number in four hexadecimal digits after "\u"; -1 if they are missing. */
static int32_t read_hex(struct view v)
{
	int32_t n = 0;
	if (v.len < 6 || v.p[0] != '\\' || v.p[1] != 'u')
		return -1;
	for (size_t i = 2; i < 6; i++) {
		char c = ascii_lower(v.p[i]);
		if (!ascii_digit(c) && !(c >= 'a' && c <= 'f'))
			return -1;
		n = n * 16 + (ascii_digit(c) ? c - '0' : c - 'a' + 10);
	}
	return n;
}

static bool is_high(int32_t c)
{
	return c >= 0xD800 && c < 0xDC00;
}

static bool is_low(int32_t c)
{
	return c >= 0xDC00 && c < 0xE000;
}

/* Appends the repair of the escape at the beginning; returns how many bytes it took. */
static size_t mend_escape(struct view v, struct buf *out)
{
	int32_t c = read_hex(v);
	if (is_high(c) && is_low(read_hex(view_sub(v, 6, v.len)))) {
		buf_add(out, v.p, 12);
		return 12;
	}
	if (is_high(c) || is_low(c)) {
		put_private(out, HALVES + (uint32_t)c - 0xD800);
		return 6;
	}
	bool is_known = v.len > 1 && (c >= 0 || strchr("\"\\/bfnrt", v.p[1]));
	if (!is_known || !v.p[1]) {
		buf_addstr(out, "\\\\");
		return 1;
	}
	size_t len = c >= 0 ? 6 : 2;
	buf_add(out, v.p, len);
	return len;
}

/* One character within a text. */
static size_t mend_character(struct view v, struct buf *out)
{
	uint32_t c;
	unsigned char first = (unsigned char)*v.p;
	if (first == '\\')
		return mend_escape(v, out);
	if (first < ' ')
		return buf_addf(out, "\\u%04x", first), 1;
	size_t len = utf8_next(v.p, v.len, &c);
	if (!len)
		return put_private(out, BYTES + first), 1;
	buf_add(out, v.p, len);
	return len;
}

/* Numbers that JSON does not have. */
static size_t mend_number(struct view v, struct buf *out)
{
	static const char *const names[] = { "-Infinity", "Infinity", "-NaN", "NaN", "-nan", "nan",
					     "-inf", "inf" };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (view_starts(v, names[i]))
			return buf_addstr(out, "null"), strlen(names[i]);
	}
	return 0;
}

void mend_json(struct view text, struct buf *out)
{
	static const char mark[] = "\xEF\xBB\xBF";
	bool in_text = false;
	size_t at = view_starts(text, mark) ? strlen(mark) : 0;
	while (at < text.len) {
		struct view rest = view_sub(text, at, text.len);
		size_t took = !in_text ? mend_number(rest, out)
			      : *rest.p != '"' ? mend_character(rest, out)
					       : 0;
		if (!took) {
			in_text ^= *rest.p == '"';
			buf_addch(out, *rest.p);
			took = 1;
		}
		at += took;
	}
}

/* The code of the private character at the beginning; 0 if it is another character. */
static uint32_t read_private(struct view v)
{
	uint32_t c;
	if (v.len < 4 || v.p[0] != '\xF4' || v.p[1] != '\x8F' || !utf8_next(v.p, v.len, &c))
		return 0;
	return c >= HALVES && c <= BYTES + 0xFF ? c : 0;
}

static size_t undo_one(struct view v, struct buf *out)
{
	uint32_t c = read_private(v);
	if (!c)
		return buf_addch(out, *v.p), 1;
	if (c >= BYTES)
		return buf_addch(out, (char)(c - BYTES)), 4;
	uint32_t low = read_private(view_sub(v, 4, v.len));
	bool is_pair = c < HALVES + 0x400 && low >= HALVES + 0x400 && low < BYTES;
	if (!is_pair)
		return buf_addstr(out, "\xEF\xBF\xBD"), 4;
	put_private(out, 0x10000 + ((c - HALVES) << 10) + (low - HALVES - 0x400));
	return 8;
}

void mend_undo(struct view text, struct buf *out)
{
	for (size_t at = 0; at < text.len;)
		at += undo_one(view_sub(text, at, text.len), out);
}
