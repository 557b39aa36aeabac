/* clean.h - go through a file of records, one a line, and keep some of them.
 *
 *     struct clean_job job = { .data = &mine, .prepare = hash_text, .decide = judge };
 *     struct clean_options o = { .in = "in.jsonl.gz", .out = "out.jsonl", .fields = … };
 *     struct clean_counts counts = { 0 };
 *     status = clean_run(&o, &job, crew, &counts, err);
 *
 * Lines go through in batches: while one is read, all threads do with each line of the one
 * before it what needs that line alone (prepare), and one of them settles the one before
 * that, where lines are seen in the order of the file (decide). So nothing depends on the
 * number of threads. Lines that are kept are written as they were, byte by byte; but each ends
 * with a newline alone, and a byte order mark is left out.
 *
 * A record is a JSON object, or with `plain` any line of UTF-8. Blank lines are passed over
 * and only explained; they count as lines. What cannot be read stops the run with one message
 * that says where, and no file appears; or, with `skip_bad`, it is told, counted and left out.
 *
 * Memory: three batches, of CLEAN_BATCH lines or CLEAN_BYTES, or of one long line.
 */
#ifndef CLEAN_CLEAN_H
#define CLEAN_CLEAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/view.h"
#include "base/workers.h"
#include "io/infile.h"
#include "sow/sow.h"

#define CLEAN_BATCH 1024
#define CLEAN_BYTES ((size_t)4 << 20)
#define CLEAN_SLOTS (2 * CLEAN_BATCH) /* for what prepare leaves to decide */

struct clean_options {
	const char *in;              /* path or "-" */
	const char *out;             /* see outfile.h; NULL: nowhere */
	const char *explain;         /* a JSON object for every line goes there; NULL: nowhere */
	const char *const *fields;   /* texts of these are compared, one line behind the other; */
	size_t field_count;          /* all but the first may be missing */
	const char *score_field;     /* a number that ranks a record; NULL: its text's length */
	const struct infile_stamp *unchanged; /* stop if the file is not as it was; NULL: no matter */
	bool plain;                  /* a record is a line of text */
	bool skip_bad;
	bool *stopped;               /* set by a line that skip_bad would leave out; or NULL */
	/* A line that was left out, in order, on any thread; or NULL. */
	void (*tell)(void *data, const char *message);
	void *tell_data;
};

struct clean_line {
	size_t number;               /* in the file, from 1 */
	size_t slot;                 /* below CLEAN_SLOTS, its own until it is settled */
	struct view raw, text;
	double rank;                 /* its score or length */
	/* the verdict, kept if nobody says otherwise */
	bool removed;
	const char *reason;          /* static, in a word or two */
	bool scored;
	double score;
	size_t near_line;            /* 0: none */
	const char *near_file;       /* NULL: the file itself */
	struct view match;           /* what was found in it; empty: does not apply */
};

struct clean_job {
	void *data;
	/* Of these two either may be NULL.
	 *
	 * On any thread, and while an earlier batch is decided: it reads only what decide leaves
	 * alone, and its result is kept by the line's slot. SOW_OK or SOW_NOMEM. */
	int (*prepare)(void *data, struct clean_line *line);
	/* In order; lines that could not be read are not among them. `crew` is NULL unless
	 * uses_crew, and then nothing else goes on meanwhile. */
	int (*decide)(void *data, struct workers *crew, struct clean_line **lines, size_t count,
		      struct sow_error *err);
	bool uses_crew;
};

struct clean_counts {
	size_t records, kept, removed, bad;
};

/* Adds to *counts. SOW_OK, or a failure with its message, and then `out` and `explain` are as
 * they were before. What cannot be written stops it soon, not at the end of the input. */
int clean_run(const struct clean_options *o, const struct clean_job *job, struct workers *crew,
	      struct clean_counts *counts, struct sow_error *err);

/* The same without a verdict: nothing is written, counted or told. */
int clean_look(const struct clean_options *o, const struct clean_job *job, struct workers *crew,
	       struct sow_error *err);

#endif
