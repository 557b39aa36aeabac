/* merge.h - runs that worked on a shard of one input each, as one run.
 *
 *     status = store_merge("new", dirs, count, err);
 *
 * The tickets of a shard are numbers in the whole input, so nothing is renumbered: the run that is written
 * holds, row for row but for the ids of tables, what a run over the whole input would hold, and goes on as
 * one.
 */
#ifndef STORE_MERGE_H
#define STORE_MERGE_H

#include <stddef.h>

#include "sow/sow.h"

/* Writes them into the new folder `dir`, which on failure holds a part. SOW_DIFFERS where they are not all
 * the shards of one recipe: one is missing, there twice, of another recipe, no shard, or has ended before the
 * others, with a smaller -n; the line names it.
 * SOW_BUSY if one is under way. Whether each is done is for the caller to see. */
int store_merge(const char *dir, const char *const *from, size_t count, struct sow_error *err);

#endif
