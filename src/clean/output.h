/* output.h - the file of kept records: lines, the elements of one array, or the rows of a table.
 *
 *     struct output *out = output_open(&options, err);
 *     output_keep(out, raw, json, err) ...
 *     status = output_end(out, err);
 *     if (!status)
 *             status = output_finish(out, err);    // the file appears now
 *     output_free(out);                            // or never
 *
 * Only output_finish reports why the file could not be written.
 */
#ifndef CLEAN_OUTPUT_H
#define CLEAN_OUTPUT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/view.h"
#include "sow/sow.h"

struct clean_options;
struct output;

/* Opens options.out; its name decides which kind it is. NULL on failure: SOW_USAGE, SOW_IO,
 * SOW_NOMEM. */
struct output *output_open(const struct clean_options *o, struct sow_error *err);
void output_free(struct output *out);         /* NULL is fine; drops an unfinished file */

/* A newline follows `raw`; `json` is the record in it, or empty where that is a line of text. SOW_OK,
 * SOW_NOMEM, SOW_IO (output_finish has the message), or SOW_INVALID for a record that is not a row. */
int output_keep(struct output *out, struct view raw, struct view json, struct sow_error *err);
/* Call it after the last record: writes what had to wait for that. SOW_OK, also where the file has failed. */
int output_end(struct output *out, struct sow_error *err);
bool output_failed(const struct output *out); /* of the file */
int output_finish(struct output *out, struct sow_error *err);

/* Appends the names of a table's columns that hold JSON. */
void output_say_json(const struct output *out, struct buf *names);

#endif
