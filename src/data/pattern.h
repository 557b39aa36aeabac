/* pattern.h - a regular expression of JSON Schema that a grammar can express.
 *
 *     struct pattern *p = pattern_read(arena, view_of("^[A-Z]{2}-\\d+$"), err);
 *     if (pattern_matches(p, text) == 1)
 *             ...
 *     pattern_grammar(p, &gbnf);      // [A-Z]{2,2} "-" [0-9]+
 *
 * The part of JavaScript's expressions that is regular: characters, ".", classes such as [^a-z],
 * \d \w \s \D \W \S, \t \n \r \f \v \0 \xHH \uHHHH \u{H…}, groups ( ) and (?: ), "|", and
 * * + ? {m} {m,} {m,n}, each also with a lazy "?" after it, which changes no match. "^" and "$" stand at the
 * ends of the whole or of one of its outermost alternatives; without them any text may come before or after.
 * Refused: look-around, references to groups, \b, \p, "^" and "$" elsewhere, and patterns of more than
 * PATTERN_STEPS_MAX steps when their counts are written out.
 *
 * A character is a code point. Matching takes time in proportion to text length times pattern length, for any
 * pattern: there is no backtracking.
 */
#ifndef DATA_PATTERN_H
#define DATA_PATTERN_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/view.h"
#include "sow/sow.h"

#define PATTERN_STEPS_MAX 8192
#define PATTERN_DEPTH_MAX 32 /* groups in groups */

struct pattern;

/* In the arena; `text` need not outlive the call. NULL: SOW_INVALID with what was expected, and at which
 * character. */
struct pattern *pattern_read(struct arena *a, struct view text, struct sow_error *err);

/* 1 or 0. `text` is UTF-8. */
int pattern_matches(const struct pattern *p, struct view text);

/* Appends an expression of GBNF for the texts that match, as they stand between the quotes of a
 * JSON text. SOW_OK, or SOW_MISSING with nothing appended where GBNF cannot express it (a repetition of
 * something that may be empty). Failure of memory shows in `out`. */
int pattern_grammar(const struct pattern *p, struct buf *out);

/* Appends `text` as a literal of GBNF, in quotes. */
void gbnf_add_literal(struct buf *out, struct view text);

#endif
