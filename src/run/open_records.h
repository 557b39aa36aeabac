/* open_records.h - the records of any path: a run's directory, a file, or standard input.
 *
 *     struct records *r = open_records("run", NULL, err);
 *     while (records_next(r, arena, &record, err) > 0) …
 *     records_close(r);
 *
 * A run gives the tasks that export gives, in their order, as one snapshot: later changes to the run do
 * not show.
 */
#ifndef RUN_OPEN_RECORDS_H
#define RUN_OPEN_RECORDS_H

#include <stdbool.h>

#include "data/records.h"
#include "store/store.h"
#include "sow/sow.h"

/* `o` may be NULL, and lives as long as the stream. NULL on failure with *err set. */
struct records *open_records(const char *path, const struct records_options *o,
			     struct sow_error *err);

/* Appends all records of a path; texts live in `a`. SOW_OK, or as records_next; SOW_INVALID if
 * there are none. */
int open_record_list(struct record_list *l, struct arena *a, const char *path,
		     struct sow_error *err);

/* True if a directory holds a run, or if that cannot be determined. */
bool run_exists(const char *dir);

/* Opens the run in a directory for reading. NULL with *err set: SOW_MISSING if it holds none. */
struct store *open_run(const char *dir, struct sow_error *err);

#endif
