/* lookup.h - from the id of an instruction, as a run has noted it, to its text.
 *
 *     struct lookup *l = lookup_new(store);
 *     if (lookup_instruction(l, step, view_of("seed_12"), arena, &text, err) > 0)
 *             ... text ...
 *     lookup_free(l);
 *
 * Instructions of the run are in run.db. Those of its seeds are not: their file is read again
 * when the first is asked for, and only believed if it holds what the run had. A file that
 * is gone or another is no failure: its instructions are not known. Neither are those of the
 * files a run was to be new against.
 *
 * Memory: the seeds of one step.
 */
#ifndef RUN_LOOKUP_H
#define RUN_LOOKUP_H

#include "store/store.h"

struct lookup;

struct lookup *lookup_new(struct store *s);   /* the store is not owned */
void lookup_free(struct lookup *l);           /* NULL is fine */

/* What `id` names to a record of `step`: 1 and a text in `a`, 0 if it is not known, or negative.
 * A pool of a later step used to note its own units without their step, as "task_3_1". In a run
 * begun then, such an id is a seed's if a seed has it, else that of a unit of `step`. */
int lookup_instruction(struct lookup *l, int64_t step, struct view id, struct arena *a,
		       struct view *text, struct sow_error *err);

#endif
