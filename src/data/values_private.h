/* values_private.h - what values.c (bytes and records), values_choose.c (which kind of file it is) and
 * values_envelope.c (objects with an array of records in them) share.
 *
 * An envelope is recognized by a window of its text. envelope_begin takes the text before the array and
 * leaves the rest to values_next_element, which calls envelope_end after the array.
 */
#ifndef DATA_VALUES_PRIVATE_H
#define DATA_VALUES_PRIVATE_H

#include "base/buf.h"
#include "data/csv.h"
#include "data/hub_read.h"
#include "data/parquet_rows.h"
#include "data/values.h"

struct values {
	char *name;
	struct arena *arena;         /* of a data set on the Hub, whose files are read in turn; else NULL */
	struct hub_files hub;
	size_t hub_at, passed;       /* the current file; records of the files up to it, so far */
	struct infile *in;           /* NULL: `rest` */
	struct view rest;
	struct values_options o;
	size_t number;               /* of the current line, from 1 */
	int (*next)(struct values *v, struct value *value, struct sow_error *err);
	const char *kind;
	struct array array;
	struct csv csv;
	struct parquet_rows *rows;   /* of Parquet */
	size_t records;              /* of the array, so far */
	bool enveloped;              /* the array is in an object */
	struct buf outside;          /* names of the members beside it */
	struct buf text;             /* a line of plain text as JSON */
	size_t repaired;             /* in files before the current one */
	bool too_long;               /* the last line was, and is yet to be skipped */
	struct sow_error failure;    /* the final one */
};

/* Shows at least `least` of the next bytes, or all. 1, 0 at the end, or negative. */
int values_peek(struct values *v, size_t least, struct view *bytes);
void values_take(struct values *v, size_t len);
/* SOW_INVALID: "NAME:LINE:COLUMN: …". */
int values_wrong(const struct values *v, struct text_place p, struct sow_error *err,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* True if the file's name, without .gz or .zst, has this ending. */
bool values_is_called(const struct values *v, const char *ending);
/* The line without white space and a comma at its end. */
struct view values_without_comma(struct view line);

/* The following text is read as a file of this kind. */
void values_use_lines(struct values *v);
void values_use_text(struct values *v);
void values_use_elements(struct values *v, bool bare);
void values_use_csv(struct values *v, char delimiter);
int values_use_parquet(struct values *v);
/* Skips blanks, then decides by the file's beginning and its name. SOW_OK, also for an empty file, or
 * negative. */
int values_choose(struct values *v);

/* The next element of the array, as values_next. */
int values_next_element(struct values *v, struct value *value, struct sow_error *err);

/* True for a list that begins with a turn of a conversation: it is a record, not a list of records. */
bool list_begins_with_turn(struct view list);
/* True for an object with an array of records, which begins at *start. If the object has a member that
 * records have, as far as the window shows, it is itself a record. */
bool envelope_find(struct values *v, struct view window, size_t *start);
/* Takes the text up to the array, which must be JSON. */
int envelope_begin(struct values *v, struct view window, size_t start);
/* Takes the text after the array. SOW_OK, with *again if another envelope begins. */
int envelope_end(struct values *v, bool *again);

#endif
