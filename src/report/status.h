/* status.h - the state of a run: the output of `sow status`.
 *
 *     struct run_status st;
 *     status = run_status_read(&st, store, arena, err);
 *     run_status_show(&st, "sow", "out", is_json, &buf, err);
 *
 * It only reads, and works while another process writes the run.
 */
#ifndef REPORT_STATUS_H
#define REPORT_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "report/summary.h"
#include "report/tallies.h"
#include "store/batches.h"
#include "store/store.h"
#include "sow/sow.h"

#define STATUS_REFUSALS 10 /* shown at most: the newest */

struct step_status {
	struct view method;
	struct store_counts counts;  /* of this step alone */
};

struct run_status {
	struct arena *arena;
	struct step_status *steps;   /* of the recipe */
	int64_t step_count;
	struct store_counts counts;  /* of the last; replies, tokens and money of all */
	struct setting *settings;    /* identity, then operation in force */
	size_t identities, setting_count;
	struct reject_count *rejects;
	size_t reject_count;
	struct tallies tallies;      /* the methods' own counts */
	struct rejected refusals[STATUS_REFUSALS]; /* a ring: the newest last */
	size_t refusal_count;        /* all of them */
	struct table1 table;         /* of the tasks that export gives */
	struct batch_row *batches;   /* all that were sent, in order */
	size_t batch_count;
	bool busy;                   /* a process is running it now */
};

/* Fills *st; texts live in `a`. */
int run_status_read(struct run_status *st, struct store *s, struct arena *a,
		    struct sow_error *err);

/* The present step of a run: the first that is not done, or the last. */
const struct step_status *run_status_step(const struct run_status *st);
/* The last step's. */
struct view run_status_method(const struct run_status *st);

/* The number of finished tasks that export gives: the first -n of a pool; 0: all of an input's. */
int64_t run_status_limit(const struct store_counts *c);

/* Inputs to work on, or tasks wanted; and those completed. */
int64_t step_status_target(const struct step_status *s);
int64_t step_status_done(const struct step_status *s);

/* True if the first -n tasks in order cannot change any longer, or every input is completed; for a
 * run, in its every step. */
bool step_status_is_done(const struct step_status *s);
bool run_status_done(const struct run_status *st);

/* The last value of a setting of the run or a step, in its shown form; empty: none. */
struct view run_status_setting(const struct run_status *st, const char *name);

/* The command that resumes the run, for a shell: with its recipe, or the method and each
 * setting that differs from the default. Returns out->status. */
int run_status_command(const struct run_status *st, const char *program, const char *dir,
		       struct buf *out);

/* All of it: for people with the state first, or one object over several lines. SOW_OK or *err
 * set. */
int run_status_show(const struct run_status *st, const char *program, const char *dir, bool is_json,
		    struct buf *out, struct sow_error *err);

/* The speed of a run between repeated looks. All zero at first; call status_pace_note at each look,
 * with the time (clock_monotonic). */
struct status_pace {
	bool began;
	int64_t step;                /* the present one, from 0 */
	int64_t since, at, done;     /* the first look at this step, the last, done at the first */
};
void status_pace_note(struct status_pace *pace, const struct run_status *st, int64_t now);
/* The changing figures, most important first: done, pace, counts, rejects. */
void run_status_print_brief(const struct run_status *st, const struct status_pace *pace,
			    const char *dir, struct buf *out);

#endif
