/* merge_runs.h - merges runs that each worked on one shard into one run.
 *
 *     status = merge_runs("answers", runs, count, &err);
 */
#ifndef CLI_MERGE_RUNS_H
#define CLI_MERGE_RUNS_H

#include <stddef.h>

#include "sow/sow.h"

/* Makes the folder `dir`, whole or not at all. SOW_USAGE if it exists; SOW_INVALID if a run is not done; else as
 * store_merge. */
int merge_runs(const char *dir, const char *const *runs, size_t count, struct sow_error *err);

#endif
