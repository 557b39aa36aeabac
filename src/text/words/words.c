#include "text/words.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "text/letter.h"
#include "text/spacing.h"
#include "text/words/uniwords.h"

typedef int each_fn(void *data, struct view word);

/* What a byte of ASCII is in lower case, a blank for every separator. */
static const char ascii_folded[129] =
	"                                "
	"                0123456789      "
	" abcdefghijklmnopqrstuvwxyz     "
	" abcdefghijklmnopqrstuvwxyz     ";

/* Lower case into `out`, a blank for every separator; returns the length, at most `len`. */
static size_t fold_ascii(char *out, const char *text, size_t len)
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if ((unsigned char)c < 0x80) {
			out[n++] = ascii_folded[(unsigned char)c];
		} else if (len - i >= 3 && memcmp(text + i, "\xE2\x84\xAA", 3) == 0) {
			out[n++] = 'k';
			i += 2;
		} else if (len - i >= 2 && memcmp(text + i, "\xC4\xB0", 2) == 0) {
			out[n++] = 'i'; /* and U+0307, a separator */
			out[n++] = ' ';
			i++;
		} else {
			out[n++] = ' ';
		}
	}
	return n;
}

static int each_ascii(char *scratch, const char *text, size_t len, each_fn *each, void *data)
{
	size_t n = fold_ascii(scratch, text, len);
	for (size_t at = 0; at < n;) {
		size_t start = at;
		while (at < n && scratch[at] != ' ')
			at++;
		int status = at > start ? each(data, view_from(scratch + start, at - start)) : 0;
		if (status)
			return status;
		at++;
	}
	return SOW_OK;
}

/* What UAX #29 knows of ASCII, for the short way of WORDS_UNICODE: L letter, D digit,
 * _ ExtendNumLet, : MidLetter, comma MidNum, full stop MidNumLet, O other. */
static const char ascii_class[129] =
	"OOOOOOOOOOOOOOOOOOOOOOOOOOOOOOOO"
	"OOOOOOO.OOOO,O.ODDDDDDDDDD:,OOOO"
	"OLLLLLLLLLLLLLLLLLLLLLLLLLLOOOO_"
	"OLLLLLLLLLLLLLLLLLLLLLLLLLLOOOOO";

static char class_of(char c)
{
	return ascii_class[(unsigned char)c & 127];
}

/* WB6, WB7, WB11, WB12: "don't", "e.g", "3.14", "1,000". text[at - 1] is in a word. */
static bool bridges(const char *text, size_t len, size_t at)
{
	char before = class_of(text[at - 1]), here = class_of(text[at]);
	if (at + 1 == len || class_of(text[at + 1]) != before)
		return false;
	return (before == 'L' && (here == ':' || here == '.')) ||
	       (before == 'D' && (here == ',' || here == '.'));
}

/* The words of a text that is all ASCII; `lower` is the same text in lower case. */
static int each_plain(const char *lower, size_t len, each_fn *each, void *data)
{
	for (size_t at = 0; at < len;) {
		size_t start = at;
		while (at < len && class_of(lower[at]) == 'L')
			at++;
		bool is_word = at > start;
		for (; at < len; at++) {
			char c = class_of(lower[at]);
			if (c == 'L' || c == 'D')
				is_word = true;
			else if (c != '_' && (at == start || !bridges(lower, len, at)))
				break;
		}
		int status = is_word ? each(data, view_from(lower + start, at - start)) : 0;
		if (status)
			return status;
		at += at == start;
	}
	return SOW_OK;
}

/* The piece at the front of `text`, all ASCII or not, that ends behind a newline, before a
 * blank or before a bad byte. */
