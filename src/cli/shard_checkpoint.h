/* shard_checkpoint.h - what a rank wrote before its job was stopped, and need not write again.
 *
 *     struct buf notes = BUF_INIT;                   // what the command has to know of them
 *     if (!shard_checkpoint_load(&t, &notes, &same) || !same) {
 *             ... write t.out.shard and t.explain.shard; buf_add(&notes, …) ...
 *             status = shard_checkpoint_save(&t, &notes, err);
 *     }
 *
 * A checkpoint (clean/checkpoint.h) holds the notes, and of each shard its size and time of change, by which
 * it is known again. Each rank has its own. A command that filters is given it as t.spread.keeper
 * (shard_checkpoint_keep).
 */
#ifndef CLI_SHARD_CHECKPOINT_H
#define CLI_SHARD_CHECKPOINT_H

#include <stdbool.h>

#include "base/buf.h"
#include "cli/rank_job.h"
#include "sow/sow.h"

/* SOW_OK, SOW_IO. */
int shard_checkpoint_save(const struct rank_job *t, const struct buf *notes, struct sow_error *err);
/* True if this rank's shards are there, at least as long as they were when the same job saved that; the notes are
 * appended. *same: they did not change. Without other ranks there is nothing to find. */
bool shard_checkpoint_load(const struct rank_job *t, struct buf *notes, bool *same);
/* All ranks call it: says how many of them found theirs. */
int shard_checkpoint_tell(const struct rank_job *t, bool found, bool quiet, struct sow_error *err);

/* For the passes of spread.h, which write piece by piece: remembers how far they are, and what is told of the
 * records. */
void shard_checkpoint_keep(struct rank_job *t);

#endif
