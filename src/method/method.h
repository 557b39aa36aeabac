/* method.h - how a paper grows data: plan a request, read its reply, admit the outcome.
 *
 * A method does no I/O and keeps no clock: the same calls give the same results, so
 * every rule of it is tested without a model. The run calls
 *
 *     plan_ticket / plan_unit   what to ask next, a pure function of pool or unit
 *     admit_ticket / admit_unit what becomes of the reply, in commit order
 *
 * and stores what an `outcome` holds. Reading a reply is part of admitting it; the
 * parsers are functions of their own (reply.h) that know no pool.
 */
#ifndef METHOD_METHOD_H
#define METHOD_METHOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "data/request.h"
#include "data/task.h"
#include "data/unit.h"
#include "method/pool.h"
#include "method/rules.h"
#include "sow/sow.h"

/* Finds a prompt's text by its name, "self_instruct/topic.txt". SOW_MISSING if none. */
typedef int prompt_finder(void *data, const char *name, struct view *text, struct sow_error *err);

struct method_options {
	struct pool *pool;           /* seeds and what to be new against are in it */
	const struct rules *rules;
	prompt_finder *find_prompt;
	void *find_data;
	uint64_t seed;
	const char *language;        /* NULL: English */
	const char *topic;           /* NULL: any */
	bool chat;                   /* prompts as messages */
	bool released;               /* as the released code does where it differs */
	bool capitalize;
	bool classification_only;
};

/* What a reply led to. Texts live in `arena`; lists grow. */
struct accepted {
	struct unit unit;            /* ticket, item, stage, instruction */
	struct near_text *near;      /* the nearest when it was accepted, nearest first */
	size_t near_count;
	double mean_score;
};

struct outcome {
	struct arena *arena;
	struct accepted *accepted;   /* of a ticket */
	size_t accepted_count, accepted_room;
	struct rejected *rejected;
	size_t rejected_count, rejected_room;
	struct instance *instances;  /* of a unit that is finished */
	size_t instance_count;
};

int outcome_init(struct outcome *o);
void outcome_release(struct outcome *o);
int outcome_reject(struct outcome *o, const struct unit *at, const char *rule, struct view text,
		   struct view detail);

struct method {
	const char *name;
	/* State of one run. NULL with *err on failure (a prompt missing or malformed). */
	void *(*open)(const struct method_options *o, struct sow_error *err);
	void (*close)(void *state);
	/* Examples come from the seeds and from the first `machine` of the pool's own
	 * instructions. `examples` gets the pool entries shown. */
	int (*plan_ticket)(void *state, int64_t ticket, size_t machine, struct request **out,
			   size_t examples[POOL_EXAMPLES_MAX], size_t *example_count);
	int (*plan_unit)(void *state, const struct unit *u, struct request **out);
	/* Candidates are judged one after another; each accepted one joins the pool at once. */
	int (*admit_ticket)(void *state, int64_t step, int64_t ticket, const struct reply *r,
			    struct outcome *o);
	/* Moves the unit on: next stage, finished or failed. */
	int (*admit_unit)(void *state, struct unit *u, const struct reply *r, struct outcome *o);
};
extern const struct method method_self_instruct;
const struct method *method_find(const char *name); /* NULL: unknown */

#endif
