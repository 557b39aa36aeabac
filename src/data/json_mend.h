/* json_mend.h - JSON as models write it, made strict where there is one way to read it.
 *
 *     struct buf strict = BUF_INIT;
 *     struct mended m = json_mend(text, &strict);     // text begins with {, [, a quote, …
 *     if (m.kind == MEND_WHOLE)
 *             ... strict.data is JSON, text[0 .. m.end) is what it was made of
 *
 * What is repaired, and counted by kind:
 *
 *     comma      a comma before a closing bracket is removed
 *     comment    so is a comment: slashes to the end of the line, or between slash and star
 *     quotes     'text', “text” and ‘text’ become "text"
 *     name       {name: 1} becomes {"name": 1}
 *     literal    Python's True, False, None
 *     control    a new line, tab or other control character within a text is written as its escape
 *     escape     \' in a text becomes '
 *
 * A ' within '…' (and a ’ within ‘…’) ends the text if a comma, colon or closing bracket follows,
 * and is an apostrophe if letters stand on both sides; else it could be either, and is refused.
 *
 * Text that could be read in two ways is refused, never guessed: a quote within "…", a missing comma or
 * bracket, other escapes (a LaTeX or a Markdown one?), NaN, +1, 01, .5, "…" for an omission.
 */
#ifndef DATA_JSON_MEND_H
#define DATA_JSON_MEND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/view.h"

#define MEND_DEPTH_MAX 64

enum mend_kind {
	MEND_WHOLE,
	MEND_CUT,     /* the text ends before the value does, and is valid up to there */
	MEND_BROKEN   /* not JSON, or ambiguous */
};

enum mend_repair {
	MEND_COMMA, MEND_COMMENT, MEND_QUOTES, MEND_NAME, MEND_LITERAL, MEND_CONTROL, MEND_ESCAPE,
	MEND_REPAIRS
};
extern const char *const mend_repair_names[MEND_REPAIRS];

struct mended {
	enum mend_kind kind;
	size_t end;              /* of the value; where it was cut or broke */
	const char *expected;    /* at `end`, if it broke */
	bool begun;              /* an object came as far as a name, or an array to a text or container: it
				  * was meant to be JSON, not a bracket in prose */
	size_t repairs[MEND_REPAIRS];
};

/* Reads the value at the beginning of `text`, after blanks and comments, and appends it to `strict`; the text
 * after the value is not looked at. Lone surrogates and numbers past the range of a double are left to the
 * reader of `strict`. Failure of memory shows in `strict`. */
struct mended json_mend(struct view text, struct buf *strict);

#endif
