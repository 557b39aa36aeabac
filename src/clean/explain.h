/* explain.h - the verdict on every record of a file and its reason, as JSON lines.
 *
 *     {"line":7,"kept":false,"reason":"near-duplicate","score":0.8,"nearest":3}
 *
 * Where records are not lines there is "record", which counts them, and "line" says where it
 * begins; a run has no lines. "nearest" is a line or record of the same file, "FILE:LINE" or
 * "FILE: record N"; "score", "nearest" and "match" are present where they apply. A record that could
 * not be read has "reason":"bad" and "message", a line with white space alone "reason":"blank".
 */
#ifndef CLEAN_EXPLAIN_H
#define CLEAN_EXPLAIN_H

#include "clean/clean.h"

struct explain;

/* `append`: of clean_options. */
struct explain *explain_open(const char *path, const struct clean_append *append, struct sow_error *err);
int explain_line(struct explain *x, const struct clean_line *line); /* SOW_OK, SOW_NOMEM, … */
int explain_unread(struct explain *x, const struct clean_line *line, const char *reason,
		   const char *message);
int explain_finish(struct explain *x, struct sow_error *err);
void explain_drop(struct explain *x);         /* NULL is fine */

#endif
