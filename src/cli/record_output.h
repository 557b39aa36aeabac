/* record_output.h - what export, convert, select and tags have in common: how a set of records is written.
 *
 *     struct chosen { struct record_output output; … };
 *     static const struct option options[] = { RECORD_OUTPUT_OPTIONS(struct chosen, output), … };
 *     exit = record_output_check(c, &o.output);
 *     status = record_output_open(&o.output, err);
 *     record_output_add(&o.output, &record, err) …
 *     status = record_output_finish(&o.output, &facts, err);   // says what went where
 *     record_output_release(&o.output);
 */
#ifndef CLI_RECORD_OUTPUT_H
#define CLI_RECORD_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/options.h"
#include "cli/record_input.h"
#include "data/dataset.h"
#include "report/card.h"
#include "verdicts/reviewed.h"

struct rank_job;

struct record_output {
	/* set by the options */
	const char *format, *out, *layout, *validation, *licence, *title;
	const char *reasoning, *rejected;
	struct list only;
	double margin;
	bool jsonl, shuffle, quiet, drop_fields, no_context;
	bool reviewed, no_dropped, ignore_review;
	int64_t seed, shard_mb;
	/* set on the way */
	const char *shown;           /* the name for what is written, where that is not `out`; or NULL */
	uint64_t first;              /* lines that others write before, where they write parts of one set */
	size_t written;              /* lines, once it is finished */
	double share;
	struct format_options lines;
	char **names;                /* of --only-fields */
	bool *named;                 /* which of these a record has */
	size_t name_count;
	struct dataset *dataset;
	struct table1 table;
	struct reviewed *review;     /* NULL: there is none */
	struct arena *mended;        /* texts of the record at hand */
};

/* In the order of enum reasoning_form. */
#define REASONINGS "as-came|reasoning_content|reasoning|thinking|think-tags|drop"

#define RECORD_OUTPUT_AT(type, member, field) (offsetof(type, member) + offsetof(struct record_output, field))
#define RECORD_OUTPUT_OPTIONS(type, member) \
	{ "format", 'f', OPTION_TEXT, RECORD_OUTPUT_AT(type, member, format), "F", \
	  "what a line is; sow help formats lists them" }, \
	{ "out", 'o', OPTION_TEXT, RECORD_OUTPUT_AT(type, member, out), "FILE", \
	  "where to; the name says what kind of file: .jsonl, .json, .parquet, .csv or .tsv; .gz and " \
	  ".zst compress; - is standard output (the default)" }, \
	{ "jsonl", 0, OPTION_FLAG, RECORD_OUTPUT_AT(type, member, jsonl), NULL, \
	  "a record a line instead of one JSON array; so too if the name says .jsonl" }, \
	{ "drop-fields", 0, OPTION_FLAG, RECORD_OUTPUT_AT(type, member, drop_fields), NULL, \
	  "leave out the members that the format does not know" }, \
	{ "no-context", 0, OPTION_FLAG, RECORD_OUTPUT_AT(type, member, no_context), NULL, \
	  "leave out what questions are asked about: alpaca's input, a chunk of sow ask" }, \
	{ "only-fields", 0, OPTION_LIST, RECORD_OUTPUT_AT(type, member, only), "A,B", \
	  "of those members write only these" }, \
	{ "reasoning", 0, OPTION_CHOICE, RECORD_OUTPUT_AT(type, member, reasoning), "FORM", \
	  "how to write what a model thought: reasoning_content, reasoning or thinking (a member), " \
	  "think-tags (before the answer) or drop (default: as it came)", .choices = REASONINGS }, \
	{ "rejected", 0, OPTION_CHOICE, RECORD_OUTPUT_AT(type, member, rejected), NULL, \
	  "of pairs, which worse answer is the rejected one (default: worst)", \
	  .choices = "worst|random" }, \
	{ "margin", 0, OPTION_NUMBER, RECORD_OUTPUT_AT(type, member, margin), "M", \
	  "of pairs, only those whose scores differ by M or more", 0, 1000000 }, \
	{ "shuffle", 0, OPTION_FLAG, RECORD_OUTPUT_AT(type, member, shuffle), NULL, \
	  "records in a random order; holds all of them in memory" }, \
	{ "validation", 0, OPTION_TEXT, RECORD_OUTPUT_AT(type, member, validation), "SHARE", \
	  "put about this share of the tasks (0.1: a tenth) into a second file, NAME-validation; " \
	  "tasks of one root stay together" }, \
	{ "seed", 0, OPTION_INT, RECORD_OUTPUT_AT(type, member, seed), "N", \
	  "of --shuffle, --validation and the choice of templates", 0, INT64_MAX, .fallback = "0" }, \
	{ "reviewed", 0, OPTION_FLAG, RECORD_OUTPUT_AT(type, member, reviewed), NULL, \
	  "only records that people kept in sow review" }, \
	{ "no-dropped", 0, OPTION_FLAG, RECORD_OUTPUT_AT(type, member, no_dropped), NULL, \
	  "leave out what people dropped in sow review, and write what they edited as they did: so " \
	  "it is wherever there is a review" }, \
	{ "ignore-review", 0, OPTION_FLAG, RECORD_OUTPUT_AT(type, member, ignore_review), NULL, \
	  "all records as they came, whatever people decided" }, \
	{ "layout", 0, OPTION_CHOICE, RECORD_OUTPUT_AT(type, member, layout), NULL, \
	  "hf: -o is a new folder for Hugging Face, with Parquet files (--jsonl: JSONL) and a data " \
	  "set card", .choices = "hf" }, \
	{ "shard-size", 0, OPTION_INT, RECORD_OUTPUT_AT(type, member, shard_mb), "MB", \
	  "of a file in that folder, about (default: 256)", 1, 1 << 20 }, \
	{ "licence", 0, OPTION_TEXT, RECORD_OUTPUT_AT(type, member, licence), "ID", \
	  "for the card, as the hub names it: apache-2.0, cc-by-4.0 (default: it says that none is " \
	  "stated)" }, \
	{ "title", 0, OPTION_TEXT, RECORD_OUTPUT_AT(type, member, title), "TEXT", \
	  "for the card (default: the folder's name)" }, \
	{ "quiet", 'q', OPTION_FLAG, RECORD_OUTPUT_AT(type, member, quiet), NULL, \
	  "say only what was left out" }

