#include "terminal/wrap.h"

#include <uniwidth.h>

#include "base/utf8.h"
#include "text/spacing.h"
#include "text/words.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

struct glyph {
	size_t len;        /* bytes of the text */
	size_t columns;
	struct view shown;
	bool space;
};

/* Bidirectional marks can make a line read differently. */
static bool is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) ||
	       (c >= 0x2066 && c <= 0x2069);
}

static struct glyph glyph_at(struct view text)
{
	uint32_t c = 0;
	size_t len = utf8_next(text.p, text.len, &c);
	if (len && spacing_is_space(c))
		return (struct glyph){ len, 1, view_from(" ", 1), true };
	if (!len || is_unsafe(c))
		return (struct glyph){ len ? len : 1, 1, view_of(REPLACEMENT), false };
	int columns = uc_width((ucs4_t)c, "UTF-8");
	return (struct glyph){ len, columns > 0 ? (size_t)columns : 0, view_from(text.p, len),
			       false };
}

size_t text_columns(struct view text)
{
	size_t columns = 0;
	for (size_t at = 0; at < text.len;) {
		struct glyph g = glyph_at(view_sub(text, at, text.len));
		columns += g.columns;
		at += g.len;
	}
	return columns;
}

struct view text_fit(struct view line, size_t columns)
{
	size_t used = 0, at = 0;
	while (at < line.len) {
		struct glyph g = glyph_at(view_sub(line, at, line.len));
		if (used + g.columns > columns)
			break;
		used += g.columns;
		at += g.len;
	}
	return view_sub(line, 0, at);
}

size_t text_words(struct view text)
{
	return words_count_spaced(text.p, text.len);
}

/* How much of `line` fits on one line of `columns`: up to the last break that fits, or as many characters
 * as fit (at least one) if there is none. */
static size_t fitting(struct view line, size_t columns)
{
	size_t used = 0, at = 0, fits = 0;
	bool word = false; /* a word has begun: a break may follow it */
	while (at < line.len) {
		struct glyph g = glyph_at(view_sub(line, at, line.len));
		if (g.space && word)
			fits = at;
		if (used + g.columns > columns && at)
			return fits ? fits : at;
		word = word || !g.space;
		used += g.columns;
		at += g.len;
	}
	return line.len;
}

void wrap_line(struct buf *out, struct view text)
{
	for (size_t at = 0; at < text.len;) {
		struct glyph g = glyph_at(view_sub(text, at, text.len));
		buf_add(out, g.shown.p, g.shown.len);
		at += g.len;
	}
}

static void pad(struct buf *out, size_t blanks)
{
	buf_addf(out, "%*s", (int)blanks, "");
}

void wrap_cell(struct buf *out, struct view text, int width)
{
	size_t columns = text_columns(text), room = (size_t)(width < 0 ? -width : width);
	size_t blanks = columns < room ? room - columns : 0;
	if (width > 0)
		pad(out, blanks);
	wrap_line(out, text);
	if (width < 0)
		pad(out, blanks);
}

void wrap_label(struct buf *out, struct view text, size_t width)
{
	size_t columns = text_columns(text);
	wrap_line(out, text);
	pad(out, columns < width ? width - columns : 1);
}

static void add_line(struct buf *out, size_t indent, struct view line)
{
	if (!view_trim(line).len)
		line.len = 0;
	if (line.len)
		pad(out, indent);
	wrap_line(out, line);
	buf_addch(out, '\n');
}

static struct view without_spaces(struct view text)
{
	for (;;) {
		struct glyph g = glyph_at(text);
		if (!text.len || !g.space)
			return text;
		text = view_sub(text, g.len, text.len);
	}
}

/* Adds how many words are left out, on the last line. */
static void add_rest(struct buf *out, size_t indent, size_t words)
{
	buf_addf(out, "%*s… (%zu more %s)\n", (int)indent, "", words, words == 1 ? "word" : "words");
}

void wrap_text(struct buf *out, const struct wrap *w, struct view text)
{
	size_t columns = w->width > w->indent + 8 ? w->width - w->indent : 8;
	size_t lines = 0;
	struct view rest = text, line;
	while (view_line(&rest, &line)) {
		do {
			size_t len = fitting(line, columns);
			struct view left = without_spaces(view_sub(line, len, line.len));
			struct view all_left = view_from(line.p, (size_t)(text.p + text.len - line.p));
			if (w->most && lines == w->most && text_words(all_left)) {
				add_rest(out, w->indent, text_words(all_left));
				return;
			}
			add_line(out, w->hanging && !lines ? 0 : w->indent, view_sub(line, 0, len));
			lines++;
			line = left;
		} while (line.len);
	}
}
