/* shellword.h - a word as a shell wants it: plain ones bare, others in quotes. */
#ifndef REPORT_SHELLWORD_H
#define REPORT_SHELLWORD_H

#include "base/buf.h"
#include "base/view.h"

/* Appends the word, quoted if it must be. */
void shell_word(struct buf *out, struct view word);

#endif
