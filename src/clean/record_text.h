/* line_text.h - what of a record is compared: its text, and what ranks it. */
#ifndef CLEAN_LINE_TEXT_H
#define CLEAN_LINE_TEXT_H

#include "base/buf.h"
#include "clean/clean.h"

/* Sets text and rank of the line: the texts of the fields with a newline between them, held
 * by `text`; for a plain record the line itself. SOW_OK, SOW_NOMEM, or SOW_INVALID with
 * "PATH:LINE…: what was expected". */
int line_text_read(const struct clean_options *o, const char *path, struct clean_line *line,
		struct buf *text, struct sow_error *err);

#endif
