/* store.h - run.db, the only truth of a run. All its SQL is here; schema.sql says what
 * the tables mean.
 *
 *     struct store *s = store_open("run", STORE_RUN, err);   // or STORE_LOOK to read
 *     store_begin(s, err); store_reply(s, …); store_commit(s, err);
 *     store_close(s);
 *
 * One process runs a directory at a time (a lock on DIR/lock, SOW_BUSY); any number
 * look at it meanwhile. A file of another version, or of another
 * program, is refused with SOW_INVALID.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "data/request.h"
#include "data/record.h"
#include "data/unit.h"
#include "sow/sow.h"

struct store;

enum store_mode { STORE_LOOK, STORE_RUN };

struct store *store_open(const char *dir, enum store_mode mode, struct sow_error *err);
void store_close(struct store *s);            /* NULL is fine */
bool store_is_busy(const struct store *s);    /* a process is running it right now */

/* So many units will be under way at once: what is between begun and done is kept at hand. */
int store_expect(struct store *s, size_t units, struct sow_error *err);

int store_begin(struct store *s, struct sow_error *err);
/* What is read from now on is as it is now, until the store is closed. */
int store_snapshot(struct store *s, struct sow_error *err);
int store_commit(struct store *s, struct sow_error *err);
void store_rollback(struct store *s);

/* Identity and operation */

bool store_is_new(const struct store *s);     /* no identity had been written when opened */
struct setting { int64_t step; struct view name, value, shown; };

/* Compares with what is there, of a step, or 0 for the whole run. SOW_DIFFERS if it is another
 * value: then *stored is what is there, its texts in `a`. SOW_MISSING if there is none. */
int store_check_identity(struct store *s, struct arena *a, int64_t step, const char *name,
			 struct view value, struct setting *stored, struct sow_error *err);
int store_put_identity(struct store *s, int64_t step, const char *name, struct view value,
		       struct view shown, struct sow_error *err);
/* Names of operation rows that no setting is: what was found out about the teachers, which changes
 * what they are asked, and what went wrong with them, a line each. */
#define STORE_LEARNT "learnt of the teacher"
#define STORE_LEFT_OUT "left out of the documents" /* of a step: how many and why; "" or unsaid: none */
#define STORE_TROUBLE "trouble with the teacher"
/* Appends the value unless it is the one in force. */
int store_operation(struct store *s, int64_t step, const char *name, struct view value,
		    struct sow_error *err);

/* One of them, of a step, or 0 for the whole run, by the value in force: 1 and *out (its texts in
 * `a`, its name as given), or 0 and *out with empty texts if there is none. */
int store_setting(struct store *s, struct arena *a, int64_t step, const char *name,
		  struct setting *out, struct sow_error *err);
/* All identity rows, then the operation rows in force, in `a`; each sorted by step. */
int store_settings(struct store *s, struct arena *a, struct setting **list, size_t *identities,
		   size_t *count, struct sow_error *err);

/* Places, replies, commits */

/* `cost` in nano-dollars; `cached`: a copy, of the reply cache or of an equal request. */
int store_reply(struct store *s, const struct unit_key *p, const struct request *request,
		const struct reply *reply, bool cached, int64_t cost, struct sow_error *err);
/* The stored reply to this very request (same place, same key): 1 and *reply (the
 * caller's), 0 if there is none. */
int store_find_reply(struct store *s, const struct unit_key *p, const struct hash *key,
		     struct reply **reply, struct sow_error *err);

int store_ticket(struct store *s, int64_t step, int64_t ticket, const struct view *examples,
		 size_t example_count, int64_t accepted, bool failed, struct sow_error *err);
/* `near_count` 0 and a mean of 0: it was not compared. */
int store_new_unit(struct store *s, const struct unit *u, const struct near_text *near,
		   size_t near_count, double mean_score, struct sow_error *err);
