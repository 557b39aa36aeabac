/* record_output.h - the options of export, convert, select and tags for writing records, and the writer.
 *
 *     struct chosen { struct record_output output; … };
 *     static const struct option options[] = { RECORD_OUTPUT_OPTIONS(struct chosen, output), … };
 *     exit = record_output_check(c, &o.output);
 *     status = record_output_open(&o.output, err);
 *     record_output_add(&o.output, &record, err) …
 *     status = record_output_finish(&o.output, &facts, err);   // prints what was written where
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
	const char *shown;           /* the output's name in messages, if it is not `out`; or NULL */
	uint64_t first;              /* lines that other ranks write before this part */
	size_t written;              /* lines; known once it is finished */
	double share;
	struct format_options lines;
	char **names;                /* of --only-fields */
	bool *named;                 /* which of these some record has */
	size_t name_count;
	struct dataset *dataset;
	struct table1 table;
	struct reviewed *review;     /* NULL: no review */
	struct arena *mended;        /* texts of the current record */
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

/* -1 if the options make sense together; else the exit status, after printing the error. */
int record_output_check(const struct command *c, struct record_output *p);
int record_output_check_format(const struct command *c, const char *format);
int record_output_open(struct record_output *p, struct sow_error *err);
/* From now on the records come from this data file or run's folder, and its review is applied to them.
 * SOW_OK, SOW_MISSING if --reviewed was given and there is no review, or as reviewed_open. */
int record_output_review(struct record_output *p, const char *data, bool is_run, struct sow_error *err);
/* Applies the review to a record, as reviewed_take. For a caller that chooses among records before it writes them;
 * else record_output_add does it. */
int record_output_take(struct record_output *p, struct arena *a, struct record *record,
		       struct sow_error *err);
/* Prints what the review changed, and closes it: records added from now on are written unchanged. `all`: every
 * record was given. */
void record_output_say_review(struct record_output *p, bool all);
/* Reads all records of a path and applies the review. *left_out becomes an array with a flag for each record that
 * the review drops (mem_free), and the list keeps those. With left_out NULL the list omits them. SOW_OK, or *err
 * set. */
int record_output_gather(struct record_output *p, struct record_input *input, const char *path,
			 struct arena *a, struct record_list *list, bool **left_out, struct sow_error *err);
int record_output_add(struct record_output *p, const struct record *record, struct sow_error *err);
/* `facts`: source, recipe and teacher for a card; this fills in the rest. */
int record_output_finish(struct record_output *p, const struct card *facts, struct sow_error *err);
/* In place of record_output_finish, for a rank that writes a part of a set: _close ends the part and prints
 * nothing. Then, with the totals of all parts and `named` of all, _check_made checks the set, and _say prints what was
 * written where. */
int record_output_close(struct record_output *p, struct dataset_made *made, struct sow_error *err);
int record_output_check_made(const struct record_output *p, const struct dataset_made *made,
			     struct sow_error *err);
void record_output_say(const struct record_output *p, const struct dataset_made *made);
/* Merges the columns of a table over all ranks, which all call it before record_output_close. *own becomes the
 * columns of this rank's records; for a part that an earlier process wrote, record_output_restore has set it. */
int record_output_share_columns(struct record_output *p, struct rank_job *t, struct buf *own,
				struct sow_error *err);
/* _note saves what record_output_add_up and record_output_share_columns need to know about a written part, and
 * _restore reads that back in another process; false if `notes` is damaged. */
void record_output_note(const struct record_output *p, const struct dataset_made *made,
			const struct buf *columns, struct buf *notes);
bool record_output_restore(struct record_output *p, struct view notes, struct dataset_made *made,
			   struct buf *columns);
/* Turns *made, the counts of this rank's part, into those of all ranks, and checks them. All ranks call it. */
int record_output_add_up(struct record_output *p, struct rank_job *t, struct dataset_made *made,
			 struct sow_error *err);
/* SOW_USAGE if an option does not work with shards or several ranks (a review belongs to one file, in its order);
 * else SOW_OK. */
int record_output_check_parts(const struct record_output *p, const struct rank_job *t, struct sow_error *err);
/* The given option that needs all records in one process, "shuffle"; NULL if none was given. */
const char *record_output_whole(const struct record_output *p);
/* How many lines the record takes in the output. */
size_t record_output_lines(const struct record_output *p, const struct record *record);
void record_output_release(struct record_output *p); /* leaves no file unless it was finished */

#endif
