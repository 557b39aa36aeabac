/* seeds.h - seed tasks as a run knows them: read and named.
 *
 *     struct tasks seeds = TASKS_INIT;
 *     status = seeds_read(&seeds, arena, path, err);    // NULL: those in the program
 */
#ifndef RUN_SEEDS_H
#define RUN_SEEDS_H

#include "data/tasks.h"

extern const char seeds_builtin[]; /* the name of those in the program */
#define SEEDS_BUILTIN_SHOWN "built in" /* what identity shows for them */

/* As tasks_read. One without an id is "seed_N", N from 0. */
int seeds_read(struct tasks *seeds, struct arena *a, const char *path, struct sow_error *err);

/* Are they what a run had, whose identity "seeds" is `hash`? 1, 0 or SOW_NOMEM. */
int seeds_match(const struct tasks *seeds, struct view hash);

#endif
