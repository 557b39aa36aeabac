/* reading.h - what the commands that read a file of records have in common.
 *
 *     struct chosen { struct reading reading; … };
 *     static const struct option options[] = { …, READING_OPTIONS(struct chosen, reading) };
 *     exit = reading_check(c, &o.reading, args.operand, args.arena);
 *     struct records *r = open_records(path, &o.reading.options, err);
 *     …
 *     reading_tell(r, o.quiet);            // what the file was taken for, what was left out
 *
 * With many files or ranks (rank_job.h) reading_open gives this rank's part. Of several ranks the end is of all:
 *
 *     struct records *r = reading_open(&o.reading, &t, err);
 *     status = …                           // as far as it got
 *     status = reading_end(&o.reading, &t, r, status, &facts, err);
 *     reading_tell_facts(&facts, t.in, o.quiet);
 */
#ifndef CLI_READING_H
#define CLI_READING_H

#include <stdbool.h>

#include "cli/options.h"
#include "data/records.h"

struct rank_job;

struct reading {
	/* set by the options */
	struct list map;
	const char *delimiter;
	bool skip_bad;
	/* set by reading_check */
	struct columns columns;
	struct records_options options;
};

#define READING_AT(type, member, field) (offsetof(type, member) + offsetof(struct reading, field))
#define READING_OPTIONS(type, member) \
	{ "map", 0, OPTION_LIST, READING_AT(type, member, map), "WHAT=COLUMN", \
	  "which member of a record is what, where its name does not tell: instruction, context, " \
	  "answer and others (docs/guide/data.md has all); COLUMN may lead deeper by dots " \
	  "(answer=choices.0.text); may be given again" }, \
	{ "delimiter", 0, OPTION_TEXT, READING_AT(type, member, delimiter), "C", \
	  "the file is CSV with this between its cells (default: told by its first line)" }, \
	{ "skip-bad", 0, OPTION_FLAG, READING_AT(type, member, skip_bad), NULL, \
	  "leave out records that cannot be read, and say how many" }

/* -1 if the options make sense for that file or run; else the exit status, with everything said.
 * `o` must stay where it is while they are used. */
int reading_check(const struct command *c, struct reading *o, const char *path, struct arena *a);
/* With `quiet` only what was lost. */
void reading_tell(const struct records *r, bool quiet);

/* NULL with *err set. */
struct records *reading_open(struct reading *o, struct rank_job *t, struct sow_error *err);
/* All ranks call it, `r` is NULL where it could not be opened; or where this rank's part need not be read, as
 * *facts has what was found out about it. *facts becomes that of the whole input; or the failure is that of
 * the lowest rank: a record that cannot be read is told with the place that it has in its file. SOW_OK, or
 * *err set. */
int reading_end(struct reading *o, struct rank_job *t, struct records *r, int status, struct facts *facts,
		struct sow_error *err);
void reading_tell_facts(const struct facts *f, const char *name, bool quiet);

#endif
