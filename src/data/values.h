/* values.h - the records of a file of any kind and length as JSON texts, one at a time.
 *
 *     struct values *v = values_open("data.csv.gz", NULL, err);
 *     struct value value;
 *     while ((status = values_next(v, &value, err)) > 0)
 *             ... value.json is one record; value.at says where it begins ...
 *     values_close(v);
 *
 * The content decides the kind, and where it is ambiguous the name:
 *
 * | a file of                              | begins with        | a record is                  |
 * |----------------------------------------|--------------------|------------------------------|
 * | JSON Lines, a comma after each or not  | {…} on one line    | a line                       |
 * | objects one after another, indented    | { over lines       | an object                    |
 * | one JSON array                         | [{, [[, [" or []   | an element                   |
 * | an object with an array of records     | {"data": [{        | an element of it             |
 * | conversations as lists of turns        | [{"role"           | a list                       |
 * | JSON texts                             | "…" on one line    | a text                       |
 * | CSV, TSV with a header (RFC 4180)      | names with commas, | a row, as an object          |
 * |                                        | tabs, ; or |       |                              |
 * | plain text                             | anything else      | a line                       |
 * | Parquet                                | PAR1               | a row, as an object          |
 *
 * A file named .csv, .tsv, .json, .jsonl or .parquet is never plain text. It is CSV by its content if two of
 * its first line's names are known (columns.h), or one is and none has a blank in it. Blank lines are
 * skipped. .gz, .zst and UTF-16 need no option; "-" is standard input.
 *
 * A path that begins with "hf:" names a data set on the Hub (hub_choice.h), whose files sow fetches and reads
 * one after another.
 *
 * Memory: one record and one block; for Parquet see parquet.h.
 */
#ifndef DATA_VALUES_H
#define DATA_VALUES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/view.h"
#include "data/array.h"
#include "data/columns.h"
#include "data/parts.h"
#include "io/infile.h"
#include "sow/sow.h"

struct values;

struct values_options {
	const struct columns *columns; /* the user's mappings; NULL: none */
	char delimiter;                /* the file is CSV with this one; 0: the content decides */
	bool lines;                    /* each line is a text */
	const char *const *fields;     /* paths into a record (columns.h): an object with the */
	size_t field_count;            /* first name of one of these paths is a record, and holds none */
	const struct parts *parts;     /* read instead of the path (parts.h); or NULL */
};

struct value {
	struct view json;              /* its JSON text */
	struct view raw;               /* as it is in the file */
	struct text_place at;          /* of its beginning; of Parquet its row, from 1 */
	bool is_line;                  /* raw is one line, and can be written unchanged */
	bool is_text;                  /* a line of plain text */
};

/* `o` may be NULL. NULL on failure: SOW_IO ("PATH: No such file or directory"). */
struct values *values_open(const char *path, const struct values_options *o, struct sow_error *err);
/* The same from text in memory, which must outlive it; `name` stands for the path. */
struct values *values_of(const char *name, struct view text, const struct values_options *o,
			 struct sow_error *err);
void values_close(struct values *v);          /* NULL is fine */

/* Whether the records of a file are lines that can be read in parts. LINES_NOT also for a file that cannot be
 * read: reading it will report the reason. */
enum lines values_lines(const char *path, const struct values_options *o);

/* The next record, valid until the next call: 1, or 0 at the end. SOW_INVALID with its place and
 * what was expected ("data.csv:12:7: …"), or SOW_TOOBIG for a line: unless values_broken, the next
 * call gives the record after it. SOW_IO. */
int values_next(struct values *v, struct value *value, struct sow_error *err);
/* True after a final failure: a cut file, or an array that is broken between its elements. Each later call
 * returns it again. */
bool values_broken(const struct values *v);

/* Reports the error of a value that json_parse_lenient refused at `offset` for the reason *why:
 * SOW_INVALID with its place in the file ("data.jsonl:12:7: …"), or why->status. */
int value_broken(const struct value *value, const char *name, size_t offset,
		 const struct sow_error *why, struct sow_error *err);

/* "standard input" for "-"; of a data set on the Hub the current file. */
const char *values_name(const struct values *v);
/* Of a data set on the Hub, the part that is read ("split train, 2 files of …"); else empty. */
struct view values_part(const struct values *v);
/* "CSV", "a JSON array", …; valid after the first values_next. */
const char *values_kind(const struct values *v);
/* Members beside the array of records in an object, which do not belong to a record:
 * "version, license"; empty: none. Complete at the end. */
struct view values_outside(const struct values *v);
/* Halves of surrogate pairs in UTF-16 that read as U+FFFD, so far. */
size_t values_repaired(const struct values *v);
/* Each record is a line of one file; valid after the first values_next. */
bool values_are_lines(const struct values *v);
/* The line in which the last record begins, blank lines counted, or the row of Parquet; at the end of a file
 * of lines the number of its lines; for several files the number of the record, counted over all. */
size_t values_line(const struct values *v);

#endif
