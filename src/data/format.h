/* format.h - records written in the formats training programs read.
 *
 *     struct format_writer *w = format_open(format_find("alpaca"), NULL, "data.json", false, err);
 *     format_write(w, &record);
 *     status = format_finish(w, err);        // frees `w`; the file appears now
 *
 * | name                     | one line is                                                  |
 * |--------------------------|--------------------------------------------------------------|
 * | self-instruct            | a record: id, name, instruction, instances, is_classification |
 * | alpaca                   | an answer: instruction, input, output                        |
 * | messages                 | an answer: {"messages": [user, assistant]}                   |
 * | sharegpt                 | an answer: {"conversations": [{"from": "human", …}, …]}      |
 * | completion               | an answer: {"prompt": …, "completion": …}, in a mix of templates |
 * | text                     | the same in one: {"text": …}                                 |
 * | openai                   | as messages: what OpenAI's fine-tuning takes                 |
 * | axolotl, llama-factory   | as messages, with a sidecar piece of configuration           |
 * | nemo, open-instruct      | as messages, for NeMo Automodel and open-instruct            |
 * | trl                      | an answer: {"prompt": [turns], "completion": [turns]}        |
 * | prompt-only              | a question: {"prompt": [turns]}                              |
 * | verl                     | a question: {"data_source", "prompt", "reward_model", …}     |
 * | preference               | a pair: {"prompt", "chosen", "rejected"}, each a list of turns |
 * | preference-implicit      | a pair: {"chosen", "rejected"}, both with the question       |
 * | axolotl-preference, llama-factory-preference, openai-preference, nemo-preference | a pair |
 * | unpaired                 | an answer: {"prompt", "completion", "label"}                 |
 * | records                  | a record with all its members, as it came or in its own shape |
 *
 * Chat formats put instruction and input in one turn, an empty line between them. A conversation
 * is one line with all of its turns: alpaca then adds "system" and "history", self-instruct
 * "messages", and completion and text write the turns out as a dialogue.
 *
 * Nothing is lost silently. The record's fields, tools, rejected answers and reasoning go into the line as
 * further members where the format's row allows them. A member without a place is left out, and counted by
 * name (format_left).
 *
 * JSON is one array, a record a line; JSONL (always, for some formats) has one record a line. records.h reads
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

enum reasoning_form {
	REASONING_AS_CAME,
	REASONING_AS_CONTENT,        /* a member "reasoning_content" */
	REASONING_AS_PLAIN,          /* "reasoning" */
	REASONING_AS_THINKING,       /* "thinking" */
	REASONING_AS_TAGS,           /* <think>…</think> before the answer */
	REASONING_DROPPED,
	REASONING_FORMS
};
extern const char *const reasoning_form_names[REASONING_FORMS]; /* "reasoning_content", … */

struct format_options {
	enum reasoning_form reasoning;
	bool drop_fields;            /* the user wants no fields */
	const char *const *only;     /* or only these; NULL: all */
	size_t only_count;
	bool random_rejected;        /* of pairs: a random worse one, not the worst */
	double margin;               /* of pairs: the scores differ by at least this */
	uint64_t seed;
};

/* What one line of a format holds. */
enum line_of {
	LINE_OF_ANSWER,              /* an answer that is not rejected, or a question without any */
	LINE_OF_RECORD,
	LINE_OF_QUESTION,
	LINE_OF_PAIR,                /* the best answer, and the worst or another */
	LINE_OF_LABELLED             /* an answer that is good or bad */
};

/* The data of one line. */
struct format_entry {
	const struct record *record;
	const struct instance *instance; /* of a question one with its input; NULL where a line is a record or
					  * a conversation, or where it has none */
	const struct instance *rejected; /* of a pair; of an answer the one that it was better than */
	uint64_t number;                 /* of the line, for random draws */
};

/* A sidecar: a file that goes with the data. */
struct beside {
	const char *data;            /* file names, without folders */
	const char *validation;      /* NULL: none */
	bool tools;                  /* a record has tools */
	struct view found;           /* what the file holds now; empty: no such file */
};

struct format_line;                  /* one line as it is written; see format_private.h */

struct format {
	const char *name;
	const char *help;            /* half a line for --help */
	enum line_of line;
	bool lines;                  /* the file is always JSONL */
	bool any;                    /* also takes records that ask nothing */
	bool answered;               /* takes only lines that end with an answer */
	bool strict;                 /* no further members */
	bool numbered;               /* its lines depend on their numbers */
	const char *const *own;      /* names of its own members, NULL after the last */
	const struct turn_style *style;
	void (*write)(struct format_line *l);
	/* The sidecar file: NULL, or its name and a function that writes its contents: SOW_OK, SOW_NOMEM, or
	 * SOW_USAGE where a trainer could not use data of that name. */
	const char *beside_name;     /* "*" stands for the data's name without its endings */
	int (*beside)(const struct beside *b, struct buf *out, struct sow_error *err);
};
extern const struct format formats[];
extern const size_t format_count;
const struct format *format_find(const char *name); /* NULL: unknown */

/* The lines of a record, numbered from `number` on: calls `each` for each; stops at its first result that is
 * not 0, and returns it. */
int format_entries(const struct format *f, const struct format_options *o,
		   const struct record *record, uint64_t number,
		   int (*each)(void *data, const struct format_entry *e), void *data);

/* A file's name without its endings: "data" of "data.jsonl.zst". */
struct view format_stem(const char *name);

/* The record as one JSON object with all its members: unchanged where it has its object, else in the shape
 * that fits it (alpaca, messages, self-instruct). In `a`; SOW_OK. */
int format_object(const struct record *record, struct arena *a, struct view *json);
/* A record as in the format self-instruct, without id and name: writes members of the open object. SOW_OK. */
int format_record_members(struct json_out *out, const struct record *record);

/* Members without a place, by name ("weight", "field prompt"), in order of appearance. */
struct format_left {
	char name[64];
	size_t count;
};
#define FORMAT_LEFT_MAX 32

struct format_writer;
/* `o` may be NULL, and must outlive the writer. NULL on failure, SOW_IO. For `path` see outfile.h. */
struct format_writer *format_open(const struct format *f, const struct format_options *o,
				  const char *path, bool jsonl, struct sow_error *err);
/* The same, but each line goes to `line` instead of a file; its failure sticks, and format_finish returns
 * it. */
struct format_sink {
	void *data;
	int (*line)(void *data, struct view line, struct sow_error *err);
};
struct format_writer *format_open_to(const struct format *f, const struct format_options *o,
				     const struct format_sink *sink, struct sow_error *err);
int format_write_entry(struct format_writer *w, const struct format_entry *e); /* failure sticks */
/* All lines of a record, numbered as they come. */
int format_write(struct format_writer *w, const struct record *record);
size_t format_written(const struct format_writer *w);  /* lines so far */
size_t format_left_out(const struct format_writer *w); /* lines that the format does not take */
size_t format_bytes(const struct format_writer *w);    /* before compression */
bool format_has_tools(const struct format_writer *w);
/* The members left out of lines; the list lives as long as the writer. */
const struct format_left *format_left(const struct format_writer *w, size_t *count);
void format_left_add(struct format_left *list, size_t *count, const char *name, size_t more);
int format_finish(struct format_writer *w, struct sow_error *err);
void format_drop(struct format_writer *w);    /* NULL is fine; leaves no file */

#endif
