/* wrap.h - text for a terminal: measured in columns, broken between words.
 *
 *     struct wrap w = { .indent = 4, .width = 80, .most = 12 };
 *     wrap_text(&out, &w, output);
 *
 * Width is what a terminal needs (a Chinese character two columns, a combining accent
 * none). Lines of the text stay lines; a word longer than a line is broken anywhere.
 * Control characters and bytes that are not UTF-8 show as U+FFFD, so no text can
 * move the cursor or colour the screen.
 */
#ifndef TERMINAL_WRAP_H
#define TERMINAL_WRAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/view.h"

struct wrap {
	size_t indent;     /* blanks before every line */
	size_t width;      /* columns of a line, its indent included */
	size_t most;       /* lines; then "… (N more words)"; 0: all */
	bool hanging;      /* the first line already holds text `indent` columns wide */
};

/* Appends the lines, each with its newline. As in buf.h, a failure shows in `out`. */
void wrap_text(struct buf *out, const struct wrap *w, struct view text);

/* Appends one line's text in safe form, each white space as a blank, without a newline. */
void wrap_line(struct buf *out, struct view text);

/* The same, padded to `width` columns: right-aligned, or left-aligned if `width` is negative. */
void wrap_cell(struct buf *out, struct view text, int width);
/* The same, padded to `width` columns and followed by at least one blank. */
void wrap_label(struct buf *out, struct view text, size_t width);

/* The beginning of one line's text that fits into `columns`. */
struct view text_fit(struct view line, size_t columns);

/* Columns that a terminal needs for one line of text. */
size_t text_columns(struct view text);

/* Words split on white space (Unicode's), as the papers count them. */
size_t text_words(struct view text);

#endif
