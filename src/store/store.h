/* store.h - run.db, the only truth of a run. All its SQL is here; schema.sql says what
 * the tables mean.
 *
 *     struct store *s = store_open("run", STORE_RUN, err);   // or STORE_LOOK to read
 *     store_begin(s, err); store_reply(s, …); store_commit(s, err);
 *     store_close(s);
 *
 * One process runs a directory at a time (a lock on DIR/lock, SOW_BUSY); any number
 * read it meanwhile. A file of another version, or of another
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
bool store_is_busy(const struct store *s);    /* a process is running it now */

/* So many units will be under way at once: enlarges the page cache for them. */
int store_expect(struct store *s, size_t units, struct sow_error *err);

int store_begin(struct store *s, struct sow_error *err);
/* Later reads see the present state, until the store is closed. */
int store_snapshot(struct store *s, struct sow_error *err);
int store_commit(struct store *s, struct sow_error *err);
void store_rollback(struct store *s);

/* Identity and operation */

bool store_is_new(const struct store *s);     /* it had no identity when opened */
struct setting { int64_t step; struct view name, value, shown; };

/* Compares with the stored value, of a step, or 0 for the whole run. SOW_DIFFERS if that is another
 * one: then *stored is the stored row, its texts in `a`. SOW_MISSING if there is none. */
int store_check_identity(struct store *s, struct arena *a, int64_t step, const char *name,
			 struct view value, struct setting *stored, struct sow_error *err);
int store_put_identity(struct store *s, int64_t step, const char *name, struct view value,
		       struct view shown, struct sow_error *err);
/* Names of operation rows that are not settings: findings about the teachers that change their requests,
 * and what went wrong with them, a line each. */
#define STORE_LEARNT "learnt of the teacher"
#define STORE_LEFT_OUT "left out of the documents" /* of a step: how many and why; "" or unsaid: none */
#define STORE_TROUBLE "trouble with the teacher"
/* Appends the value unless it is already in force. */
int store_operation(struct store *s, int64_t step, const char *name, struct view value,
		    struct sow_error *err);

/* The setting in force, of a step, or 0 for the whole run: 1 and *out (its texts in `a`, its name as
 * given), or 0 and *out with empty texts if there is none. */
int store_setting(struct store *s, struct arena *a, int64_t step, const char *name,
		  struct setting *out, struct sow_error *err);
/* All identity rows, then the operation rows in force, in `a`; each sorted by step. */
int store_settings(struct store *s, struct arena *a, struct setting **list, size_t *identities,
		   size_t *count, struct sow_error *err);

/* Places, replies, commits */

/* `cost` in nano-dollars; `cached`: a copy, of the reply cache or of an equal request. */
int store_reply(struct store *s, const struct unit_key *p, const struct request *request,
		const struct reply *reply, bool cached, int64_t cost, struct sow_error *err);
/* The stored reply to exactly this request (same place, same key): 1 and *reply (the caller's), 0 if
 * there is none. */
int store_find_reply(struct store *s, const struct unit_key *p, const struct hash *key,
		     struct reply **reply, struct sow_error *err);

int store_ticket(struct store *s, int64_t step, int64_t ticket, const struct view *examples,
		 size_t example_count, int64_t accepted, bool failed, struct sow_error *err);
/* `near_count` 0 and a mean of 0: it was not compared. */
int store_new_unit(struct store *s, const struct unit *u, const struct near_text *near,
		   size_t near_count, double mean_score, struct sow_error *err);
/* Stores the fields that may change: stage, state, class, instruction, input. */
int store_unit(struct store *s, const struct unit *u, struct sow_error *err);
int store_instances(struct store *s, const struct unit *u, const struct instance *list,
		    size_t count, struct sow_error *err);
/* The grade of one answer to a unit's stage. */
int store_answer(struct store *s, const struct unit_key *p, double score, bool chosen,
		 struct sow_error *err);
int store_reject(struct store *s, const struct rejected *r, struct sow_error *err);

/* Undoes what a step decided about its units without a request: deletes them and their rejects. Within a
 * transaction. */
int store_forget_units(struct store *s, int64_t step, struct sow_error *err);

/* Reopens the units whose last request was refused for good, and whose chain did not continue; deletes
 * the refusals. *count: how many. */
int store_reopen_refused(struct store *s, int64_t *count, struct sow_error *err);
/* How many store_reopen_refused would reopen. */
int store_count_refused(struct store *s, int64_t *count, struct sow_error *err);

