/* tasks.h - tasks read from the files people have.
 *
 *     struct arena *a = arena_new();
 *     struct tasks tasks = TASKS_INIT;
 *     status = tasks_read(&tasks, a, "seeds.jsonl", err);
 *     tasks_release(&tasks);
 *     arena_free(a);
 *
 * Any file that reader.h takes. All of it is held; to pass over a file once, take a reader.
 */
#ifndef DATA_TASKS_H
#define DATA_TASKS_H

#include <stdbool.h>

#include "base/arena.h"
#include "data/task.h"
#include "io/hash.h"
#include "sow/sow.h"

struct tasks {
	struct task *list;
	size_t count;
	size_t room;
};

#define TASKS_INIT { .list = 0 }

/* Appends the tasks of a file; texts live in `a`. SOW_OK, or with one line that says where
 * and what was expected, as reader_next; SOW_INVALID also for a file without any. */
int tasks_read(struct tasks *tasks, struct arena *a, const char *path, struct sow_error *err);
/* The same from text in memory; `name` stands for the path in messages. */
int tasks_parse(struct tasks *tasks, struct arena *a, const char *name, struct view text,
		struct sow_error *err);
/* What counts of tasks as examples and as neighbours, whatever file form they came in; `whole`
 * if their instances are shown too. SOW_OK or SOW_NOMEM. */
int tasks_hash(const struct tasks *tasks, bool whole, char hex[HASH_HEX_SIZE]);
void tasks_release(struct tasks *tasks);      /* the list, not the texts */

#endif
