/* mend.h - JSON that is nearly JSON, as some servers write it.
 *
 *     struct buf text = BUF_INIT;
 *     mend_json(body, &text);               // reads as JSON now, if that was all
 *     …
 *     mend_undo(piece, &whole);             // of each text that was read from it
 *
 * Mended are bytes that are not UTF-8, halves of a surrogate pair, control characters and unknown
 * escapes within texts, and NaN and Infinity. What stands for a broken byte or half is a private
 * character, which mend_undo turns back: two halves that came in two events are one character
 * then. What is still broken is left as bytes that are not UTF-8, or becomes U+FFFD.
 */
#ifndef TEACHER_HTTP_MEND_H
#define TEACHER_HTTP_MEND_H

#include "base/buf.h"
#include "base/view.h"

/* Appends the mended text. */
void mend_json(struct view text, struct buf *out);
void mend_undo(struct view text, struct buf *out);

#endif
