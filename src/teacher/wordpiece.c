#include "teacher/wordpiece.h"

#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "sow/sow.h"
#include "text/letter.h"

#define WORD_MAX 100             /* characters; a longer word is unknown */
#define SPECIALS_MAX 64
#define BEGINS "\xe2\x96\x81"    /* U+2581 */

struct special {
	struct buf text;
	int32_t id;
};

struct wordpiece {
	struct map begins, continues;   /* pieces that begin a word, and that continue one */
	size_t longest;                 /* bytes of a piece */
	bool is_cased;
	int32_t unknown;
	struct special specials[SPECIALS_MAX];
	size_t special_count;
};

/* A text being read. */
struct reading {
	const struct wordpiece *w;
	struct tokens *out;
	size_t most;                    /* limit of out->count */
	bool cut;
};

struct wordpiece *wordpiece_new(void)
{
	struct wordpiece *w = mem_zalloc(sizeof(*w));
	w->begins = w->continues = (struct map)MAP_INIT;
	w->unknown = -1;
	return w;
}

void wordpiece_free(struct wordpiece *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->special_count; i++)
		buf_release(&w->specials[i].text);
	map_release(&w->begins);
	map_release(&w->continues);
	mem_free(w);
}

static void add_special(struct wordpiece *w, struct view text, int32_t id)
{
	if (w->special_count == SPECIALS_MAX || !text.len)
		return;
	struct special *s = &w->specials[w->special_count++];
	*s = (struct special){ .text = BUF_INIT, .id = id };
	buf_add(&s->text, text.p, text.len);
}

void wordpiece_add(struct wordpiece *w, struct view piece, bool special, int32_t id)
{
	if (special) {
		add_special(w, piece, id);
		return;
	}
	bool begins = view_starts(piece, BEGINS);
	if (begins)
		piece = view_sub(piece, strlen(BEGINS), piece.len);
	for (size_t i = 0; i < piece.len && piece.p[0] != '['; i++)
		w->is_cased = w->is_cased || (piece.p[i] >= 'A' && piece.p[i] <= 'Z');
	if (piece.len > w->longest)
		w->longest = piece.len;
	map_put(begins ? &w->begins : &w->continues, piece.p, piece.len, (uint64_t)id);
}

void wordpiece_set_unknown(struct wordpiece *w, int32_t id)
{
	w->unknown = id;
}

/* Cleaning */

static bool is_cjk(uint32_t c)
{
	return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) ||
	       (c >= 0x20000 && c <= 0x2a6df) || (c >= 0x2a700 && c <= 0x2b73f) ||
	       (c >= 0x2b740 && c <= 0x2b81f) || (c >= 0x2b920 && c <= 0x2ceaf) ||
	       (c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
}

static bool is_space(uint32_t c)
{
	return c < 0x80 ? c == ' ' || (c >= '\t' && c <= '\r') : letter_is_space(c);
}

