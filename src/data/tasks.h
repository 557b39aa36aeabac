/* tasks.h - tasks read from the files people have.
 *
 *     struct arena *a = arena_new();
 *     struct tasks tasks = TASKS_INIT;
 *     status = tasks_read(&tasks, a, "seeds.jsonl", err);
 *     tasks_release(&tasks);
 *     arena_free(a);
 *
 * Told apart by content, not by name:
 *   - Self-Instruct: {"instruction", "instances": [{"input", "output"}], "is_classification",
 *     "id", "name"}; all but "instruction" may be missing
 *   - Alpaca: {"instruction", "input", "output"}
 *   - messages: {"messages": [{"role", "content"}, …]}: the first user turn and the answer
 *   - ShareGPT: {"conversations": [{"from", "value"}, …]}: likewise
 *   each one JSON value a line, or all in one JSON array; and
 *   - plain text: one instruction a line; empty lines are skipped.
 * White space around texts is cut off. .gz and .zst are read as they are.
 */
#ifndef DATA_TASKS_H
#define DATA_TASKS_H

#include "base/arena.h"
#include "data/task.h"
#include "sow/sow.h"

struct tasks {
	struct task *list;
	size_t count;
	size_t room;
};

#define TASKS_INIT { .list = 0 }

/* Appends the tasks of a file; texts live in `a`. SOW_OK, or with one line that says where
 * and what was expected: SOW_INVALID ("seeds.jsonl:12:7: expected …" for line 12, column 7;
 * also for an empty file, a missing field, invalid UTF-8), SOW_IO, SOW_TOOBIG, SOW_NOMEM. */
int tasks_read(struct tasks *tasks, struct arena *a, const char *path, struct sow_error *err);
/* The same from text in memory; `name` stands for the path in messages. */
int tasks_parse(struct tasks *tasks, struct arena *a, const char *name, struct view text,
		struct sow_error *err);
void tasks_release(struct tasks *tasks);      /* the list, not the texts */

#endif
