/* terminal.h - what stands behind a descriptor: a person's screen, how large, in colour or not. */
#ifndef TERMINAL_TERMINAL_H
#define TERMINAL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* A terminal that knows how to move its cursor. */
bool terminal_is(int fd);
/* Columns and lines of the terminal; 80 and 24 where there is none or it does not say. */
size_t terminal_width(int fd);
size_t terminal_height(int fd);
/* True if standard output is a terminal and NO_COLOR (https://no-color.org) is not set. */
bool terminal_has_colour(void);

/* What a word is, in colour. A tone ends on the line where it begins, so that a pager may begin
 * anywhere. */
enum tone { TONE_PLAIN, TONE_NAME, TONE_LABEL, TONE_BAD, TONE_QUIET };
void tone_begin(struct buf *out, enum tone tone);
void tone_end(struct buf *out, enum tone tone);

#endif
