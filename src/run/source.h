/* source.h - what a step works on, one task after another: a file, or what the step before it
 * has made.
 *
 *     struct source *s = source_file("prompts.txt", err);   // or source_step(store, 1)
 *     source_skip(s, begun);
 *     while ((status = source_next(s, arena, &task, err)) > 0)
 *             ... task.id names it, texts live in `arena` ...
 *     source_free(s);
 */
#ifndef RUN_SOURCE_H
#define RUN_SOURCE_H

#include "base/arena.h"
#include "data/task.h"
#include "io/hash.h"
#include "run/store.h"
#include "sow/sow.h"

struct source;

/* Reads the file. NULL on failure with *err set, as tasks_read has it. */
struct source *source_file(const char *path, struct sow_error *err);
/* The first `limit` finished tasks of a step (0: all); 16 bytes each. The store is not owned. */
struct source *source_step(struct store *store, int64_t step, int64_t limit, struct sow_error *err);
void source_free(struct source *s);           /* NULL is fine */

int64_t source_count(const struct source *s); /* all there are */
const struct hash *source_hash(const struct source *s); /* of a file's tasks; NULL of a step's */

/* Goes on behind the first `count`. SOW_INVALID if a file has fewer; fewer are wanted of a step
 * that was asked for less than before. */
int source_skip(struct source *s, int64_t count, struct sow_error *err);
/* 1, 0 at the end, negative. */
int source_next(struct source *s, struct arena *a, struct task *task, struct sow_error *err);

#endif
