/* run.h - runs a recipe in a directory, from its present state to its end.
 *
 *     struct run_outcome outcome;
 *     status = run_recipe(recipe, "out", &hooks, &outcome, err);
 *
 * The directory is made if missing; an existing run there must have the same identity, and is
 * resumed. The loop: plan requests, submit, collect replies, store them, read them, admit in
 * order, commit. See docs/dev/design.md, "The run".
 */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "run/recipe.h"
#include "sow/sow.h"
#include "teacher/teacher.h"

struct run_progress {
	int64_t step, steps;         /* from 1; of how many */
	bool takes_input;            /* counts inputs; else tasks */
	int64_t target, done;        /* tasks finished, or inputs completed */
	int64_t finished;            /* tasks of this step */
	int64_t under_way;           /* instructions accepted and not yet finished or failed */
	int64_t tickets, accepted, rejected;
	int64_t failed;              /* instructions of this step that failed */
	int64_t replies, cached, refused, in_flight;
	int64_t prompt_tokens, completion_tokens;
	bool has_price;
	int64_t cost, reserved;      /* nano-dollars: paid, and reserved for requests in flight */
	int64_t budget;              /* negative: none */
	int64_t unknown;             /* requests that may have been billed without a reply */
	int64_t retries;             /* requests sent again, by this process */
	int64_t servers, servers_up; /* of the teachers; 0: none is a server */
	int64_t elapsed;             /* ns, this process */
	int64_t done_before;         /* `done` when this process opened the step */
};

struct run_hooks {
	const volatile sig_atomic_t *stop; /* not 0: commit what has arrived and return; may be NULL */
	void (*progress)(void *data, const struct run_progress *p); /* several times a second */
	void (*message)(void *data, const char *line);              /* one line for the user */
	void (*note)(void *data, const char *line); /* likewise, omitted in a quiet run */
	void *data;
	const struct teacher_kind *teacher; /* instead of the recipe's (tests); may be NULL */
};

enum run_end {
	RUN_DONE,           /* n tasks are finished, or every input is completed */
	RUN_INTERRUPTED,    /* the user stopped it */
	RUN_MAX_REQUESTS,   /* --max-requests reached */
	RUN_BUDGET,         /* the next request would pass --budget */
	RUN_NOTHING_NEW     /* no finished task from the last 200 tickets */
};

struct run_outcome {
	enum run_end end;
	struct run_progress progress; /* at the end */
	int64_t missing;     /* finished tasks short of -n, with no inputs left */
};

/* SOW_OK if it ended in one of these ways; negative when it could not continue (run.db still has all
 * results so far). */
int run_recipe(const struct recipe *recipe, const char *dir, const struct run_hooks *hooks,
	       struct run_outcome *outcome, struct sow_error *err);

#endif
