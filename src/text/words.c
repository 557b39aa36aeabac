#include "text/words.h"

#include <stdbool.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "text/letter.h"
#include "text/spacing.h"
#include "text/uniwords.h"

typedef int each_fn(void *data, struct view word);

/* Lower case into `out`, a blank for every separator; returns the length, at most `len`. */
static size_t fold_ascii(char *out, const char *text, size_t len)
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (ascii_alpha(c) || ascii_digit(c)) {
			out[n++] = ascii_lower(c);
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

/* What UAX #29 knows of ASCII, for the short way of WORDS_UNICODE. */
enum word_class { OTHER, LETTER, DIGIT, EXTEND_NUM_LET, MID_LETTER, MID_NUM, MID_NUM_LET };

static enum word_class class_of(char c)
{
	if (ascii_alpha(c))
		return LETTER;
	if (ascii_digit(c))
		return DIGIT;
	switch (c) {
	case '_':
		return EXTEND_NUM_LET;
	case ':':
		return MID_LETTER;
	case ',': case ';':
		return MID_NUM;
	case '.': case '\'':
		return MID_NUM_LET;
	}
	return OTHER;
}

/* WB6, WB7, WB11, WB12: "don't", "e.g", "3.14", "1,000". text[at - 1] is in a word. */
static bool bridges(const char *text, size_t len, size_t at)
{
	enum word_class before = class_of(text[at - 1]), here = class_of(text[at]);
	if (at + 1 == len || class_of(text[at + 1]) != before)
		return false;
	return (before == LETTER && (here == MID_LETTER || here == MID_NUM_LET)) ||
	       (before == DIGIT && (here == MID_NUM || here == MID_NUM_LET));
}

/* The words of a text that is all ASCII; `lower` is the same text in lower case. */
static int each_plain(const char *lower, size_t len, each_fn *each, void *data)
{
	for (size_t at = 0; at < len;) {
		size_t start = at;
		bool is_word = false;
		for (; at < len; at++) {
			enum word_class c = class_of(lower[at]);
			if (c == LETTER || c == DIGIT)
				is_word = true;
			else if (c != EXTEND_NUM_LET &&
				 (at == start || !bridges(lower, len, at)))
				break;
		}
		int status = is_word ? each(data, view_from(lower + start, at - start)) : 0;
		if (status)
			return status;
		at += at == start;
	}
	return SOW_OK;
}

/* The piece at the front of `text` that ends behind a newline or before a bad byte. */
static size_t next_piece(const char *text, size_t len, bool *is_ascii)
{
	*is_ascii = true;
	for (size_t at = 0; at < len;) {
		uint32_t c;
		size_t n = utf8_next(text + at, len - at, &c);
		if (!n)
			return at;
		at += n;
		if (c == '\n')
			return at;
		if (c >= 0x80)
			*is_ascii = false;
	}
	return len;
}

/* Line by line, because no rule of UAX #29 looks across a newline: one accent in a long
 * text slows down its own line only. */
static int each_unicode(char *scratch, const char *text, size_t len, each_fn *each, void *data)
{
	for (size_t at = 0; at < len;) {
		bool is_ascii;
		const char *piece = text + at;
		size_t n = next_piece(piece, len - at, &is_ascii);
		int status;
		if (is_ascii) {
			for (size_t i = 0; i < n; i++)
				scratch[i] = ascii_lower(piece[i]);
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

struct vocabulary {
	enum words_kind kind;
	struct map numbers;
};

struct vocabulary *vocabulary_new(enum words_kind kind)
{
	struct vocabulary *v = mem_zalloc(sizeof(*v));
	if (v)
		v->kind = kind;
	return v;
}

void vocabulary_free(struct vocabulary *v)
{
	if (!v)
		return;
	map_release(&v->numbers);
	mem_free(v);
}

enum words_kind vocabulary_kind(const struct vocabulary *v)
{
	return v->kind;
}

size_t vocabulary_size(const struct vocabulary *v)
{
	return v->numbers.count;
}

static int number_of(struct vocabulary *v, struct view word, uint32_t *id)
{
	const uint64_t *known = map_get(&v->numbers, word.p, word.len);
	if (known) {
		*id = (uint32_t)*known;
		return SOW_OK;
	}
	if (v->numbers.count > UINT32_MAX)
		return SOW_TOOBIG;
	*id = (uint32_t)v->numbers.count;
	return map_put(&v->numbers, word.p, word.len, *id);
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
	int status = number_of(c->v, word, &out->ids[out->count]);
	if (!status)
		out->count++;
	return status;
}

int words_of(struct words *out, struct vocabulary *v, const char *text, size_t len)
{
	struct collector c = { .out = out, .v = v };
	out->count = 0;
	int status = words_each(v->kind, text, len, collect, &c);
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
