/* seeds.h - seed tasks as a run knows them: read and named.
 *
 *     struct record_list seeds = RECORD_LIST_INIT;
 *     status = seeds_read(&seeds, arena, path, err);    // NULL: those in the program
 */
#ifndef RUN_SEEDS_H
#define RUN_SEEDS_H

#include "data/records.h"

extern const char seeds_builtin[]; /* the name of those in the program */
#define SEEDS_BUILTIN_SHOWN "built in" /* what identity shows for them */

/* The records of a file or a run. One without an id, and each of a run, is "seed_N", N from 0. */
int seeds_read(struct record_list *seeds, struct arena *a, const char *path, struct sow_error *err);

/* Are they what a run had, whose identity "seeds" is `hash`? */
bool seeds_match(const struct record_list *seeds, struct view hash);

#endif
