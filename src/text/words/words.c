#include "text/words.h"

#include <stdbool.h>
#include <string.h>

#include "base/bits.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "text/letter.h"
#include "text/spacing.h"
#include "text/words/marks.h"
#include "text/words/uniwords.h"

typedef int each_fn(void *data, struct view word);

/* A text in lower case, in whole blocks, and where its words can be. */
struct folded {
	char *text;
	uint64_t *marks;
};

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

static uint64_t mark_visible(const char block[MARKS_BLOCK])
{
	uint64_t marks = 0;
	for (size_t i = 0; i < MARKS_BLOCK; i += MARKS_LANES)
		marks |= marks_of((marks_bytes)(marks_load(block + i) != ' ')) << i;
	return marks;
}

static int each_ascii(struct folded *f, const char *text, size_t len, each_fn *each, void *data)
{
	size_t n = fold_ascii(f->text, text, len), end;
	memset(f->text + n, ' ', MARKS_BLOCK - n % MARKS_BLOCK);
	for (size_t at = 0; at < n; at += MARKS_BLOCK)
		f->marks[at / MARKS_BLOCK] = mark_visible(f->text + at);
	for (size_t at = marks_first(f->marks, 0, n); at < n; at = marks_first(f->marks, end, n)) {
		end = marks_behind(f->marks, at, n);
		int status = each(data, (struct view){ f->text + at, end - at });
		if (status)
			return status;
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
	char here = class_of(text[at]);
	if (here == 'O' || at + 1 == len)
		return false;
	char before = class_of(text[at - 1]);
	if (class_of(text[at + 1]) != before)
		return false;
	return (before == 'L' && (here == ':' || here == '.')) ||
	       (before == 'D' && (here == ',' || here == '.'));
}

/* Lower case, and marks for L, D and _. */
static uint64_t fold_block(char block[MARKS_BLOCK])
{
	uint64_t marks = 0;
	for (size_t i = 0; i < MARKS_BLOCK; i += MARKS_LANES) {
		marks_bytes c = marks_load(block + i);
		c |= (marks_bytes)(c - 'A' < 26) & ('a' ^ 'A');
		memcpy(block + i, &c, sizeof(c));
		marks |= marks_of((marks_bytes)((c - 'a' < 26) | (c - '0' < 10) | (c == '_'))) << i;
	}
	return marks;
}

static bool is_word(struct view run)
{
	size_t at = 0;
	while (at < run.len && run.p[at] == '_')
		at++;
	return at < run.len;
}

/* The words of a text that is all ASCII. */
static int each_plain(struct folded *f, const char *text, size_t len, each_fn *each, void *data)
{
	const uint64_t *marks = f->marks;
	size_t end;
	memcpy(f->text, text, len);
	memset(f->text + len, ' ', MARKS_BLOCK - len % MARKS_BLOCK);
	for (size_t at = 0; at < len; at += MARKS_BLOCK)
		f->marks[at / MARKS_BLOCK] = fold_block(f->text + at);
	for (size_t at = marks_first(marks, 0, len); at < len; at = marks_first(marks, end, len)) {
		end = marks_behind(marks, at, len);
		while (end < len && bridges(f->text, len, end))
			end = marks_behind(marks, end + 1, len);
		struct view run = { f->text + at, end - at };
		int status = is_word(run) ? each(data, run) : 0;
		if (status)
			return status;
	}
	return SOW_OK;
}

/* How many bytes at the front are ASCII and no newline. */
static size_t plain_length(const char *text, size_t len)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
	size_t at = 0;
	for (; at + 8 <= len; at += 8) {
		uint64_t v;
		memcpy(&v, text + at, sizeof(v));
		if ((v | ((v ^ ones * '\n') - ones)) & highs)
			break;
	}
	while (at < len && (unsigned char)text[at] < 0x80 && text[at] != '\n')
		at++;
	return at;
}

