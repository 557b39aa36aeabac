/* method.h - how a paper grows data: plan a request, read its reply, admit the outcome.
 *
 * A method does no I/O and keeps no clock: the same calls give the same results, so
 * every rule of it is tested without a model. There are two kinds:
 *
 *   - some draw examples from a growing pool: plan_ticket, admit_ticket make units;
 *   - some work on an input: begin makes the first unit of each.
 *
 * Units go from stage to stage by plan_unit and admit_unit, until they are finished or have
 * failed; admit_unit may make further units, the next links of a chain. The run stores what
 * an `outcome` holds. Reading a reply is part of admitting it; the parsers are functions of
 * their own (reply.h) that know no pool.
 */
#ifndef METHOD_METHOD_H
#define METHOD_METHOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/option.h"
#include "data/request.h"
#include "data/record.h"
#include "data/unit.h"
#include "method/duty.h"
#include "method/pool.h"
#include "method/prompt.h"
#include "method/rules.h"
#include "sow/sow.h"

#define METHOD_STOPS_MAX 4 /* that a recipe may add to a method's own */

/* How what is written is sampled, as the recipe has it. */
struct sampling_options {
	double temperature, top_p;   /* NOT_SAID: the teacher's own */
	double presence_penalty, frequency_penalty;
	int64_t max_tokens;          /* 0: the teacher's own */
	struct list stops;           /* \n in them is a new line */
};

struct method_options {
	const char *language;        /* NULL: English */
	const char *topic;           /* NULL: any */
	const char *system;          /* NULL: no system message */
	bool no_system_out;          /* it is sent, and not kept in the record */
	bool classification_only;
	bool again;                  /* answer what has an answer, too */
	int64_t samples;             /* answers wanted to each prompt, at least 1 */
	struct sampling_options sampling;
	void *own;                   /* the method's own structure, which method.options fill */
	/* what the run brings along */
	struct pool *pool;           /* seeds and what to be new against; NULL for an input */
	const struct rules *rules;
	struct prompt_shelf prompts;
	uint64_t seed;
};

/* The request's sampling as the recipe has it, and its stops, to which the method may add. SOW_OK
 * or SOW_NOMEM. */
int method_sampling(const struct method_options *o, struct request *r);
/* The recipe's stops alone, besides those of the request. SOW_OK, SOW_NOMEM or SOW_TOOBIG. */
int method_stops(const struct method_options *o, struct request *r);

/* An option that a method takes by name, or whose default or whose number in its paper is another
 * than in the table of recipe.c. */
struct taken_option {
	const char *name;
	const char *fallback;        /* its default here; NULL: the table's */
	const char *paper;           /* what --strict-paper insists on; "": that nothing is said;
				      * NULL: the paper says nothing of it */
};

/* A new unit. Texts live in the outcome's arena. */
struct accepted {
	struct unit unit;            /* under way, or finished with `instances` */
	struct near_text *near;      /* the nearest when it was accepted, nearest first */
	size_t near_count;
	double mean_score;           /* over the pool then; 0 without a pool */
	struct instance *instances;
	size_t instance_count;
};

/* What a reply led to. */
struct outcome {
	struct arena *arena;
	struct accepted *accepted;
	size_t accepted_count, accepted_room;
	struct rejected *rejected;
	size_t rejected_count, rejected_room;
	struct instance *instances;  /* of the unit, if it is finished; in the arena */
	size_t instance_count;
};

int outcome_init(struct outcome *o);
void outcome_release(struct outcome *o);
/* The unit's own place and texts are taken over as they are. SOW_OK or SOW_NOMEM. */
int outcome_accept(struct outcome *o, const struct accepted *a);
int outcome_reject(struct outcome *o, const struct unit *at, const char *rule, struct view text,
		   struct view detail);
/* Copies the texts of `list` and makes them the unit's instances. */
int outcome_keep(struct outcome *o, const struct instance *list, size_t count);

struct method {
	const char *name;
	const char *const *stages;   /* names, from stage 1 on, NULL behind the last */
	bool takes_input;            /* one ticket an input, instead of requests to a pool */
	bool keeps_input;            /* what its first units hold, its input, is finished tasks too */
	bool shows_records;          /* examples with their instances, which then count as identity */
	const struct taken_option *takes;   /* a NULL name behind the last; NULL: none */
	const struct option *options; /* that no other method has, in a structure of its own */
	size_t option_count, own_size;
	const char *const *rules;    /* where its rules differ from the table, as rules_set has them;
				      * NULL behind the last; NULL: nowhere */

	/* State of one run. NULL with *err on failure (a prompt missing or malformed). */
	void *(*open)(const struct method_options *o, struct sow_error *err);
	void (*close)(void *state);

	/* With a pool. Examples come from the seeds and from the first `machine` of the pool's
	 * own instructions; `examples` gets the pool entries shown. */
	int (*plan_ticket)(void *state, int64_t ticket, size_t machine, struct request **out,
			   size_t examples[POOL_EXAMPLES_MAX], size_t *example_count);
	/* Candidates are judged one after another; each accepted one joins the pool at once. */
	int (*admit_ticket)(void *state, int64_t step, int64_t ticket, const struct reply *r,
			    struct outcome *o);

	/* On an input: accepts its first units (usually one) or rejects it. `at` has step and
	 * ticket. NULL: its units are those of another method, about which it asks. */
	int (*begin)(void *state, const struct unit *at, const struct record *input,
		     struct outcome *o);

	/* How many replies the unit's stage takes. NULL: one. */
	size_t (*samples)(void *state, const struct unit *u);
	/* True if it writes an answer, of which the best of several may be chosen. NULL: never. */
	bool (*is_answer)(void *state, const struct unit *u);
	/* Who does the requests of a stage. NULL: the writer. */
	enum duty (*duty)(int64_t stage);
	int (*plan_unit)(void *state, const struct unit *u, size_t sample, struct request **out);
	/* Moves the unit on: next stage, finished or failed. It may set the unit's texts to
	 * views into replies and outcome. */
	int (*admit_unit)(void *state, struct unit *u, const struct reply *const *replies,
			  size_t count, struct outcome *o);
};
extern const struct method method_self_instruct, method_respond, method_evol,
	method_alpaca, method_persona;
extern const struct method method_difficulty; /* asks only, and is no step of a recipe */
const struct method *method_find(const char *name); /* NULL: unknown */
const struct method *method_find_view(struct view name);
const struct method *method_at(size_t i);     /* each of them; NULL behind the last */

/* What the method's row says of the option; NULL: nothing. */
const struct taken_option *method_takes(const struct method *m, const char *name);

/* Who does the requests of a stage, those that judge too, and what it is called. */
enum duty method_duty(const struct method *m, int64_t stage);
const char *method_stage(const struct method *m, int64_t stage);

#endif
