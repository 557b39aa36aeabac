/* writing.h - what export and convert have in common: how a set of records is written.
 *
 *     struct chosen { struct writing writing; … };
 *     static const struct option options[] = { WRITING_OPTIONS(struct chosen, writing), … };
 *     exit = writing_check(c, &o.writing);
 *     status = writing_open(&o.writing, err);
 *     writing_add(&o.writing, &record, err) …
 *     status = writing_finish(&o.writing, &facts, err);   // says what went where
 *     writing_release(&o.writing);
 */
#ifndef CLI_WRITING_H
#define CLI_WRITING_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/options.h"
#include "data/dataset.h"
#include "report/card.h"

struct writing {
	/* set by the options */
	const char *format, *out, *layout, *validation, *licence, *title;
	const char *reasoning, *rejected;
	struct list only;
	double margin;
	bool jsonl, shuffle, quiet, drop_fields;
	int64_t seed, shard_mb;
	/* set on the way */
	double share;
	struct format_options lines;
	char **names;                /* of --only-fields */
	bool *named;                 /* which of these a record has */
	size_t name_count;
	struct dataset *dataset;
	struct table1 table;
};

#define WRITING_ROW(type, member, name, letter, kind, field, value, help, least, most) \
	{ name, letter, kind, offsetof(type, member) + offsetof(struct writing, field), value, \
	  help, least, most }

#define WRITING_OPTIONS(type, member) \
	WRITING_ROW(type, member, "format", 'f', OPTION_TEXT, format, "F", \
		"what a line is; sow help formats lists them", 0, 0), \
	WRITING_ROW(type, member, "out", 'o', OPTION_TEXT, out, "FILE", \
		"where to; the name says what kind of file: .jsonl, .json, .parquet, .csv or .tsv; " \
		".gz and .zst compress; - is standard output (the default)", 0, 0), \
	WRITING_ROW(type, member, "jsonl", 0, OPTION_FLAG, jsonl, NULL, \
		"a record a line instead of one JSON array; so too if the name says .jsonl", 0, 0), \
	WRITING_ROW(type, member, "drop-fields", 0, OPTION_FLAG, drop_fields, NULL, \
		"leave out the members that the format does not know", 0, 0), \
	WRITING_ROW(type, member, "only-fields", 0, OPTION_LIST, only, "A,B", \
		"of those members write only these", 0, 0), \
	WRITING_ROW(type, member, "reasoning", 0, OPTION_TEXT, reasoning, "FORM", \
		"how to write what a model thought: reasoning_content, reasoning or thinking (a " \
		"member), think-tags (before the answer) or drop (default: as it came)", 0, 0), \
	WRITING_ROW(type, member, "rejected", 0, OPTION_TEXT, rejected, "worst|random", \
		"of pairs, which worse answer is the rejected one (default: worst)", 0, 0), \
	WRITING_ROW(type, member, "margin", 0, OPTION_NUMBER, margin, "M", \
		"of pairs, only those whose scores differ by M or more", 0, 1000000), \
	WRITING_ROW(type, member, "shuffle", 0, OPTION_FLAG, shuffle, NULL, \
		"records in a random order; holds all of them in memory", 0, 0), \
	WRITING_ROW(type, member, "validation", 0, OPTION_TEXT, validation, "SHARE", \
		"put about this share of the tasks (0.1: a tenth) into a second file, " \
		"NAME-validation; tasks of one root stay together", 0, 0), \
	WRITING_ROW(type, member, "seed", 0, OPTION_INT, seed, "N", \
		"of --shuffle, --validation and the choice of templates (default: 0)", 0, INT64_MAX), \
	WRITING_ROW(type, member, "layout", 0, OPTION_TEXT, layout, "hf", \
		"hf: -o is a new folder for Hugging Face, with Parquet files (--jsonl: JSONL) and a " \
		"data set card", 0, 0), \
	WRITING_ROW(type, member, "shard-size", 0, OPTION_INT, shard_mb, "MB", \
		"of a file in that folder, about (default: 256)", 1, 1 << 20), \
	WRITING_ROW(type, member, "licence", 0, OPTION_TEXT, licence, "ID", \
		"for the card, as the hub names it: apache-2.0, cc-by-4.0 (default: it says that " \
		"none is stated)", 0, \
		0), \
	WRITING_ROW(type, member, "title", 0, OPTION_TEXT, title, "TEXT", \
		"for the card (default: the folder's name)", 0, 0), \
	WRITING_ROW(type, member, "quiet", 'q', OPTION_FLAG, quiet, NULL, \
		"say only what was left out", 0, 0)

/* -1 if the options make sense together; else the exit status, with everything said. */
int writing_check(const struct command *c, struct writing *p);
int writing_open(struct writing *p, struct sow_error *err);
int writing_add(struct writing *p, const struct record *record, struct sow_error *err);
/* `facts`: source, recipe and teacher for a card; the rest of it is filled in. */
int writing_finish(struct writing *p, const struct card *facts, struct sow_error *err);
void writing_release(struct writing *p); /* leaves no file if it was not finished */

#endif
