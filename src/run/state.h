/* state.h - a run in memory, shared by run.c, which carries it out, and begin.c, which opens it
 * and brings it to where it stood. */
#ifndef RUN_STATE_H
#define RUN_STATE_H

#include "base/heap.h"
#include "run/run.h"
#include "run/setup.h"
#include "run/store.h"
#include "teacher/cache.h"

#define STEP 1 /* recipes of several steps come later */

/* A request under way, or its reply that waits for its turn. */
struct asked {
	bool used;
	struct place place;
	size_t unit;                 /* of a unit's request: index into units */
	struct request *request;
	struct reply *reply;         /* arrived, not yet admitted */
	bool cached;                 /* the reply came from the cache */
	bool stored;                 /* it was in run.db already */
	size_t examples[POOL_EXAMPLES_MAX];
	size_t example_count;
};

struct run {
	const struct recipe *recipe;
	const struct run_hooks *hooks;
	struct sow_error *err;
	struct setup setup;
	struct teacher *teacher;
	struct store *store;
	struct cache *cache;         /* NULL: none */
	bool cache_reported;

	/* Tickets. accepted_upto[k] is how many units tickets 1..k made. */
	int64_t committed, planned;
	size_t *accepted_upto;
	size_t accepted_room;

	/* Units, in order (ticket, item). The pool's machine entries are their instructions. */
	struct unit *units;
	size_t unit_count, unit_room;
	size_t failed;
	struct heap ready;           /* units with a request to plan */
	struct heap held;            /* of them, those that --max-requests forbids to ask for */
	size_t settled;              /* all units before this one have ended */
	size_t settled_finished;
	int64_t fruitful;            /* last ticket among the settled with a finished task */

	struct asked *asked;         /* `limit` of them */
	size_t *unused;              /* a stack of those that are free */
	size_t limit, in_flight;
	struct asked **tickets;      /* ticket t under way stands at t % (lookahead + 1) */
	size_t *arrived;             /* indices of asked with a reply, not yet stored */
	size_t arrived_count;
	size_t waiting;              /* tickets in flight whose reply waits for its turn */
	size_t unpaid;               /* requests in flight whose reply is not in run.db yet */
	size_t unanswered;           /* requests that got FINISH_NONE */
	struct sow_error why_unanswered;

	struct run_progress progress;
	int64_t started, reported;
};

/* Opens teacher, store and cache, checks the identity and loads what is committed. On failure
 * run_end is still due. */
int run_begin(struct run *r, const char *dir);
void run_end(struct run *r);

int run_fail_nomem(struct run *r);            /* SOW_NOMEM, said in r->err */
void run_message(struct run *r, const char *line);
int run_add_unit(struct run *r, const struct unit *u); /* its text is in the pool already */
void run_settle(struct run *r);               /* moves `settled` on */
void run_release(struct run *r, struct asked *a);

#endif
