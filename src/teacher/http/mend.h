/* mend.h - repairs the nearly valid JSON that some servers write.
 *
 *     struct buf text = BUF_INIT;
 *     mend_json(body, &text);               // valid JSON now, if nothing else was wrong
 *     …
 *     mend_undo(piece, &whole);             // of each text that was read from it
 *
 * It repairs bytes that are not UTF-8, halves of a surrogate pair, control characters and unknown
 * escapes within texts, and NaN and Infinity. A private character stands for each broken byte or half;
 * mend_undo turns it back, and joins two halves that came in two events into one character. Whatever is
 * still broken becomes bytes that are not UTF-8, or U+FFFD.
 */
#ifndef TEACHER_HTTP_MEND_H
#define TEACHER_HTTP_MEND_H

#include "base/buf.h"
#include "base/view.h"

/* Appends the mended text. */
void mend_json(struct view text, struct buf *out);
void mend_undo(struct view text, struct buf *out);

#endif
