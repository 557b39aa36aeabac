/* shard_checkpoint.h - the shards that a rank finished before its job was stopped, so that it need not write
 * them again.
 *
 *     struct buf notes = BUF_INIT;                   // what the command must know about them
 *     if (!shard_checkpoint_load(&t, &notes, &same) || !same) {
 *             ... write t.out.shard and t.explain.shard; buf_add(&notes, …) ...
 *             status = shard_checkpoint_save(&t, &notes, err);
 *     }
 *
 * A checkpoint (clean/checkpoint.h) holds the notes and, for each shard, its size and modification time, to
 * recognise it. Each rank has its own. A command that filters records uses it through t.spread.keeper
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
/* True if this rank's shards exist and are at least as long as when the same job saved the checkpoint; then the
 * notes are appended. *same: size and time are equal. A job of one rank saves none, so it finds none. */
bool shard_checkpoint_load(const struct rank_job *t, struct buf *notes, bool *same);
/* Prints how many ranks found theirs. All ranks call it. */
int shard_checkpoint_tell(const struct rank_job *t, bool found, bool quiet, struct sow_error *err);

/* For the passes of spread.h, which write piece by piece: saves their progress, the facts and the messages about
 * bad records. */
void shard_checkpoint_keep(struct rank_job *t);

#endif
