/* state.h - a run in memory. run.c is the loop, begin.c opens the run and restores its state,
 * identity.c compares it with the existing run, plan.c makes requests, active_unit.c gathers the replies
 * of a unit, admit.c commits. */
#ifndef RUN_STATE_H
#define RUN_STATE_H

#include "base/heap.h"
#include "run/answers.h"
#include "run/budget.h"
#include "run/teacher_set.h"
#include "run/refusals.h"
#include "run/run.h"
#include "run/setup.h"
#include "store/store.h"
#include "run/unread.h"

/* A unit under way, and the replies to its stage so far. */
struct active_unit {
	struct unit unit;
	struct arena *arena;         /* owns the unit's texts */
	size_t number;               /* with a pool: index into its `made` */
	struct active_unit *next, *before;  /* all units under way */
	int64_t grading;             /* the stage that grades the replies, all arrived; 0: not yet */
	size_t wanted;               /* replies to the stage */
	size_t planned;              /* all samples before this one are planned */
	size_t missing;              /* awaited replies */
	bool was_held;               /* its next request is not in run.db, and a bound forbids sending it */
	struct reply **replies;      /* by sample; NULL: not arrived */
	double *grades;              /* by sample; 0: none */
};

/* A request in flight, or a pool ticket's reply that waits for its turn. */
struct pending_request {
	bool used;
	struct unit_key at;
	enum duty duty;
	struct active_unit *unit;           /* NULL: a pool ticket */
	struct request *request;
	struct reply *reply;         /* arrived */
	bool cached;                 /* a copy, from the cache or from a twin */
	bool stored;                 /* it is in run.db already */
	bool is_asked;               /* sent to the teacher: others may wait for its reply */
	struct pending_request *twin;          /* an equal request, which waits for this reply */
	int64_t reserved;            /* of the budget */
	size_t examples[POOL_EXAMPLES_MAX];
	size_t example_count;
};

/* A unit that a pool ticket made. */
struct unit_mark {
	int64_t ticket;
	enum unit_state state;
};

/* The step being run. */
struct step {
	int64_t number;              /* from 1 */
	struct setup *setup;
	struct source *source;       /* its input, if the method takes one */
	bool owns_source;
	size_t *order;               /* of a method with order_input: the entry for each ticket */
	int64_t begun;               /* entries begun */
	int64_t inputs;              /* entries to work on */
	int64_t failed;
	struct active_unit *first;          /* units under way, the last in order first */
	int64_t gate;                /* the stage that units enter in order; 0: none */
	struct active_unit *unpassed;       /* the first in order that has not passed the gate, or later */
	int64_t wanted;              /* finished units, of an input; 0: all that it gives */
	size_t live_count;
	/* If finished units are only graded: called with each grade (0: none), and the unit does not
	 * change. NULL: the method admits the replies. */
	void (*graded)(void *data, const struct unit *u, double grade);
	void *data;
	struct heap ready;           /* of them, those with a request to plan */
	struct heap held;            /* of them, those whose request a bound forbids */

	/* For a pool; `made` also for an input. accepted_upto[k] is how many units tickets 1..k made. */
	int64_t committed, planned;
	size_t *accepted_upto;
	size_t accepted_room;
	struct unit_mark *made;           /* in order (ticket, item), as the pool's machine entries */
	size_t made_count, made_room;
	size_t settled;              /* all before this one have ended */
	int64_t decided_finished;
	int64_t last_yield;            /* last ticket among the settled with a finished task */
	struct pending_request **tickets;      /* ticket t in flight is at t % (lookahead + 1) */
	size_t waiting;              /* tickets whose reply waits for its turn */
	struct unread unread;
};

struct run {
	const struct recipe *recipe;
	const struct run_hooks *hooks;
	struct sow_error *err;
	const char *dir;
	struct setup setups[RECIPE_STEPS_MAX];
	size_t setup_count;
	struct teacher_set *teacher_set;
	struct store *store;
	struct answers answers;
	struct step step;