/* Reading */

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
	int64_t after_ticket, after_item; /* those after this place; 0, 0: from the first */
	bool last_only;              /* only the last finished task of each chain */
	bool made_only;              /* without the inputs from which a chain grew */
	bool graded;                 /* if a judge chose among answers, each graded answer */
};
/* Finished tasks in order, a record each, with their instances and lineage. A snapshot: later
 * writes do not show. Ids are "task_TICKET_ITEM" of the first step, "task_STEP_TICKET_ITEM" of the
 * others. Several answers to a conversation come in the same record, as do graded ones, each with its
 * score and sample. */
int store_each_task(struct store *s, const struct task_range *range,
		    int (*each)(void *data, const struct record *t), void *data,
		    struct sow_error *err);
/* Their vectors in the same order, of a step (0: the last), at most `limit` (0: all): of each task the
 * vector of the last text embedded for it; count 0 if there was none. `of_source`: the step took its
 * records unchanged, so the vectors are those that the step before embedded for them. Numbers live until
 * the callback returns. Stops at and returns the first non-zero of `each`. */
int store_each_vector(struct store *s, int64_t step, int64_t limit, bool of_source,
		      int (*each)(void *data, const float *numbers, size_t count), void *data,
		      struct sow_error *err);
/* The places of a step's first `limit` finished tasks (0: all) that the next step has not begun yet:
 * tickets and items, in order. */
int store_each_waiting(struct store *s, int64_t step, int64_t limit,
		       int (*each)(void *data, int64_t ticket, int64_t item), void *data,
		       struct sow_error *err);

/* One record, with its whole history */

/* The unit at a place, its texts in `a`: 1, or 0 if there is none. */
int store_unit_at(struct store *s, const struct unit_key *p, struct arena *a, struct unit *u,
		    struct sow_error *err);
/* The nearest instructions when it was accepted, nearest first, in `a`; none if it was not
 * compared. */
int store_unit_nearest(struct store *s, const struct unit_key *p, struct arena *a,
		  struct near_text **list, size_t *count, struct sow_error *err);
/* Ids of the examples in a pool ticket's request, in `a`. */
int store_unit_examples(struct store *s, const struct unit_key *p, struct arena *a, struct view **list,
		   size_t *count, struct sow_error *err);
/* Rejects in order, at one place or in the whole run (NULL). Texts live until the callback
 * returns. */
int store_each_rejected(struct store *s, const struct unit_key *at,
			int (*each)(void *data, const struct rejected *r), void *data,
			struct sow_error *err);

/* Counts */

struct store_counts {
	int64_t tickets, tickets_failed;
	int64_t begun;               /* inputs */
	int64_t units, finished, failed, under_way;
	int64_t inputs_under_way;    /* those with a unit under way */
	int64_t settled;             /* finished before the first that is under way */
	int64_t classification;      /* of the finished */
	int64_t instances, rejected;
	int64_t replies, replies_cached, replies_error;
	int64_t replies_cut;         /* at their length limit */
	int64_t prompt_tokens, shared_tokens, completion_tokens, reasoning_tokens;
	int64_t estimated;           /* replies with estimated token counts */
	int64_t attempts, unknown;   /* as in struct reply, summed over replies that were not cached */
	int64_t cost;                /* nano-dollars */
	int64_t unknown_cost;        /* possible cost of the unknown attempts, likewise */
	int64_t teacher_ns;          /* sum of `took` of replies that were not cached */
	int64_t first_began, last_ended; /* wall clock, ns; 0 if none */
	int64_t target;              /* -n in force; 0 if not set */
	int64_t inputs;              /* entries of the input to work on; 0: no input */
};
/* Counts of one step; for 0, the replies of all steps and the rest of the last. */
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

/* The usage of the replies of a stage. */
struct store_stage {
	int64_t step, stage;
	int64_t replies, cached;
	int64_t prompt_tokens, completion_tokens, cost;
	int64_t completion_squares;  /* sum of the squares, for a spread */
	int64_t most_tokens;         /* the largest bound of a request; 0: no bound */
};
/* In order (step, stage). */
int store_each_stage(struct store *s, int (*each)(void *data, const struct store_stage *stage),
		     void *data, struct sow_error *err);

/* A reply, its time, and its results; or, with `replies` 0, the rejects of an earlier reply. Kept are
 * the results that passed the stage: instructions of a request for them, a unit that continued,
 * instances of one that ended here. */
struct store_arrival {
	int64_t step, stage;
	int64_t at;                  /* wall clock, ns; 0: not the result of a reply */
	int64_t replies, cached, refused;
	int64_t prompt_tokens, completion_tokens, cost;
	int64_t kept, rejected;
	int64_t finished;            /* tasks that it finished */
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
