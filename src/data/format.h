/* format.h - tasks written in the formats training programs read.
 *
 *     struct format_writer *w = format_open(format_find("alpaca"), "data.json", false, err);
 *     format_write(w, &task);
 *     status = format_finish(w, err);        // frees `w`; the file appears now
 *
 * | name          | one record is                                                           |
 * |---------------|-------------------------------------------------------------------------|
 * | self-instruct | a task: id, name, instruction, instances, is_classification             |
 * | alpaca        | an instance: instruction, input, output                                 |
 * | messages      | an instance: {"messages": [user, assistant]}, as OpenAI's chat data     |
 * | sharegpt      | an instance: {"conversations": [{"from": "human", …}, {"from": "gpt"}]} |
 * | completion    | an instance: {"prompt": …, "completion": …}, in a mix of templates      |
 * | openai        | as messages: what OpenAI's fine-tuning takes                            |
 * | axolotl       | as messages, with a piece of its configuration beside                   |
 * | llama-factory | as messages, with an entry in dataset_info.json beside                  |
 * | trl           | an instance: {"prompt": [turns], "completion": [the last answer]}       |
 *
 * Chat formats put instruction and input in one turn, an empty line between them. A task
 * that is a chat of several turns is one record with all of them: alpaca then adds
 * "system" and "history", self-instruct "messages", and completion writes the turns out as
 * a dialogue, which is all that is lost on the way back. The last four take only what can
 * be trained on: a record that does not end with an answer is left out and counted.
 *
 * JSON is one array, a record a line; JSONL (always, for some) one a line. reader.h reads
 * each of them back.
 */
#ifndef DATA_FORMAT_H
#define DATA_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "data/record.h"
#include "io/json.h"
#include "sow/sow.h"

/* What one record is made of. */
struct sample {
	const struct record *task;
	const struct instance *instance; /* NULL where a record is a task, or a chat of several
					  * turns */
	uint64_t seed, number;           /* for a format that draws: of the set, of the record */
};

/* A file that goes with the data. */
struct beside {
	const char *data;            /* file names, without folders */
	const char *validation;      /* NULL: none */
	struct view found;           /* what the file holds now; empty: it is not there */
};

struct format {
	const char *name;
	const char *help;            /* half a line for --help */
	bool tasks;                  /* a record is a task */
	bool lines;                  /* the file is always JSONL */
	bool answered;               /* takes only records that end with an answer */
	/* Adds one record to `out`; `scratch` is for what it needs meanwhile. */
	int (*record)(struct json_out *out, const struct sample *s, struct arena *scratch);
	/* The file that goes beside: NULL, or its name and what it shall hold, SOW_OK, SOW_NOMEM
	 * or SOW_USAGE where a trainer could not use the data by such a name. */
	const char *beside_name;     /* "*" stands for the data's own without its endings */
	int (*beside)(const struct beside *b, struct buf *out, struct sow_error *err);
};
extern const struct format formats[];
extern const size_t format_count;
const struct format *format_find(const char *name); /* NULL: unknown */

/* How many records a task is, and the ith of them; `seed` and `number` are the caller's. */
size_t format_samples(const struct format *f, const struct record *task);
struct sample format_sample(const struct format *f, const struct record *task, size_t i);

/* A file's name without its endings: "data" of "data.jsonl.zst". */
struct view format_stem(const char *name);

/* A task as the format self-instruct has it, without id and name: members of the object that is
 * open. */
struct json_out;
void format_task_members(struct json_out *out, const struct record *task);

struct format_writer;
/* NULL on failure, SOW_IO or SOW_NOMEM. For `path` see outfile.h. */
struct format_writer *format_open(const struct format *f, const char *path, bool jsonl,
				  struct sow_error *err);
int format_write_sample(struct format_writer *w, const struct sample *s); /* failure sticks */
/* All samples of a task, numbered as they come, with seed 0. */
int format_write(struct format_writer *w, const struct record *task);
size_t format_written(const struct format_writer *w);  /* records so far */
size_t format_left_out(const struct format_writer *w); /* records that it does not take */
size_t format_bytes(const struct format_writer *w);    /* before compression */
int format_finish(struct format_writer *w, struct sow_error *err);
void format_drop(struct format_writer *w);    /* NULL is fine; leaves no file */

#endif
