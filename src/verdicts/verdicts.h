/* verdicts.h - people's verdicts on records: an append-only log, and the decisions that follow from it.
 *
 *     struct verdicts *v = verdicts_open("data.jsonl.review.jsonl", err);
 *     status = verdicts_append(v, &(struct verdict_action){ .key = key, .by = view_of("ada"),
 *                              .verdict = VERDICT_DROP, .reasons = view_of("[\"wrong\"]") }, err);
 *     if (verdicts_find(v, key, &record))
 *             d = verdicts_decide(v, record);              // d.verdict == VERDICT_DROP
 *     verdicts_close(v);
 *
 * The log is a file of JSON lines that only grows, beside a data file (DATA.review.jsonl) or in a
 * run's folder (review.jsonl). An appended action is on disk when verdicts_append returns. Any
 * number of processes may append at once: each holds the file's lock while it writes one line.
 * A line that was cut by a crash was never confirmed; it is skipped and counted.
 *
 * An action is by one person on one record: a verdict with its reasons and answers to the three
 * questions of Self-Instruct's authors, a note, an edit, or any of them together. Undo takes back
 * that person's latest action on the record that is still in force.
 *
 * A record's key: in a run its id; in a file the SHA-256 of its content, followed by "#2" for
 * the second record with the same content (record_key.h).
 *
 * A run keeps them in a separate file and not in run.db: a review can be written while the run is in
 * progress without waiting for its transactions, and runs of every version can be reviewed.
 *
 * Memory: all actions. Threads: one at a time.
 */
#ifndef VERDICTS_VERDICTS_H
#define VERDICTS_VERDICTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"
#include "sow/sow.h"

enum verdict { VERDICT_NONE, VERDICT_KEEP, VERDICT_DROP };
extern const char *const verdict_names[]; /* "", "keep", "drop" */

/* The questions of the paper: is the instruction valid, does the input fit, is the output right? */
enum { QUESTION_INSTRUCTION, QUESTION_INPUT, QUESTION_OUTPUT, QUESTIONS };
extern const char *const question_names[QUESTIONS]; /* "instruction", "input", "output" */

enum question_answer { QUESTION_OPEN, QUESTION_YES, QUESTION_NO };

struct verdict_action {
	struct view key, by;
	struct view label;           /* the record's name for people: its id or number */
	int64_t at;                  /* wall clock, ns; 0 when appended: now */
	enum verdict verdict;
	struct view reasons;         /* JSON array of texts; empty: none */
	enum question_answer answers[QUESTIONS];
	struct view note;
	struct view edit;            /* JSON object (edit.h); empty: none */
	struct view edit_on;         /* `at` of the edit in force on which this one is based, in digits,
	                              * "0": none; empty: not checked. Not written */
	double seconds;              /* that the person looked at it; 0: unknown */
	bool undo;                   /* takes an action back, and has no other content */
	/* set by verdicts.c */
	bool undone;
	size_t before;               /* the record's action before this one, + 1; 0: none */
};

#define VERDICT_SECONDS_MAX 86400    /* a day: no one looks at a record for longer */
/* At most that; 0 if it is not a duration. */
double verdicts_seconds(double seconds);

struct verdicts;

/* Reads the log; a missing one is empty. NULL with *err set: SOW_IO. */
#define VERDICTS_OF_RUN "review.jsonl" /* in its folder */
struct verdicts *verdicts_open(const char *path, struct sow_error *err);
void verdicts_close(struct verdicts *v);      /* NULL is fine */
const char *verdicts_path(const struct verdicts *v);

/* The log of a data file, which lies beside it, or of a run's folder. */
struct verdicts *verdicts_open_for(const char *data, bool is_run, struct sow_error *err);

/* Reads the lines that others appended since. 1 if there were any, 0, or negative. */
int verdicts_refresh(struct verdicts *v, struct sow_error *err);
/* After verdicts_open, once, for callers that do not read again: a last line without its newline also
 * counts, as an action or as damaged. */
void verdicts_finish(struct verdicts *v);
/* Writes an action and puts it on disk. SOW_OK; SOW_MISSING if there is nothing to undo; SOW_IO,
 * SOW_INVALID (a text is not UTF-8, or another edit than edit_on is in force); on failure the log is
 * unchanged. */
int verdicts_append(struct verdicts *v, const struct verdict_action *a, struct sow_error *err);

/* Writes into the folder of one run the verdicts of `count` others, one after the other, whose records
 * have the same ids there; skips a folder without a log. SOW_OK, SOW_IO, SOW_INVALID
 * or SOW_TOOBIG (infile.h). */
int verdicts_merge(const char *dir, const char *const *from, size_t count, struct sow_error *err);

size_t verdicts_count(const struct verdicts *v);      /* actions, undo included */
size_t verdicts_damaged(const struct verdicts *v);    /* skipped lines */
const struct verdict_action *verdicts_at(const struct verdicts *v, size_t i);

/* Records that have actions, numbered in order of their first. */
size_t verdicts_records(const struct verdicts *v);
struct view verdicts_key(const struct verdicts *v, size_t record);
bool verdicts_find(const struct verdicts *v, struct view key, size_t *record);
/* The latest action on a record, which must have one; and the one before it, NULL if there is none. */
const struct verdict_action *verdicts_last(const struct verdicts *v, size_t record);
const struct verdict_action *verdicts_before(const struct verdicts *v,
					     const struct verdict_action *a);

/* The joint decision on a record: the latest verdict of each person counts once. As many keeps as
 * drops leave it open, so nothing is lost while people disagree. */
struct decision {
	enum verdict verdict;
	size_t keeps, drops;                  /* people */
	bool disputed;                        /* some of each */
	const struct verdict_action *edit;    /* the latest in force; NULL: none */
	const struct verdict_action *latest;  /* the latest in force with a verdict, or an edit */
};
struct decision verdicts_decide(const struct verdicts *v, size_t record);
/* The latest verdict of one person that is in force; NULL: none. */
const struct verdict_action *verdicts_of(const struct verdicts *v, size_t record, struct view by);

#endif