/* The piece at the front of `text`, all ASCII or not, that ends behind a newline, before a
 * blank or before a bad byte. */
static size_t next_piece(const char *text, size_t len, bool *is_ascii)
{
	size_t at = plain_length(text, len);
	uint32_t c;
	*is_ascii = true;
	if (at == len)
		return len;
	if (text[at] == '\n')
		return at + 1;
	size_t n = utf8_next(text + at, len - at, &c);
	if (!n)
		return at;
	const char *blank = at ? memrchr(text + 1, ' ', at - 1) : NULL;
	if (blank)
		return (size_t)(blank - text);
	*is_ascii = false;
	for (; n && c != ' '; n = utf8_next(text + at, len - at, &c)) {
		at += n;
		if (c == '\n')
			break;
	}
	return at;
}

/* Piece by piece, because no rule of UAX #29 joins a blank to what stands before it, or looks
 * across a newline: an accent slows down its own word only. */
static int each_unicode(struct folded *f, const char *text, size_t len, each_fn *each, void *data)
{
	for (size_t at = 0; at < len;) {
		bool is_ascii;
		const char *piece = text + at;
		size_t n = next_piece(piece, len - at, &is_ascii);
		int status = is_ascii ? each_plain(f, piece, n, each, data)
				      : uniwords_each(piece, n, each, data);
		if (status)
			return status;
		at += n ? n : 1; /* past a bad byte */
	}
	return SOW_OK;
}

int words_each(enum words_kind kind, const char *text, size_t len,
	       int (*each)(void *data, struct view word), void *data)
{
	size_t blocks = len / MARKS_BLOCK + 1;
	struct folded f = { .marks = mem_alloc(blocks * (sizeof(*f.marks) + MARKS_BLOCK)) };
	f.text = (char *)(f.marks + blocks);
	int status = kind == WORDS_ASCII ? each_ascii(&f, text, len, each, data)
					 : each_unicode(&f, text, len, each, data);
	mem_free(f.marks);
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
	mem_grow(&out->ids, &out->room, out->count + 1);
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

struct finder {
	struct words *out;
	const struct vocabulary *v;
};

static int find(void *data, struct view word)
{
	struct finder *f = data;
	struct words *out = f->out;
	if (out->count == WORDS_MAX)
		return SOW_TOOBIG;
	mem_grow(&out->ids, &out->room, out->count + 1);
	return vocabulary_find(f->v, word, &out->ids[out->count++]) ? SOW_OK : SOW_INVALID;
}

bool words_find(struct words *out, const struct vocabulary *v, const char *text, size_t len)
{
	struct finder f = { .out = out, .v = v };
	out->count = 0;
	if (!words_each(vocabulary_kind(v), text, len, find, &f))
		return true;
	out->count = 0;
	return false;
}

void words_release(struct words *w)
{
	mem_free(w->ids);
	*w = (struct words)WORDS_INIT;
}

/* The words that begin in eight ASCII bytes without controls, of which only blanks part words. */
static unsigned count_starts(uint64_t bytes, bool *inside)
{
	const uint64_t low = BITS_EACH(0x7F), high = BITS_EACH(0x80);
	uint64_t other = bytes ^ BITS_EACH(' ');
	uint64_t blanks = ~((((other & low) + low) | other) | low); /* 0x80 in each blank */
	uint64_t after_blank = blanks << 8 | (*inside ? 0 : 0x80);
	*inside = !(blanks >> 63);
	return bits_count(~blanks & after_blank & high);
}

size_t words_count_spaced(const char *text, size_t len)
{
	size_t count = 0;
	bool inside = false;
	for (size_t at = 0; at < len;) {
		uint64_t bytes = at + 8 <= len && BITS_LITTLE ? bits_load(text + at) : 0;
		if (bytes && !(bits_has_high(bytes) | bits_has_below(bytes, ' '))) {
			count += count_starts(bytes, &inside);
			at += 8;
			continue;
		}
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
