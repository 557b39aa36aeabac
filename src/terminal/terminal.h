/* terminal.h - is this descriptor a terminal, how large is it, and may it be coloured? */
#ifndef TERMINAL_TERMINAL_H
#define TERMINAL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* True for a terminal that can move its cursor. */
bool terminal_is(int fd);
/* Its columns and lines; 80 and 24 if it is not a terminal or does not report them. */
size_t terminal_width(int fd);
size_t terminal_height(int fd);
/* True if standard output is a terminal and NO_COLOR (https://no-color.org) is not set. */
bool terminal_has_colour(void);

/* Colours by meaning. End a tone on the line where it begins: a pager may start at any line. */
enum tone { TONE_PLAIN, TONE_NAME, TONE_LABEL, TONE_BAD, TONE_QUIET };
void tone_begin(struct buf *out, enum tone tone);
void tone_end(struct buf *out, enum tone tone);

#endif
