/* record_text.h - the parts of a record that are compared: its text and its rank.
 *
 * The text is the whole question: the instruction and its inputs, or what the user says in a
 * conversation, a newline between; or the texts at the paths of options.fields. A record in the
 * format self-instruct has its outputs in instances: a path is looked up there too.
 */
#ifndef CLEAN_RECORD_TEXT_H
#define CLEAN_RECORD_TEXT_H

#include "base/arena.h"
#include "base/buf.h"
#include "clean/clean.h"
#include "clean/input.h"
#include "data/columns.h"

struct record_reader {
	const struct clean_options *o;
	const char *name;            /* of the file, for messages */
	struct arena *arena;         /* for what one record needs; cleared by the caller */
	struct shape *shape;         /* counts what its members mean; NULL: not now */
	struct buf *text;            /* holds the text */
	unsigned *mapped;            /* a bit for each mapping that a record has; added to */
	bool *unusual;               /* the record before was unusual; a hint for speed only */
	size_t *repaired;            /* one more if bytes of it read as U+FFFD */
};

/* Sets text and rank of the line. SOW_OK, SOW_NOMEM, or SOW_INVALID with its place ("FILE:LINE",
 * "FILE:LINE:COLUMN" or "FILE:LINE: record N") and what was expected. */
int record_text_read(const struct record_reader *r, const struct input_record *record,
		     struct clean_line *line, struct sow_error *err);

#endif