/* What may have changed: stage, state, class, instruction, input. */
int store_unit(struct store *s, const struct unit *u, struct sow_error *err);
int store_instances(struct store *s, const struct unit *u, const struct instance *list,
		    size_t count, struct sow_error *err);
/* The grade of one answer to a unit's stage. */
int store_answer(struct store *s, const struct unit_key *p, double score, bool chosen,
		 struct sow_error *err);
int store_reject(struct store *s, const struct rejected *r, struct sow_error *err);

/* Takes back what was decided about a step's units without asking: they, and what was rejected of them, are
 * gone. Within a transaction. */
int store_forget_units(struct store *s, int64_t step, struct sow_error *err);

/* Makes units under way again whose last request was refused for good, and whose chain did not
 * go on; what refused them is forgotten. *count: how many. */
int store_reopen_refused(struct store *s, int64_t *count, struct sow_error *err);
/* How many that would make. */
int store_count_refused(struct store *s, int64_t *count, struct sow_error *err);

/* Looking */

/* Steps of the recipe, at least 1. */
int store_steps(struct store *s, int64_t *count, struct sow_error *err);

/* Units of a step in order (ticket, item), all or those under way, with their parents' texts;
 * texts live until the callback returns. Stops at and returns the first non-zero of `each`. */
int store_each_unit(struct store *s, int64_t step, bool under_way,
		    int (*each)(void *data, const struct unit *u), void *data,
		    struct sow_error *err);
/* Accepted units of each committed ticket of a step, in order. */
int store_each_ticket(struct store *s, int64_t step,
		      int (*each)(void *data, int64_t ticket, int64_t accepted), void *data,
		      struct sow_error *err);

struct task_range {
	int64_t step;                /* 0: the last */
	int64_t limit;               /* at most so many; 0: all */
	int64_t after_ticket, after_item; /* those behind this place; 0, 0: from the first */
	bool last_only;              /* of each chain its last link that is finished */
	bool made_only;              /* without the inputs themselves, where a chain grew from them */
	bool graded;                 /* where a judge chose of several answers, each that it graded */
};
/* Finished tasks in order, a record each, with their instances and lineage. A snapshot: what a
 * writer adds meanwhile does not show. Ids are "task_TICKET_ITEM" of the first step,
 * "task_STEP_TICKET_ITEM" of the others. Several answers to a conversation stand beside it, as do
 * those that were graded, each with its score and sample. */
int store_each_task(struct store *s, const struct task_range *range,
		    int (*each)(void *data, const struct record *t), void *data,
		    struct sow_error *err);
/* Their vectors in the same order, of a step (0: the last), at most `limit` (0: all): what the last text
 * that was embedded for each came to; none where nothing was, count 0. `of_source`: the step has taken its
 * records as they were, and what counts is what the step before had embedded for them. Numbers live until
 * the callback returns. Stops at and returns the first non-zero of `each`. */
int store_each_vector(struct store *s, int64_t step, int64_t limit, bool of_source,
		      int (*each)(void *data, const float *numbers, size_t count), void *data,
		      struct sow_error *err);
/* Where those are, of a step's first `limit` finished tasks (0: all), that the next step has not
 * begun yet: tickets and items, in order. */
int store_each_waiting(struct store *s, int64_t step, int64_t limit,
		       int (*each)(void *data, int64_t ticket, int64_t item), void *data,
		       struct sow_error *err);

/* One record, with all that is known of it */

/* The unit of a place, its texts in `a`: 1, or 0 if there is none. */
int store_unit_at(struct store *s, const struct unit_key *p, struct arena *a, struct unit *u,
		    struct sow_error *err);
/* The nearest instructions when it was accepted, nearest first, in `a`; none where it was not
 * compared. */
int store_unit_nearest(struct store *s, const struct unit_key *p, struct arena *a,
		  struct near_text **list, size_t *count, struct sow_error *err);
