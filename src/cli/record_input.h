/* record_input.h - the options and messages of the commands that read records.
 *
 *     struct chosen { struct record_input input; … };
 *     static const struct option options[] = { …, RECORD_INPUT_OPTIONS(struct chosen, input) };
 *     exit = record_input_check(c, &o.input, args.operand, args.arena);
 *     struct records *r = open_records(path, &o.input.options, err);
 *     …
 *     record_input_tell(r, o.quiet);            // the detected format, the records left out
 *
 * With many files or ranks (rank_job.h) record_input_open opens this rank's part, and all ranks end together:
 *
 *     struct records *r = record_input_open(&o.input, &t, err);
 *     status = …                           // as far as it got
 *     status = record_input_end(&o.input, &t, r, status, &facts, err);
 *     record_input_tell_facts(&facts, t.in, o.quiet);
 */
#ifndef CLI_RECORD_INPUT_H
#define CLI_RECORD_INPUT_H

#include <stdbool.h>

#include "cli/options.h"
#include "data/records.h"

struct rank_job;

struct record_input {
	/* set by the options */
	struct list map;
	const char *delimiter;
	bool skip_bad;
	/* set by record_input_check */
	struct columns columns;
	struct records_options options;
};

#define RECORD_INPUT_AT(type, member, field) (offsetof(type, member) + offsetof(struct record_input, field))
#define RECORD_INPUT_OPTIONS(type, member) \
	{ "map", 0, OPTION_LIST, RECORD_INPUT_AT(type, member, map), "WHAT=COLUMN", \
	  "which member of a record is what, where its name does not tell: instruction, context, " \
	  "answer and others (docs/guide/data.md has all); COLUMN may lead deeper by dots " \
	  "(answer=choices.0.text); may be given again" }, \
	{ "delimiter", 0, OPTION_TEXT, RECORD_INPUT_AT(type, member, delimiter), "C", \
	  "the file is CSV with this between its cells (default: told by its first line)" }, \
	{ "skip-bad", 0, OPTION_FLAG, RECORD_INPUT_AT(type, member, skip_bad), NULL, \
	  "leave out records that cannot be read, and say how many" }

/* -1 if the options make sense for that file or run; else the exit status, after printing the error.
 * `o` must not move while the options are in use. */
int record_input_check(const struct command *c, struct record_input *o, const char *path, struct arena *a);
/* With `quiet`, prints only what was lost. */
void record_input_tell(const struct records *r, bool quiet);

/* NULL with *err set. */
struct records *record_input_open(struct record_input *o, struct rank_job *t, struct sow_error *err);
/* All ranks call it. `r` is NULL if this rank could not open its part, or did not need to read it because *facts
 * is known already. On success *facts becomes that of the whole input. On failure *err is that of the lowest
 * rank; for a record that cannot be read it names the line in its file. SOW_OK, or *err set. */
int record_input_end(struct record_input *o, struct rank_job *t, struct records *r, int status,
		     struct facts *facts, struct sow_error *err);
void record_input_tell_facts(const struct facts *f, const char *name, bool quiet);

#endif
