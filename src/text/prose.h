/* prose.h - the first sentence of a text, and the plain core of a sentence.
 *
 *     struct view rest, first = prose_first(text);
 *     struct view clause = prose_split(first, &rest);
 *     prose_plain(clause, &out);          // what a parser should see
 *
 * Rules for prose as people write it to a model. They hold for any language whose sentences end
 * in . ! ? before white space, or at a line's end.
 */
#ifndef TEXT_PROSE_H
#define TEXT_PROSE_H

#include "base/buf.h"
#include "base/view.h"

/* Up to the first end of a sentence, its mark included, without white space at the ends.
 * A full stop after an abbreviation ("e.g.", "9 a.m.", "Dr.") or an initial, or before a small
 * letter, does not end a sentence. */
struct view prose_first(struct view text);

/* A sentence in two, at a colon, a semicolon or a dash before white space: returns the part
 * before it; the part after it, or nothing, is *rest. */
struct view prose_split(struct view sentence, struct view *rest);

/* Appends a clause as one line: without what stands in brackets, marks of lists at its start,
 * and runs of white space; with a full stop at its end if it has no mark. */
void prose_plain(struct view clause, struct buf *out);

#endif
