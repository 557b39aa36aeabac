/* reader.h - the tasks of a file, one at a time, however long it is.
 *
 *     struct reader *r = reader_open("tasks.jsonl.zst", err);
 *     struct arena *a = arena_new();
 *     struct task task;
 *     while ((status = reader_next(r, a, &task, err)) > 0) {
 *             ... task ...
 *             arena_clear(a);
 *     }
 *     reader_close(r);
 *
 * Told apart by content, not by name: a JSON value a line, all in one JSON array, or
 * plain text, one instruction a line, where empty lines are skipped. record.h has the
 * shapes of a JSON value. White space around texts is cut off. .gz and .zst are read as
 * they are; "-" is standard input. "[" opens an array where {, a text or the array's end
 * follows; else it is a line of text such as "[urgent] Write a note".
 *
 * Memory: one record and one block.
 */
#ifndef DATA_READER_H
#define DATA_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/view.h"
#include "data/task.h"
#include "sow/sow.h"

struct reader;

/* NULL on failure: SOW_IO ("PATH: No such file or directory"), SOW_NOMEM. */
struct reader *reader_open(const char *path, struct sow_error *err);
/* The same from text in memory, which must live as long; `name` stands for the path. */
struct reader *reader_of(const char *name, struct view text, struct sow_error *err);
void reader_close(struct reader *r);          /* NULL is fine */

/* The next task, its texts in `a`: 1, or 0 at the end. SOW_INVALID with its place and what
 * was expected ("seeds.jsonl:12:7: …" for line 12, column 7): unless reader_broken, the
 * next call goes on behind it. SOW_IO, SOW_TOOBIG, SOW_NOMEM. */
int reader_next(struct reader *r, struct arena *a, struct task *task, struct sow_error *err);
/* True after a failure behind which nothing can be read: a cut file, an array that is
 * broken between its elements. Each later call gives it again. */
bool reader_broken(const struct reader *r);
const char *reader_name(const struct reader *r); /* "standard input" for "-" */

#endif
