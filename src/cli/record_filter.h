/* record_filter.h - the options and messages that dedup, novel and decontaminate share.
 *
 *     struct chosen { struct record_filter filter; … };
 *     static const struct option options[] = { …, RECORD_FILTER_OPTIONS(struct chosen, filter) };
 *     exit = record_filter_check(c, &o.filter, args.operand, args.arena);
 *     struct clean_options clean = record_filter_options(&o.filter, args.operand);
 *     status = novel_run(…);
 *     return record_filter_end(&o.filter, args.operand, status, &counts, &err);
 */
#ifndef CLI_RECORD_FILTER_H
#define CLI_RECORD_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clean/clean.h"
#include "cli/options.h"
#include "cli/record_input.h"
#include "cli/work_folder.h"

#define RECORD_FILTER_LISTED 20 /* bad records that are listed one by one; --explain lists all */

struct record_filter {
	const char *out, *explain;
	struct list fields;
	struct record_input input;
	bool lines, quiet, resume;
	int64_t threads;             /* 0: one for each core that the process may use */
	size_t told;                 /* bad records that were listed */
	bool stopped;                /* by one of those */
};

#define WORDS_KINDS "unicode|ascii" /* in the order of enum words_kind */

#define RECORD_FILTER_AT(type, member, field) (offsetof(type, member) + offsetof(struct record_filter, field))
#define RECORD_FILTER_OPTIONS(type, member) \
	{ "field", 0, OPTION_LIST, RECORD_FILTER_AT(type, member, fields), "PATH", \
	  "the text of a record that is compared, instead of the whole question (instruction and " \
	  "input, or what the user says); may lead deeper by dots (messages.content); may be given " \
	  "again, and then all but the first may be missing" }, \
	{ "lines", 0, OPTION_FLAG, RECORD_FILTER_AT(type, member, lines), NULL, \
	  "a record is a line of plain text, whatever the file looks like" }, \
	{ "out", 'o', OPTION_TEXT, RECORD_FILTER_AT(type, member, out), "FILE", \
	  "where the records that are kept go, one a line; as one array if it ends in .json, as a " \
	  "table if in .parquet, .csv or .tsv; .gz and .zst compress; - is standard output (the " \
	  "default)" }, \
	{ "explain", 0, OPTION_TEXT, RECORD_FILTER_AT(type, member, explain), "FILE", \
	  "for every record a JSON object with what became of it and why" }, \
	RECORD_INPUT_OPTIONS(type, member.input), \
	WORK_FOLDER_RESUME(RECORD_FILTER_AT(type, member, resume)), \
	{ "threads", 0, OPTION_INT, RECORD_FILTER_AT(type, member, threads), "N", \
	  "cores to use (0: all that are there); what comes out does not depend on it", 0, 256 }, \
	{ "quiet", 'q', OPTION_FLAG, RECORD_FILTER_AT(type, member, quiet), NULL, \
	  "do not say how many were kept" }

/* Of the commands that compare vectors. */
#define RECORD_FILTER_VECTORS(vectors_at, vector_at) \
	{ "vectors", 0, OPTION_TEXT, vectors_at, "FILE.npy", \
	  "semantic: a vector a record, in the order of the file, as NumPy writes it (default: the built-in " \
	  "embedding model makes them of the texts that are compared)" }, \
	{ "vector", 0, OPTION_TEXT, vector_at, "FIELD", \
	  "semantic: the vectors are in this field of the records" }

/* -1 if the options make sense; else the exit status, after printing the error. */
int record_filter_check(const struct command *c, struct record_filter *o, const char *in, struct arena *a);

/* `o` must not move while the options are in use. */
struct clean_options record_filter_options(struct record_filter *o, const char *in);

/* Prints the counts or the error. Returns the exit status. */
int record_filter_end(const struct record_filter *o, const char *in, int status,
		      const struct clean_counts *counts, const struct sow_error *err);

#endif