static size_t next_piece(const char *text, size_t len, bool *is_ascii)
{
	size_t blank = 0; /* the last one, not the first byte */
	*is_ascii = true;
	for (size_t at = 0; at < len;) {
		uint32_t c = (unsigned char)text[at];
		size_t n = c < 0x80 ? 1 : utf8_next(text + at, len - at, &c);
		if (!n)
			return at;
		if (c == '\n')
			return at + 1;
		if (c == ' ' && at) {
			if (!*is_ascii)
				return at;
			blank = at;
		}
		if (c >= 0x80 && *is_ascii) {
			if (blank)
				return blank;
			*is_ascii = false;
		}
		at += n;
	}
	return len;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c; /* a loop of it becomes vector code */
}

/* Piece by piece, because no rule of UAX #29 joins a blank to what stands before it, or looks
 * across a newline: an accent slows down its own word only. */
static int each_unicode(char *scratch, const char *text, size_t len, each_fn *each, void *data)
{
	for (size_t at = 0; at < len;) {
		bool is_ascii;
		const char *piece = text + at;
		size_t n = next_piece(piece, len - at, &is_ascii);
		int status;
		if (is_ascii) {
			for (size_t i = 0; i < n; i++)
				scratch[i] = lower(piece[i]);
			status = each_plain(scratch, n, each, data);
		} else {
			status = uniwords_each(piece, n, each, data);
		}
		if (status)
			return status;
		at += n ? n : 1; /* past a bad byte */
	}
	return SOW_OK;
}

int words_each(enum words_kind kind, const char *text, size_t len,
	       int (*each)(void *data, struct view word), void *data)
{
	char *scratch = mem_alloc(len);
	if (!scratch)
		return SOW_NOMEM;
	int status = kind == WORDS_ASCII ? each_ascii(scratch, text, len, each, data)
					 : each_unicode(scratch, text, len, each, data);
	mem_free(scratch);
	return status;
}

struct collector {
	struct words *out;
	struct vocabulary *v;
};

static int collect(void *data, struct view word)
{
	struct collector *c = data;
	struct words *out = c->out;
	if (out->count == WORDS_MAX)
		return SOW_TOOBIG;
	void *ids = out->ids;
	if (mem_grow(&ids, &out->room, out->count + 1, sizeof(*out->ids)))
		return SOW_NOMEM;
	out->ids = ids;
	int status = vocabulary_number(c->v, word, &out->ids[out->count]);
	if (!status)
		out->count++;
	return status;
}

int words_of(struct words *out, struct vocabulary *v, const char *text, size_t len)
{
	struct collector c = { .out = out, .v = v };
	out->count = 0;
	int status = words_each(vocabulary_kind(v), text, len, collect, &c);
	if (status) {
		out->count = 0;
		return status;
	}
	return (int)out->count;
}

void words_release(struct words *w)
{
	mem_free(w->ids);
	*w = (struct words)WORDS_INIT;
}

size_t words_count_spaced(const char *text, size_t len)
{
	size_t count = 0;
	bool inside = false;
	for (size_t at = 0; at < len;) {
		uint32_t c = (unsigned char)text[at];
		size_t n = 1;
		if (c >= 0x80) {
			c = 0; /* stays if the byte is bad */
			n = utf8_next(text + at, len - at, &c);
		}
		bool space = c <= ' ' || c >= 0x80 ? spacing_is_space(c) : false;
		count += !space && !inside;
		inside = !space;
		at += n ? n : 1;
	}
	return count;
}

size_t words_count(const char *text, size_t len)
{
	enum { GAP, IN_WORD, AFTER_LETTER } state = GAP;
	size_t count = 0;
	for (size_t at = 0; at < len;) {
		uint32_t c = 0; /* stays if the byte is bad */
		size_t n = utf8_next(text + at, len - at, &c);
		if (spacing_is_space(c)) {
			state = GAP;
		} else if (c >= 0x80 && uniwords_stands_alone(c)) {
			count++;
			state = AFTER_LETTER;
		} else if (state == GAP || (state == AFTER_LETTER && letter_or_number(c))) {
			count++;
			state = IN_WORD;
		}
		at += n ? n : 1;
	}
	return count;
}
