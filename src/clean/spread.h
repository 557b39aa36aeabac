/* spread.h - the passes of clean.h over an input whose parts belong to ranks.
 *
 *     struct spread s = { .ranks = r, .parts = &parts };
 *     status = spread_read(&s, &options, &job, crew, err);   // counts, and numbers: s.before
 *     ... ranks exchange what the job collected; each fills s.verdicts ...
 *     status = spread_write(&s, &options, crew, &counts, err);
 *     spread_release(&s);
 *
 * Part k of the input is rank k's. The first pass numbers lines and records within the part; then the
 * counts before it are known, and `before` is added to what the job has noted. Where a record cannot be
 * read, its rank reads again to report the line's true number.
 *
 * A job that was stopped and started again finds verdicts in checkpoints, and skips the pieces of its part
 * that its files already hold.
 *
 * All ranks make the same calls; each ends with an agreement (ranks.h).
 */
#ifndef CLEAN_SPREAD_H
#define CLEAN_SPREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clean/checkpoint.h"
#include "clean/clean.h"
#include "ranks/ranks.h"
#include "vector/vectors.h"

#define SPREAD_PIECE ((uint64_t)256 << 20)

struct verdict {
	uint64_t near;               /* number of the record that is kept instead; 0: it is kept */
	double score;                /* where `scored` */
};

/* How far this rank's files are written: piece by piece of its part (parts_cut). */
struct spread_progress {
	struct clean_counts counts;
	uint64_t pieces;             /* that are in the files */
	struct clean_append append;  /* and how long the files are */
	bool whole;                  /* all of them */
};

/* Keeps the progress of a job that may be stopped. */
struct spread_keeper {
	bool (*load)(void *data, struct spread_progress *p); /* false: nothing usable is kept */
	int (*save)(void *data, const struct spread_progress *p, struct sow_error *err);
	void *data;
};

struct spread {
	struct ranks *ranks;
	struct parts *parts;         /* of this rank; what is before them is set by spread_read */
	const char *kept, *removed;  /* reasons, static */
	bool scored;
	struct verdict *verdicts;    /* of this rank's records, in order; spread_release frees them */
	size_t count;
	size_t kept_count;           /* of them, after writing */
	size_t next;                 /* during writing */
	struct clean_fingerprint fingerprint; /* the files do not change between the passes */
	struct checkpoints checkpoints;
	const struct spread_keeper *keeper; /* NULL on all ranks: none */
	uint64_t piece;              /* bytes of the input, in which its part is written; 0: SPREAD_PIECE */
	/* Reports that it resumes; NULL: no report, as on ranks other than 0. */
	void (*tell)(void *data, const char *message);
	void *tell_data;
};

/* Loads the verdicts of the same job that was stopped, in place of spread_read and what follows: *decided if
 * every rank has its own. */
int spread_load(struct spread *s, const struct clean_options *o, bool *decided, struct sow_error *err);
/* Call it once all verdicts are known. */
int spread_save(struct spread *s, int status, struct sow_error *err);

int spread_read(struct spread *s, const struct clean_options *o, const struct clean_job *job,
		struct workers *crew, struct sow_error *err);
/* Writes the kept records to this rank's files, those of the options. *counts is of all ranks. */
int spread_write(struct spread *s, const struct clean_options *o, struct workers *crew,
		 struct clean_counts *counts, struct sow_error *err);
/* The same, where the job itself decides on the records that spread_read has shown it. */
int spread_decide(struct spread *s, const struct clean_options *o, const struct clean_job *job,
		  struct workers *crew, struct clean_counts *counts, struct sow_error *err);
/* One pass that decides on each record by itself, for jobs that store nothing: counts the lines before this
 * rank's part first. `status` is this rank's so far. */
int spread_run(struct spread *s, int status, const struct clean_options *o, const struct clean_job *job,
	       struct workers *crew, struct clean_counts *counts, struct sow_error *err);
/* For jobs of another shape: the options of this rank's part, with its fingerprint; and at the end, after
 * this rank's pass, what holds for all of them. *counts is then of all ranks. */
int spread_part(struct spread *s, const struct clean_options *o, struct clean_options *part,
		struct sow_error *err);
int spread_check(struct spread *s, int status, const struct clean_options *o, struct clean_counts *counts,
		 struct sow_error *err);
/* How many numbers a vector has, by the lowest rank that has one, for all ranks; 0: no rank has one. */
int spread_dims(struct ranks *r, int status, const struct vectors *v, uint64_t *dims, struct sow_error *err);
void spread_release(struct spread *s);

#endif