/* -1 if the options make sense together; else the exit status, with everything said. */
int record_output_check(const struct command *c, struct record_output *p);
int record_output_check_format(const struct command *c, const char *format);
int record_output_open(struct record_output *p, struct sow_error *err);
/* From now on records are those of this data file or run's folder, and what people decided about
 * them counts. SOW_OK, SOW_MISSING if --reviewed was given and there is no review, or as
 * reviewed_open. */
int record_output_review(struct record_output *p, const char *data, bool is_run, struct sow_error *err);
/* For who chooses among records before writing them: takes that over from record_output_add. */
int record_output_take(struct record_output *p, struct arena *a, struct record *record,
		       struct sow_error *err);
/* Says what the review came to, and ends it: what is added from now on is written as it is. `all`: every
 * record was given. */
void record_output_say_review(struct record_output *p, bool all);
/* Reads all records of a path so, as the review has it: *left_out gets a flag a record (mem_free), so that
 * their numbers fit; NULL: what it leaves out is not in the list. SOW_OK, or *err set. */
int record_output_gather(struct record_output *p, struct record_input *input, const char *path,
			 struct arena *a, struct record_list *list, bool **left_out, struct sow_error *err);
int record_output_add(struct record_output *p, const struct record *record, struct sow_error *err);
/* `facts`: source, recipe and teacher for a card; the rest of it is filled in. */
int record_output_finish(struct record_output *p, const struct card *facts, struct sow_error *err);
/* For one of several that write parts of a set: ends the own part, and says nothing; then of all parts,
 * with `named` of all, checks what has to hold for the set, and says what went where. */
int record_output_close(struct record_output *p, struct dataset_made *made, struct sow_error *err);
int record_output_check_made(const struct record_output *p, const struct dataset_made *made,
			     struct sow_error *err);
void record_output_say(const struct record_output *p, const struct dataset_made *made);
/* Before record_output_close: the columns of a table are those of the records of all ranks. All ranks call it. *own
 * becomes those of this rank's records; of a part that was written before (record_output_restore) it has them. */
int record_output_share_columns(struct record_output *p, struct rank_job *t, struct buf *own,
				struct sow_error *err);
/* What record_output_add_up and record_output_share_columns need of a part that is written; and, in another process, takes
 * its place: false if that is no such text. */
void record_output_note(const struct record_output *p, const struct dataset_made *made,
			const struct buf *columns, struct buf *notes);
bool record_output_restore(struct record_output *p, struct view notes, struct dataset_made *made,
			   struct buf *columns);
/* Of all ranks: *made, of this one's part, becomes what they made together, checked. All ranks call it. */
int record_output_add_up(struct record_output *p, struct rank_job *t, struct dataset_made *made,
			 struct sow_error *err);
/* What cannot be written as shards, or by several ranks: decisions of people belong to one file, in its
 * order. SOW_OK, SOW_USAGE. */
int record_output_check_parts(const struct record_output *p, const struct rank_job *t, struct sow_error *err);
/* The option that needs all records in one process, "shuffle"; NULL: none was given. */
const char *record_output_whole(const struct record_output *p);
/* How many lines the record will be. */
size_t record_output_lines(const struct record_output *p, const struct record *record);
void record_output_release(struct record_output *p); /* leaves no file if it was not finished */

#endif
