/* explain.h - for every line of a file, what became of it and why, as JSON lines.
 *
 *     {"line":7,"kept":false,"reason":"near-duplicate","score":0.8,"nearest":3}
 *
 * "nearest" is a line of the same file, or "FILE:LINE"; "score", "nearest" and "match" are
 * there where they apply. A line that could not be read has "reason":"bad" and "message", one
 * with white space alone "reason":"blank".
 */
#ifndef CLEAN_EXPLAIN_H
#define CLEAN_EXPLAIN_H

#include "clean/clean.h"

struct explain;

struct explain *explain_open(const char *path, struct sow_error *err);
int explain_line(struct explain *x, const struct clean_line *line); /* SOW_OK, SOW_NOMEM, … */
int explain_unread(struct explain *x, size_t number, const char *reason, const char *message);
int explain_finish(struct explain *x, struct sow_error *err);
void explain_drop(struct explain *x);         /* NULL is fine */

#endif
