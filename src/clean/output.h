/* output.h - the file of what is kept: lines, the elements of one array, or the rows of a table.
 *
 *     struct output *out = output_open(&options, err);
 *     output_keep(out, raw, json, err) ...
 *     status = output_end(out, err);
 *     if (!status)
 *             status = output_finish(out, err);    // the file appears now
 *     output_free(out);                            // or never
 *
 * What the file could not take is said by output_finish alone.
 */
#ifndef CLEAN_OUTPUT_H
#define CLEAN_OUTPUT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/view.h"
#include "sow/sow.h"

struct clean_options;
struct output;

/* Of options.out, by whose name it is one or the other. NULL on failure: SOW_USAGE, SOW_IO,
 * SOW_NOMEM. */
struct output *output_open(const struct clean_options *o, struct sow_error *err);
void output_free(struct output *out);         /* NULL is fine; drops what is not finished */

/* `raw` has a newline behind it; `json` is the record in it, or empty where that is a line of text.
 * SOW_OK, SOW_NOMEM, SOW_IO where only the file knows why, or SOW_INVALID for what is no row. */
int output_keep(struct output *out, struct view raw, struct view json, struct sow_error *err);
/* Nothing more is kept: writes what had to wait for that. SOW_OK, also where the file has failed. */
int output_end(struct output *out, struct sow_error *err);
bool output_failed(const struct output *out); /* of the file */
int output_finish(struct output *out, struct sow_error *err);

/* Appends the names of a table's columns that hold JSON. */
void output_say_json(const struct output *out, struct buf *names);

#endif
