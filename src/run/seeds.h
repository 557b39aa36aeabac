/* seeds.h - reads and names the seed tasks of a run.
 *
 *     struct record_list seeds = RECORD_LIST_INIT;
 *     status = seeds_read(&seeds, arena, path, err);    // NULL: the built-in ones
 */
#ifndef RUN_SEEDS_H
#define RUN_SEEDS_H

#include "data/records.h"

extern const char seeds_builtin[]; /* the name of the built-in ones */
#define SEEDS_BUILTIN_SHOWN "built in" /* what identity shows for them */

/* The records of a file or a run. A record without an id, and each of a run, is "seed_N", N from 0. */
int seeds_read(struct record_list *seeds, struct arena *a, const char *path, struct sow_error *err);

/* Are they the seeds of the run whose identity "seeds" is `hash`? */
bool seeds_match(const struct record_list *seeds, struct view hash);

#endif