/* Tab and line ends are spaces; the other ASCII spaces count as control characters first. */
static bool is_dropped(uint32_t c)
{
	if (c < 0x80)
		return (c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
	return c == 0xfffd || letter_is_control(c);
}

static void add_character(struct buf *out, uint32_t c)
{
	char bytes[4];
	size_t n = 0;
	if (c < 0x80) {
		bytes[n++] = (char)c;
	} else if (c < 0x800) {
		bytes[n++] = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		bytes[n++] = (char)(0xe0 | c >> 12);
		bytes[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	} else {
		bytes[n++] = (char)(0xf0 | c >> 18);
		bytes[n++] = (char)(0x80 | (c >> 12 & 0x3f));
		bytes[n++] = (char)(0x80 | (c >> 6 & 0x3f));
	}
	if (c >= 0x80)
		bytes[n++] = (char)(0x80 | (c & 0x3f));
	buf_add(out, bytes, n);
}

/* Each space becomes a blank, CJK characters get spaces around them. *plain: all of it is ASCII. */
static int clean(struct view text, struct buf *out, bool *plain)
{
	uint32_t c;
	*plain = true;
	for (size_t i = 0, n; i < text.len; i += n) {
		n = utf8_next(text.p + i, text.len - i, &c);
		if (!n)
			return SOW_INVALID;
		if (is_dropped(c))
			continue;
		*plain = *plain && c < 0x80;
		if (is_space(c)) {
			buf_addch(out, ' ');
		} else if (is_cjk(c)) {
			buf_addch(out, ' ');
			buf_add(out, text.p + i, n);
			buf_addch(out, ' ');
		} else {
			buf_add(out, text.p + i, n);
		}
	}
	return SOW_OK;
}

static int lower(struct view text, bool plain, struct buf *out)
{
	struct buf apart = BUF_INIT;
	uint32_t c;
	if (!plain && !letter_decompose(text, &apart))
		text = view_from(apart.data, apart.len);
	for (size_t i = 0, n; i < text.len && !apart.status; i += n) {
		n = utf8_next(text.p + i, text.len - i, &c);
		if (!letter_is_accent(c))
			add_character(out, letter_small(c));
	}
	int status = apart.status;
	buf_release(&apart);
	return status;
}

/* Words */

static void add_id(struct reading *r, int32_t id)
{
	if (r->out->count < r->most)
		tokens_add(r->out, id);
	else
		r->cut = true;
}

/* The longest piece at the beginning of `word`; 0: there is none. */
static size_t find_piece(const struct wordpiece *w, const struct map *pieces, struct view word,
			 int32_t *id)
{
	size_t len = utf8_floor(word.p, word.len < w->longest ? word.len : w->longest);
	while (len) {
		const uint64_t *found = map_get(pieces, word.p, len);
		if (found) {
			*id = (int32_t)*found;
			return len;
		}
		len = utf8_floor(word.p, len - 1);
	}
	return 0;
}

/* Adds all of its pieces, or the unknown token in their place. */
static void add_word(struct reading *r, struct view word)
{
	const struct wordpiece *w = r->w;
	size_t from = r->out->count, len = utf8_count(word.p, word.len) > WORD_MAX ? 0 : 1;
	const struct map *pieces = &w->begins;
	bool was_cut = r->cut;
	int32_t id = -1;
	for (size_t at = 0; at < word.len && len; at += len, pieces = &w->continues) {
		len = find_piece(w, pieces, view_sub(word, at, word.len), &id);
		if (len)
			add_id(r, id);
	}
	if (len || !word.len)
		return;
	r->out->count = from;
	r->cut = was_cut;
	if (w->unknown >= 0)
		add_id(r, w->unknown);
}

static bool is_punctuation(uint32_t c)
{
	if (c < 0x80)
		return (c > ' ' && c < '0') || (c > '9' && c < 'A') || (c > 'Z' && c < 'a') ||
		       (c > 'z' && c < 0x7f);
	return letter_is_punctuation(c);
}

static void add_words(struct reading *r, struct view text)
{
	size_t from = 0, i = 0, n;
	uint32_t c;
	for (; i < text.len && !r->cut; i += n) {
		n = utf8_next(text.p + i, text.len - i, &c);
		bool alone = is_punctuation(c);
		if (!alone && c != ' ' && !is_space(c))
			continue;
		add_word(r, view_sub(text, from, i));
		if (alone)
			add_word(r, view_sub(text, i, i + n));
		from = i + n;
	}
	if (!r->cut)
		add_word(r, view_sub(text, from, text.len));
}

static int add_text(struct reading *r, struct view text)
{
	struct buf cleaned = BUF_INIT, small = BUF_INIT;
	bool plain;
	int status = clean(text, &cleaned, &plain);
	struct view words = view_from(cleaned.data, cleaned.len);
	if (!status && !r->w->is_cased) {
		status = lower(words, plain, &small);
		words = view_from(small.data, small.len);
	}
	if (!status)
		add_words(r, words);
	buf_release(&cleaned);
	buf_release(&small);
	return status;
}

/* The special token at the beginning of `text`; NULL: none. */
static const struct special *special_at(const struct wordpiece *w, struct view text)
{
	for (size_t i = 0; i < w->special_count; i++) {
		const struct buf *name = &w->specials[i].text;
		if (text.len >= name->len && memcmp(text.p, name->data, name->len) == 0)
			return &w->specials[i];
	}
	return NULL;
}

int wordpiece_ids(const struct wordpiece *w, struct view text, size_t most, bool *cut,
		  struct tokens *out)
{
	struct reading r = { .w = w, .out = out, .most = most ? out->count + most : SIZE_MAX };
	size_t from = 0;
	int status = SOW_OK;
	for (size_t i = 0; i < text.len && !status && !r.cut; i++) {
		const struct special *s = special_at(w, view_sub(text, i, text.len));
		if (!s)
			continue;
		status = add_text(&r, view_sub(text, from, i));
		if (!status)
			add_id(&r, s->id);
		from = i + s->text.len;
		i = from - 1;
	}
	if (!status && !r.cut)
		status = add_text(&r, view_sub(text, from, text.len));
	if (cut)
		*cut = r.cut;
	return status;
}
