/* merging.h - runs that worked on a shard each, as one run.
 *
 *     status = merging_make("answers", runs, count, &err);
 */
#ifndef CLI_MERGING_H
#define CLI_MERGING_H

#include <stddef.h>

#include "sow/sow.h"

/* The folder `dir`, which is not to be there, appears whole or not at all. SOW_USAGE if it is there; SOW_INVALID
 * if a run is not done; else as store_merge. */
int merging_make(const char *dir, const char *const *runs, size_t count, struct sow_error *err);

#endif
