/* records.h - a stream of records: of a file, of standard input, of text in memory, of a run.
 *
 *     struct records *r = records_file("tasks.csv", &options, err);
 *     struct arena *a = arena_new();
 *     struct record record;
 *     while ((status = records_next(r, a, &record, err)) > 0) {
 *             ... record ...
 *             arena_clear(a);
 *     }
 *     records_close(r);
 *
 * run/open_records.h opens any path: a run's directory or a file. values.h says which files are
 * read, record_read.h what their records mean.
 *
 * A bad record ends the stream with its place and what was expected; with `skip_bad` it is counted and left
 * out, but an error in the structure around records always ends it. A file without any readable record is a
 * failure. Bytes that are not UTF-8 and halves of surrogate pairs read as U+FFFD, and are counted.
 */
#ifndef DATA_RECORDS_H
#define DATA_RECORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/view.h"
#include "data/columns.h"
#include "data/facts.h"
#include "data/record.h"
#include "data/values.h"
#include "io/hash.h"
#include "sow/sow.h"

struct records;

struct records_options {
	const struct columns *columns; /* the user's mappings; NULL: none */
	char delimiter;                /* of a CSV; 0: the content decides */
	bool skip_bad;
	bool may_be_empty;             /* a file without records is not a failure */
	bool objects;                  /* records of any shape, each with its object */
	/* These files, or this process's part of them, are read instead of the path, which names them all in
	 * messages; or NULL. With `is_part`, the checks of the whole input are left out. */
	const struct parts *parts;
	bool is_part;
};

/* Reads the delimiter that a user gives: one character, "tab" or "\\t". SOW_OK, or SOW_USAGE. */
int records_delimiter(const char *text, char *delimiter, struct sow_error *err);

/* `o` may be NULL. NULL on failure: SOW_IO ("PATH: No such file or directory"). */
struct records *records_file(const char *path, const struct records_options *o,
			     struct sow_error *err);
/* The same from text in memory, which must outlive the stream; `name` stands for the path. */
struct records *records_text(const char *name, struct view text, const struct records_options *o,
			     struct sow_error *err);

/* Another source: `next` as records_next, `close` frees `data`. The stream owns it. */
struct records_source {
	void *data;
	int (*next)(void *data, struct arena *a, struct record *record, struct sow_error *err);
	void (*close)(void *data);
};
struct records *records_of(const char *name, const struct records_source *s, struct sow_error *err);

void records_close(struct records *r);        /* NULL is fine */

/* The next record, its texts in `a`: 1, 0 at the end, or negative. SOW_INVALID with its place
 * ("seeds.jsonl:12:7: …" for line 12, column 7); SOW_IO, SOW_TOOBIG. Each later call fails in the same
 * way. */
int records_next(struct records *r, struct arena *a, struct record *record, struct sow_error *err);

const char *records_name(const struct records *r);   /* "standard input" for "-" */
size_t records_count(const struct records *r);       /* so far */
size_t records_answered(const struct records *r);    /* with an answer, so far */
size_t records_bad(const struct records *r);         /* left out */
size_t records_repaired(const struct records *r);    /* with bytes that were not UTF-8 */
size_t records_line(const struct records *r);        /* of the last one's beginning; 0: no file */
/* Appends how the file was read, in one line without its name: "2000 records of CSV: question → instruction;
 * kept as fields: category". False if all of it is obvious. */
bool records_describe(const struct records *r, struct buf *out);
/* The facts of that line, so far. */
void records_facts(const struct records *r, struct facts *f);

/* All records of a stream, in memory. */
struct record_list {
	struct record *list;
	size_t count;
	size_t room;
};
#define RECORD_LIST_INIT { .list = 0 }

/* Appends the records of a file, or of text in memory; texts live in `a`. SOW_OK, or as
 * records_next; all of it or nothing. */
int record_list_read(struct record_list *l, struct arena *a, const char *path,
		     const struct records_options *o, struct sow_error *err);
int record_list_parse(struct record_list *l, struct arena *a, const char *name, struct view text,
		      struct sow_error *err);
/* The rest of a stream. */
int record_list_take(struct record_list *l, struct arena *a, struct records *r,
		     struct sow_error *err);
/* The hash of the texts that examples and neighbours take from records, whatever kind of file held them;
 * `whole` if the examples also show their instances. */
void record_list_hash(const struct record_list *l, bool whole, char hex[HASH_HEX_SIZE]);
void record_list_release(struct record_list *l); /* the list, not the texts */

#endif
