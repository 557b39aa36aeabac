/* method_ranks.h - a run on ranks: each works on a shard of the input, and the first makes one run of all.
 *
 * The shards are runs in DIR.work, as --shard K/N makes them: K-of-N. They resume as every run does, so that
 * the same command goes on behind a job that was killed. DIR appears whole or not at all.
 */
#ifndef CLI_METHOD_RANKS_H
#define CLI_METHOD_RANKS_H

#include "cli/method.h"

/* Instead of method_work.carry_out, where ranks were announced. Refuses what asks a teacher: what each process
 * may spend, and how fast, would hold as many times as there are. All ranks call it. Exit status. */
int method_ranks(const struct command *c, struct method_chosen *o, struct recipe *recipe);

#endif
