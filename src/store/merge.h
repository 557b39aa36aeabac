/* merge.h - joins runs that each worked on a shard of one input into one run.
 *
 *     status = store_merge("new", dirs, count, err);
 *
 * The tickets of a shard are numbers in the whole input, so nothing is renumbered: the new run holds, row
 * for row except for the ids of tables, what a run over the whole input would hold, and can be resumed like
 * it.
 */
#ifndef STORE_MERGE_H
#define STORE_MERGE_H

#include <stddef.h>

#include "sow/sow.h"

/* Writes them into the new folder `dir`, which on failure holds a part. SOW_DIFFERS if they are not all the
 * shards of one recipe: one is missing, given twice, of another recipe, not a shard, or ended before the
 * others, with a smaller -n; the message names it.
 * SOW_BUSY if one is running. The caller checks whether each is done. */
int store_merge(const char *dir, const char *const *from, size_t count, struct sow_error *err);

#endif