	struct pending_request *asked;         /* `limit` of them */
	size_t *unused;              /* a stack of the free ones */
	size_t limit, in_flight;
	size_t *arrived;             /* indices in `asked`, with a reply that is not stored yet */
	size_t arrived_count;
	size_t unpaid;               /* requests in flight whose reply is not yet in run.db */
	int64_t missing;             /* finished units still wanted, with no input left */
	size_t unanswered;           /* requests that got FINISH_NONE */
	struct sow_error why_unanswered;
	struct refusals refusals;    /* by stage of the step */
	size_t told;                 /* lines about the teachers that are in run.db */
	struct budget budget;
	bool is_held;                /* a bound forbids further requests at present */
	enum run_end held_by;        /* which bound */

	struct run_progress progress;
	int64_t started, reported;
};

/* begin.c */
/* Opens teachers, store and cache and reads the inputs of the steps; `measures`: only as much as grading
 * finished units takes. Even on failure run_close is due. */
int run_open(struct run *r, const char *dir, bool measures);
void run_close(struct run *r);
/* Restores step `number` to its stored state; step_close is due either way. */
int step_open(struct run *r, size_t number);
void step_close(struct run *r);

int run_fail_nomem(struct run *r);            /* SOW_NOMEM, set in r->err */
int run_failure(const struct run *r);         /* the status of a failure that r->err holds */
void run_message(struct run *r, const char *line);

/* identity.c */
/* Checks that the recipe matches the run in this directory, then records identity and settings. */
int run_check_identity(struct run *r);
/* Reports the earlier batches that the run does not wait for. */
int run_tell_strays(struct run *r);

/* run.c */
/* Runs the open step as far as possible. */
int run_step(struct run *r, enum run_end *end);

/* active_unit.c */
/* Adds a unit under way that is already stored; copies its texts. SOW_INVALID if its method has no such
 * stage. */
int active_unit_add(struct run *r, const struct unit *u, size_t number);
/* Removes a unit that has ended. */
void active_unit_end(struct run *r, struct active_unit *l);
/* Queues it as ready for the next request of its stage. */
void active_unit_ready(struct run *r, struct active_unit *l);
/* The stage whose replies it waits for. */
const struct stage *active_unit_stage(const struct run *r, const struct active_unit *l);
/* The number of the stage that chooses one of its replies; 0: only one is requested, or all are kept. */
int64_t active_unit_graded_by(const struct run *r, const struct active_unit *l);
/* Does its stage need another request? */
bool active_unit_has_more(const struct run *r, const struct active_unit *l);
/* Makes that request. SOW_TOOBIG, without a message, if the unit is too long for one. */
int active_unit_plan(struct run *r, struct active_unit *l, struct pending_request *a);
/* Takes the reply of `a` over. True once the stage has all its replies. */
bool active_unit_take(struct run *r, struct pending_request *a);
/* Can the sample be chosen? Not if it is a refusal or empty, nor if it was cut and would be dropped for
 * that while another is complete. */
bool active_unit_is_candidate(const struct run *r, const struct active_unit *l, size_t sample);
/* Restarts the stage, or starts another one. */
void active_unit_restart(struct active_unit *l);

/* choice.c */
/* Calls the order_input of the step's method, whose source is open; `begun` entries have begun already. */
int step_order_input(struct run *r, int64_t begun);
/* Refuses numbers that would change a choice on which the next step has begun to work. */
int run_check_choices(struct run *r);

/* plan.c */
int run_plan(struct run *r);
/* Begins the next input, `task`; within a transaction. */
int run_begin_input(struct run *r, const struct record *task);
/* Begins inputs until enough units are ready; within a transaction. */
int run_begin_inputs(struct run *r);
void run_release(struct run *r, struct pending_request *a);

/* admit.c */
int run_admit(struct run *r);
/* Stores new units, and adds those that are under way. */
int run_write_accepted(struct run *r, const struct outcome *o);
int run_write_rejected(struct run *r, const struct outcome *o);
/* Can the first unit that has not passed the gate be decided? */
bool run_gate_waits(const struct step *s);
/* Lets units through the gate, as far as their order allows; within a transaction. */
int run_open_gate(struct run *r);
/* Fails a unit with more turns than a request can have. */
int run_fail_too_long(struct run *r, struct active_unit *l);
int64_t step_inputs_done(const struct step *s); /* those without a unit under way */
void step_advance(struct step *s);             /* advances `settled` */

#endif
