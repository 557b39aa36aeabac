/* format.h - tasks written in the formats training programs read.
 *
 *     struct format_writer *w;
 *     w = format_open(format_find("alpaca"), "data.json", false, err);
 *     format_write(w, &task);
 *     status = format_finish(w, err);        // frees `w`; the file appears now
 *
 * | name          | one record is                                                         |
 * |---------------|-----------------------------------------------------------------------|
 * | self-instruct | a task: id, name, instruction, instances, is_classification           |
 * | alpaca        | an instance: instruction, input, output                               |
 * | messages      | an instance: {"messages": [user, assistant]}, as OpenAI's chat data   |
 * | sharegpt      | an instance: {"conversations": [{"from": "human", …}, {"from": "gpt"}]} |
 *
 * Chat formats put instruction and input in one turn, an empty line between them.
 * JSON is one array, a record a line; JSONL (always for self-instruct) one a line.
 * tasks.h reads each of them back.
 */
#ifndef DATA_FORMAT_H
#define DATA_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/task.h"
#include "io/json.h"
#include "sow/sow.h"

struct format {
	const char *name;
	const char *help; /* half a line for --help */
	bool tasks;       /* a record is a task, and the file always JSONL */
	/* Adds one record to `out`; `instance` is NULL where a record is a task. */
	int (*record)(struct json_out *out, const struct task *task,
		      const struct instance *instance);
};
extern const struct format formats[];
extern const size_t format_count;
const struct format *format_find(const char *name); /* NULL: unknown */

struct format_writer;
/* NULL on failure, SOW_IO or SOW_NOMEM. For `path` see outfile.h. */
struct format_writer *format_open(const struct format *f, const char *path, bool jsonl,
				  struct sow_error *err);
int format_write(struct format_writer *w, const struct task *task); /* failure sticks */
size_t format_written(const struct format_writer *w);               /* records so far */
int format_finish(struct format_writer *w, struct sow_error *err);
void format_drop(struct format_writer *w);    /* NULL is fine; leaves no file */

#endif
