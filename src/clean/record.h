/* record.h - the text of a record that is compared. */
#ifndef CLEAN_RECORD_H
#define CLEAN_RECORD_H

#include "base/buf.h"
#include "clean/clean.h"

/* The texts of the fields, a newline between them, into `text`; for a plain record nothing,
 * its text is the line. SOW_OK, SOW_NOMEM, or SOW_INVALID with "PATH:LINE…: what was
 * expected". */
int record_text(const struct clean_options *o, const char *path, size_t number, struct view raw,
		struct buf *text, struct sow_error *err);

#endif
