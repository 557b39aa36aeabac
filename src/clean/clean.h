/* clean.h - go through the records of a file or of a run, and keep some of them.
 *
 *     struct clean_job job = { .data = &mine, .prepare = hash_text, .decide = judge };
 *     struct clean_options o = { .in = "in.jsonl.gz", .out = "out.jsonl" };
 *     struct clean_counts counts = { 0 };
 *     status = clean_run(&o, &job, crew, &counts, err);
 *
 * Records go through in batches: while one is read, all threads do with each record of the one
 * before it what needs that record alone (prepare), and one of them decides on the one before
 * that, where records are seen in the order of the file (decide). So nothing depends on the
 * number of threads.
 *
 * data/values.h says which files are read. What is kept of a file of lines is written as it was,
 * byte by byte; but each line ends with a newline alone, without a byte order mark or a comma
 * after the line. Other records are written as one line of JSON each: with the
 * white space outside of their texts left out, a row of CSV as an object with the names of its
 * columns, a task of a run in the format self-instruct. If `out` ends in .json (.json.gz,
 * .json.zst) the records are the elements of one array, a line each; if it ends in .parquet, .csv or
 * .tsv they are the rows of a table (data/table.h), where bytes that are not UTF-8 are U+FFFD.
 *
 * Bytes that are not UTF-8, and halves of surrogates, are compared as U+FFFD and written as they
 * were. Blank lines are skipped and only explained; they count as lines. A record that cannot be
 * read stops the run with one message that says where, and no file appears. With `skip_bad` it is
 * reported, counted and left out; but a broken structure around the records stops the run all the
 * same, and so does an input whose records are all bad.
 *
 * Memory: three batches, of CLEAN_BATCH records or CLEAN_BYTES, or of one long record.
 */
#ifndef CLEAN_CLEAN_H
#define CLEAN_CLEAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"
#include "base/workers.h"
#include "clean/fingerprint.h"
#include "data/columns.h"
#include "data/facts.h"
#include "data/parts.h"
#include "data/records.h"
#include "sow/sow.h"

#define CLEAN_BATCH 1024
#define CLEAN_BYTES ((size_t)4 << 20)
#define CLEAN_SLOTS (2 * CLEAN_BATCH) /* for what prepare leaves to decide */

/* The lengths of existing files, which are written on in place from there (outfile_append). */
struct clean_append {
	uint64_t out, explain;
};

struct clean_options {
	const char *in;              /* path or "-" */
	const char *out;             /* see outfile.h; NULL: nowhere */
	const char *explain;         /* a JSON object for every record goes there; NULL: nowhere */
	const char *const *fields;   /* texts at these paths (columns.h) are compared, one line */
	size_t field_count;          /* after the other; all but the first may be missing. None: the
				      * whole question (record_text.h) */
	const char *score_field;     /* path of a number that ranks a record; NULL: its text's length */
	const struct columns *columns; /* the user's mappings of columns; NULL: none */
	char delimiter;              /* the file is CSV with this one; 0: the content decides */
	bool plain;                  /* a record is a line of text */
	bool skip_bad;
	/* Opens a folder as a run (open_records); NULL: only files are read. */
	struct records *(*open_run)(const char *dir, const struct records_options *o,
				    struct sow_error *err);
	/* These files, or this process's part of them, instead of `in`, which names them all in messages; or
	 * NULL. With `is_part`, conditions on the whole input are not checked. */
	const struct parts *parts;
	bool is_part;
	const struct clean_append *append; /* to existing files; NULL: the files appear whole, or not at all */
	struct clean_fingerprint *fingerprint; /* stop if the input has changed; NULL: do not check */
	bool *stopped;               /* set by a record that skip_bad would leave out; or NULL */
	/* Called with each record that is left out, in order, on any thread; or NULL. */
	void (*tell)(void *data, const char *message);
	/* Called at the end with the format that the file was read as, where that is not obvious; or NULL. */
	void (*describe)(void *data, const char *message);
	void *tell_data;
	/* The facts behind `describe`, for a part of the input: set at the end, or NULL. */
	struct facts *facts;
};

struct clean_line {
	size_t number;               /* which line of the file, or which record of it; from 1 */
	bool by_record;              /* its file has records that are not lines */
	size_t at;                   /* the line it begins in; 0: not in a file */
	size_t slot;                 /* below CLEAN_SLOTS, its own until it is decided */
	struct view raw, text;
	double rank;                 /* its score or length */
	/* the verdict: kept unless the job says otherwise */
	bool removed;
	const char *reason;          /* static, in a word or two */
	bool scored;
	double score;
	size_t near_line;            /* number of its near duplicate; 0: none */
	const char *near_file;       /* NULL: the file itself */
	bool near_by_record;         /* of that file */
	struct view match;           /* what was found in it; empty: does not apply */
};

struct clean_job {
	void *data;
	/* Either of these two may be NULL.
	 *
	 * On any thread, and while an earlier batch is decided: it reads only what decide leaves
	 * alone, and stores its result by the line's slot. SOW_OK, SOW_NOMEM, or a failure with its
	 * message (clean_wrong): the record then counts as bad, as if it could not be read. */
	int (*prepare)(void *data, struct clean_line *line, struct sow_error *err);
	/* In order, without the records that could not be read. `crew` is NULL unless uses_crew, and
	 * then no other work runs meanwhile. */
	int (*decide)(void *data, struct workers *crew, struct clean_line **lines, size_t count,
		      struct sow_error *err);
	bool uses_crew;
};

struct clean_counts {
	size_t records, kept, removed, bad;
	size_t numbers;              /* lines or records that got a number, also bad ones */
	unsigned mapped;             /* a bit for each of the user's mappings that a record had */
};

/* Adds to *counts. SOW_OK, or a failure with its message, and then `out` and `explain` are as
 * they were before. A failure to write stops it soon, not at the end of the input. */
int clean_run(const struct clean_options *o, const struct clean_job *job, struct workers *crew,
	      struct clean_counts *counts, struct sow_error *err);

/* The same without a verdict: writes and reports nothing. `counts` may be NULL. */
int clean_read(const struct clean_options *o, const struct clean_job *job, struct workers *crew,
	       struct clean_counts *counts, struct sow_error *err);

/* Options that read another file or run in the way of the input, and write nothing. */
struct clean_options clean_options_for(const struct clean_options *o, const char *in);

/* Sets *err to "PATH:LINE: message", or "PATH:LINE: record N: message". */
int clean_wrong(struct sow_error *err, enum sow_status status, const char *path,
		const struct clean_line *line, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

#endif
