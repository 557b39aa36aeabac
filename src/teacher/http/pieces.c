#include "teacher/http/pieces.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"
#include "sow/sow.h"

#define PART_BYTES_MAX 64 /* text that a partially reported token may stand for */

static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */
static const char blank[] = "\xE2\x96\x81";       /* U+2581, as SentencePiece writes a blank */

struct walk {
	struct view text;
	size_t border;
	size_t at;           /* bytes of the text that are matched */
	size_t parts;        /* tokens after them of unknown length */
	size_t from;
	bool found;
};

static bool is_part(struct view piece)
{
	return !piece.len || view_find(piece, 0, replacement) != VIEW_NONE;
}

/* How many bytes of the text at `at` the piece matches; 0: none. */
static size_t match(struct view text, size_t at, struct view piece)
{
	struct view rest = view_sub(text, at, text.len);
	size_t len = 0;
	for (size_t i = 0; i < piece.len;) {
		bool is_mark = view_starts(view_sub(piece, i, piece.len), blank) &&
			       !view_starts(view_sub(rest, len, rest.len), blank);
		char c = is_mark ? ' ' : piece.p[i];
		if (len == rest.len || rest.p[len] != c)
			return 0;
		len++;
		i += is_mark ? strlen(blank) : 1;
	}
	return len;
}

static struct view without_blank(struct view piece)
{
	if (view_starts(piece, blank))
		return view_sub(piece, strlen(blank), piece.len);
	return view_starts(piece, " ") ? view_sub(piece, 1, piece.len) : piece;
}

/* The same for a piece whose blank in front may be missing, or may be one too many. */
static size_t match_loosely(struct view text, size_t at, struct view piece)
{
	size_t len = match(text, at, piece);
	if (!len && at < text.len && (text.p[at] == ' ' || text.p[at] == '\t')) {
		len = match(text, at + 1, piece);
		len += len > 0;
	}
	if (!len && without_blank(piece).len && without_blank(piece).len < piece.len)
		len = match(text, at, without_blank(piece));
	return len;
}

/* Tokens `first` to `first` + `count` share the bytes up to `end` equally, for lack of better knowledge. */
static void lay(struct walk *w, size_t first, size_t count, size_t end)
{
	size_t len = end - w->at;
	for (size_t i = 0; i < count && !w->found; i++) {
		if (w->at + len * (i + 1) / count > w->border) {
			w->found = true;
			w->from = first + i;
		}
	}
	w->at = end;
}

/* Parts belong to characters of more than one byte: the text that they stand for must have some. */
static bool may_be_parts(struct view text, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if ((unsigned char)text.p[i] >= 0x80)
			return true;
	}
	return false;
}

/* Where a complete piece matches again after parts: the nearest place, an exact one if possible. */
static bool resume(struct walk *w, struct view piece, size_t *at, size_t *len)
{
	size_t most = w->at + w->parts * PART_BYTES_MAX;
	for (int loosely = 0; loosely <= 1; loosely++) {
		for (*at = w->at + 1; *at <= most && *at < w->text.len; ++*at) {
			*len = loosely ? match_loosely(w->text, *at, piece) : match(w->text, *at, piece);
			bool is_begin = ((unsigned char)w->text.p[*at] & 0xC0) != 0x80;
			if (*len && is_begin && may_be_parts(w->text, w->at, *at))
				return true;
		}
	}
	*at = w->at;
	*len = match_loosely(w->text, *at, piece);
	return *len > 0;
}

static bool take(struct walk *w, const struct piece *list, size_t i)
{
	struct view piece = list[i].text;
	size_t at = w->at, len = 0;
	if (is_part(piece)) {
		w->parts++;
		return true;
	}
	bool is_there = w->parts ? resume(w, piece, &at, &len)
				 : (len = match_loosely(w->text, w->at, piece)) > 0;
	if (!is_there)
		return false;
	if (w->parts)
		lay(w, i - w->parts, w->parts, at);
	w->parts = 0;
	lay(w, i, 1, at + len);
	return true;
}

/* From token `i` on, which begins at byte `at`: the text before belongs to the first token. */
static int find_from(const struct piece *list, size_t count, size_t i, size_t at, struct view text,
		     size_t border, size_t *from, size_t *to)
{
	struct walk w = { .text = text, .border = border };
	if (at)
		lay(&w, 0, 1, at);
	/* special tokens in front */
	while (!at && i < count && !is_part(list[i].text) && !match_loosely(text, 0, list[i].text))
		i++;
	for (; i < count && w.at < text.len; i++) {
		if (take(&w, list, i))
			continue;
		/* parts that reach to the end, and then what was generated */
		if (!w.parts)
			return SOW_INVALID;
		break;
	}
	if (w.parts && may_be_parts(text, w.at, text.len)) {
		lay(&w, i - w.parts, w.parts, text.len);
		w.parts = 0;
	}
	*from = w.from;
	*to = i;
	return w.found && w.at == text.len ? SOW_OK : SOW_INVALID;
}

/* Some servers report no text for the first token: it is a special one, which stands for nothing, or the
 * text's own, as long as the others then match. */
int pieces_find(const struct piece *list, size_t count, struct view text, size_t border, size_t *from,
		size_t *to)
{
	bool is_untold = count && !list[0].text.len;
	for (size_t at = 0; is_untold && at <= PART_BYTES_MAX && at <= text.len; at++) {
		/* not the whole text if other tokens have theirs */
		bool may_be = at < text.len || count == 1;
		if (may_be && !find_from(list, count, 1, at, text, border, from, to))
			return SOW_OK;
	}
	return find_from(list, count, 0, 0, text, border, from, to);
}