/* Ids of the examples that a pool ticket's request showed, in `a`. */
int store_unit_examples(struct store *s, const struct unit_key *p, struct arena *a, struct view **list,
		   size_t *count, struct sow_error *err);
/* What was rejected, in order: at one place, or of all the run's (NULL). Texts live until the
 * callback returns. */
int store_each_rejected(struct store *s, const struct unit_key *at,
			int (*each)(void *data, const struct rejected *r), void *data,
			struct sow_error *err);

/* Counts */

struct store_counts {
	int64_t tickets, tickets_failed;
	int64_t begun;               /* of the input */
	int64_t units, finished, failed, under_way;
	int64_t inputs_under_way;    /* of which a unit is */
	int64_t settled;             /* finished before the first that is under way */
	int64_t classification;      /* of the finished */
	int64_t instances, rejected;
	int64_t replies, replies_cached, replies_error;
	int64_t replies_cut;         /* at their limit of length */
	int64_t prompt_tokens, shared_tokens, completion_tokens, reasoning_tokens;
	int64_t estimated;           /* replies whose tokens are */
	int64_t attempts, unknown;   /* as in struct reply, summed over what was not cached */
	int64_t cost;                /* nano-dollars */
	int64_t unknown_cost;        /* what the unknown attempts may have cost, likewise */
	int64_t teacher_ns;          /* sum of `took` of replies that were not cached */
	int64_t first_began, last_ended; /* wall clock, ns; 0 if none */
	int64_t target;              /* -n in force; 0 if not set */
	int64_t inputs;              /* entries of the input that are to be worked on; 0: no input */
};
/* Of one step; of 0 the replies of all steps and the rest of the last. */
int store_count(struct store *s, int64_t step, struct store_counts *c, struct sow_error *err);
/* Fill only the reply counts (or only the ticket, unit and reject counts): cheaper. Other fields are
 * left untouched. For units `step` is at least 1. */
int store_count_replies(struct store *s, int64_t step, struct store_counts *c,
			struct sow_error *err);
int store_count_units(struct store *s, int64_t step, struct store_counts *c, struct sow_error *err);

struct reject_count { struct view rule; int64_t count; };
/* By rule, most first, in `a`; of one step, or 0: all. */
int store_count_rejects(struct store *s, int64_t step, struct arena *a,
			struct reject_count **list, size_t *count, struct sow_error *err);

/* What the replies of a stage took. */
struct store_stage {
	int64_t step, stage;
	int64_t replies, cached;
	int64_t prompt_tokens, completion_tokens, cost;
	int64_t completion_squares;  /* sum of the squares, for a spread */
	int64_t most_tokens;         /* what a request allows, the largest; 0: no bound */
};
/* In order (step, stage). */
int store_each_stage(struct store *s, int (*each)(void *data, const struct store_stage *stage),
		     void *data, struct sow_error *err);

/* A reply, when it was there, and what came of it; or, with `replies` 0, what was rejected of
 * one that was told before. Kept is what passed the stage: instructions of a request for them,
 * a unit that went on, instances of one that ended here. */
struct store_arrival {
	int64_t step, stage;
	int64_t at;                  /* wall clock, ns; 0: what no reply led to */
	int64_t replies, cached, refused;
	int64_t prompt_tokens, completion_tokens, cost;
	int64_t kept, rejected;
	int64_t finished;            /* tasks that ended with it */
};
/* In order of time. */
int store_each_arrival(struct store *s, int (*each)(void *data, const struct store_arrival *a),
		       void *data, struct sow_error *err);

/* The units of one ticket in order, as store_each_unit. */
int store_each_relative(struct store *s, int64_t step, int64_t ticket,
			int (*each)(void *data, const struct unit *u), void *data,
			struct sow_error *err);

/* Tasks and units that failed because the teacher refused, newest last. */
int store_each_refusal(struct store *s, int (*each)(void *data, const struct rejected *r),
		       void *data, struct sow_error *err);

#endif
