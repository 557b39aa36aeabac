/* lookup.h - from the id of an instruction, as recorded in a run, to its text.
 *
 *     struct lookup *l = lookup_new(store);
 *     if (lookup_instruction(l, step, view_of("seed_12"), arena, &text, err) > 0)
 *             ... text ...
 *     lookup_free(l);
 *
 * Instructions of the run are in run.db. Those of its seeds are not: lookup reads their file again
 * at the first query, and uses it only if it holds the same seeds as the run's. If the file is
 * gone or differs, that is not a failure: its instructions are unknown. So are those of the files
 * that a run's instructions had to differ from.
 *
 * Memory: the seeds of one step.
 */
#ifndef RUN_LOOKUP_H
#define RUN_LOOKUP_H

#include "store/store.h"

struct lookup;

struct lookup *lookup_new(struct store *s);   /* the store is not owned */
void lookup_free(struct lookup *l);           /* NULL is fine */

/* The instruction that `id` means in a record of `step`: 1 and a text in `a`, 0 if it is unknown, or
 * negative. Pools of a later step once recorded their own units without the step, as "task_3_1". In a
 * run of that time, such an id is a seed's if a seed has it, else that of a unit of `step`. */
int lookup_instruction(struct lookup *l, int64_t step, struct view id, struct arena *a,
		       struct view *text, struct sow_error *err);

#endif
