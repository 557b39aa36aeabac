/* method.h - how a paper grows data: a table of stages, each a question to a teacher.
 *
 * A method does no I/O and reads no clock: the same calls give the same results, so every rule is tested
 * without a model. There are two kinds:
 *
 *   - some draw examples from a growing pool: the first stage makes units;
 *   - some work on an input: begin makes the first unit of each.
 *
 * Units go from stage to stage until they are finished or have failed; a stage may make further
 * units, the next links of a chain. The run stores what an `outcome` holds. Reading a reply is part of
 * admitting it; the parsers are separate functions (reply.h) that do not know the pool.
 *
 * A question that several methods ask in the same way is a separate stage, which they put into their tables
 * (judge.h: which answer is best?).
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
#include "method/map.h"
#include "method/pool.h"
#include "method/prompt.h"
#include "method/rules.h"
#include "sow/sow.h"

struct judge;
struct record_list;
struct vectors;

#define METHOD_STOPS_MAX 4 /* that a recipe may add to those of a method */

/* How the recipe samples generated texts. */
struct sampling_options {
	double temperature, top_p;   /* NOT_SAID: the teacher's default */
	double presence_penalty, frequency_penalty;
	int64_t max_tokens;          /* 0: the teacher's default */
	struct list stops;           /* \n in them is a new line */
};

struct method_options {
	const char *language;        /* NULL: English */
	const char *topic;           /* NULL: any */
	const char *system;          /* NULL: no system message */
	const char *variant;         /* "paper", or "released": as its code, where that differs */
	bool no_system_out;          /* the system message is sent, but not kept in the record */
	bool classification_only;
	bool again;                  /* also answer records that have an answer */
	int64_t samples;             /* answers wanted for each prompt, at least 1 */
	struct sampling_options sampling;
	struct map_options map;
	void *own;                   /* the method's structure, which method.options fill */
	/* what the run adds */
	const char *const *writers;  /* WRITERS_MAX names of models, the first the writer's; NULL: none */
	struct pool *pool;           /* seeds and --against; NULL: the method has none */
	const struct record *inputs; /* where the method needs them; NULL: not loaded */
	size_t input_count;
	const struct record_list *examples; /* of the file that the method's row names; NULL: none */
	bool is_shard;               /* other runs work on the rest of the input */
	bool is_rehearsal;           /* replies are invented: they say nothing about the data */
	const struct rules *rules;
	const struct judge *judge;   /* for stages that grade; NULL: they are skipped */
	struct prompt_shelf prompts;
	uint64_t seed;
	enum turn_opening opens;     /* what the writer can do */
};

/* Sets the recipe's sampling and stops in the request; the method may add stops. SOW_OK or SOW_TOOBIG. */
int method_sampling(const struct method_options *o, struct request *r);
/* Adds only the recipe's stops to those of the request. SOW_OK or SOW_TOOBIG. */
int method_stops(const struct method_options *o, struct request *r);

/* An option that a method takes by name, or whose default or number in its paper differs from the table of
 * recipe.c. */
struct taken_option {
	const char *name;
	const char *fallback;        /* its default here; NULL: the table's */
	const char *paper;           /* required by --strict-paper; "": it must be unset; NULL: the paper does
				      * not mention it */
};

/* A method's state in one run; the method's own members follow it in its structure. */
struct method_state {
	struct method_options o;
	struct arena *arena;         /* for the results of open */
};

/* The options of a method's state. */
static inline const struct method_options *method_options_of(const void *state)
{
	return &((const struct method_state *)state)->o;
}

/* A new unit. Texts live in the outcome's arena. */
struct accepted {
	struct unit unit;            /* in progress, or finished with `instances` */
	struct near_text *near;      /* the nearest when it was accepted, nearest first */
	size_t near_count;
	double mean_score;           /* over the pool at that time; 0 without a pool */
	struct instance *instances;
	size_t instance_count;
};

/* The result of a reply. */
struct outcome {
	struct arena *arena;
	struct accepted *accepted;
	size_t accepted_count, accepted_room;
	struct rejected *rejected;
	size_t rejected_count, rejected_room;
	struct instance *instances;  /* of the unit, if it is finished; in the arena */
	size_t instance_count;
};

void outcome_init(struct outcome *o);
void outcome_release(struct outcome *o);
/* Takes over the unit's place and texts unchanged. */
void outcome_accept(struct outcome *o, const struct accepted *a);
void outcome_reject(struct outcome *o, const struct unit *at, const char *rule, struct view text,
		    struct view detail);
/* Fails the unit by a rule. */
void outcome_fail(struct outcome *o, struct unit *u, enum rule_id rule, struct view text,
		  struct view detail);
/* The same, with the reason in a buffer, which it releases. */
void outcome_fail_for(struct outcome *o, struct unit *u, enum rule_id rule, struct view text,
		      struct buf *why);
/* Copies the texts of `list` and makes them the unit's instances. */
void outcome_keep(struct outcome *o, const struct instance *list, size_t count);

#define ASKS_TO(kind) (1u << (kind))

/* A question to a teacher, and what becomes of its replies. `state` begins with a
 * struct method_state. Functions return SOW_OK, SOW_NOMEM, or as they say. */
struct stage {
	const char *name;            /* "answer" */
	unsigned kinds;              /* of its requests other than for texts, ASKS_TO each; 0: texts */
	enum duty duty;
	enum duty (*duty_of)(const struct method_options *o); /* where the recipe decides it; else NULL */

	/* Of a unit. */
	size_t (*samples)(const void *state, const struct unit *u); /* how many replies it takes;
				      * NULL: one */
	int (*plan)(const void *state, const struct unit *u, size_t sample, struct request **out);
	/* Moves the unit on: next stage, finished or failed. It may set the unit's texts to
	 * views into replies and outcome. */
	int (*admit)(const void *state, struct unit *u, const struct reply *const *replies,
		     size_t count, struct outcome *o);
	int64_t graded_by;           /* with a judge, several replies are requested, and that stage chooses
				      * the one to admit; 0: never */

	/* Of a unit, in a method that finds new ones: makes no request. Units come to it in their order, each
	 * when all before it have passed or ended, so that its decisions do not depend on the times of
	 * replies. It moves the unit on as admit does. A method has at most one such stage. */
	int (*decide)(const void *state, struct unit *u, struct outcome *o);

	/* Of a pool. Examples come from the seeds and from the first `machine` of the pool's own
	 * instructions; `examples` gets the pool entries shown. */
	int (*plan_ticket)(const void *state, int64_t ticket, size_t machine, struct request **out,
			   size_t examples[POOL_EXAMPLES_MAX], size_t *example_count);
	/* Decides on the candidates one after another; each accepted one joins the pool at once. */
	int (*admit_ticket)(const void *state, int64_t step, int64_t ticket, const struct reply *r,
			    struct outcome *o);

	/* Of a text: an answer to the unit's question, or empty: the unit itself is graded. It leaves the
	 * unit in its stage. plan_grade may also return SOW_TOOBIG or SOW_INVALID. */
	int (*plan_grade)(const void *state, const struct unit *u, struct view text,
			  struct request **out);
	double (*read_grade)(struct view reply); /* 0: none */
};

#define TALLIES_MAX 16

/* A figure that is counted over the units of a step: "won in both orders". */
struct tally {
	const char *key, *label;
	int of;                      /* the row of which it is a share, from 1; 0: none */
	bool hides_none;             /* users see it only if its count is not 0 */
};

/* The whole input of a step; lives until the step has ended. */
struct whole_input {
	const struct record_list *records; /* each with an id */
	struct vectors *vectors;     /* a row a record, the callee's to take; NULL: not wanted */
};

struct method {
	const char *name;
	/* The page of help of its command. */
	const char *summary;         /* a line */
	const char *usage;           /* after the name; NULL: by takes_input */
	const char *about;           /* a paragraph */
	const char *example;         /* lines */
	const struct stage *const *stages; /* from stage 1 on; NULL after the last */
	bool takes_input;            /* one ticket an input, instead of requests to a pool */
	bool no_seeds;               /* of a pool: its prompts show no examples, so there are no seeds */
	bool finds_new;              /* on an input: a pool checks that its units' instructions are new
				      * against each other and --against; and -n is the number of finished
				      * units wanted, not of inputs worked on */
	bool (*needs_inputs)(const void *own); /* all inputs, in options.inputs; NULL: never */
	bool (*wants_vectors)(const void *own); /* of the whole input; NULL: never */
	const char *(*examples)(const void *own); /* a file of records besides the input, or of vectors
						   * (.npy), part of the run's identity; NULL, or returns it:
						   * none */
	bool (*has_order)(const void *own); /* it returns records in a new order, which numbers the tickets,
					     * and so the ids: a decided order stays; NULL: never */
	double (*chooses)(const void *own, double count); /* the most entries that it lets pass of `count`;
							   * NULL: all that do not fail */
	bool is_step_only;           /* a step of recipes; the command of its name works on files */
	bool several_writers;        /* it also asks writer-2 and on, if any */
	bool takes_objects;          /* the input's records are of any shape: they come as objects */
	unsigned (*asks)(const void *own); /* kinds of request, a bit each, ASKS_TO(REQUEST_SCORE); 0: it
					    * needs no teacher; NULL: it generates texts */
	bool keeps_input;            /* the input, in its first units, counts as finished tasks */
	bool only_answers;           /* it writes no instructions: Table 1 does not apply */
	const char *exported_as;     /* the arguments of sow export for its data; NULL: as for others */
	bool shows_records;          /* examples with their instances, then part of the run's identity */
	const char *answered;        /* what it usually does with an input that has an answer; NULL: nothing
				      * special */
	const struct taken_option *takes; /* a NULL name after the last; NULL: none */
	const struct option *options; /* that no other method has, in a structure of the method */
	size_t option_count, own_size;
	const char *const *rules;    /* where its rules differ from the table, as for rules_set; NULL after
				      * the last; NULL: nowhere */
	const char *const *released_rules; /* likewise, where the released code differs */
	const char *const *own_rules; /* that are not in the paper: off with --strict-paper */

	/* The state of one run, which begins with a struct method_state. open fills in the rest, zeroed
	 * before (NULL: none), in the state's arena. It fails with *err set: a prompt is missing or
	 * malformed. */
	size_t state_size;
	int (*open)(void *state, struct sow_error *err);

	/* Frees what open made outside the arena, also after a failed open. NULL: nothing. */
	void (*close)(void *state);
	/* On an input, when a run resumes: is called with the unit of each entry begun before, in their
	 * order. SOW_OK or SOW_NOMEM. NULL: no entry depends on others. */
	int (*recall)(const void *state, const struct unit *u);

	/* On an input where a decision on any entry needs all others: called once all are known, before the
	 * first begins, also when the run resumes. Sets `order`: the entry that each ticket begins; the run
	 * keeps it, and may move entries begun before by the time it calls begin. Depends only on its
	 * arguments. SOW_OK, or *err set. NULL: entries are independent. */
	int (*order_input)(void *state, const struct whole_input *all, size_t *order, struct sow_error *err);

	/* On an input: accepts its first units (usually one) or rejects it. `at` has step and
	 * ticket. */
	int (*begin)(const void *state, const struct unit *at, const struct record *input,
		     struct outcome *o);

	/* Figures for sow status and stats: rows, a NULL key after the last, and the function that adds an
	 * ended unit to their counts, by its context; SOW_OK or SOW_NOMEM. NULL: none. */
	const char *tallies_title;
	const struct tally *tallies;
	int (*tally)(const struct unit *u, struct arena *scratch, int64_t counts[TALLIES_MAX]);
};
extern const struct method method_self_instruct, method_respond, method_evol,
	method_alpaca, method_persona, method_map, method_magpie,
	method_grade, method_compare, method_pairs, method_score, method_select, method_ask, method_backtranslate,
	method_converse;
const struct method *method_find(const char *name); /* NULL: unknown */
const struct method *method_find_view(struct view name);
const struct method *method_at(size_t i);     /* each of them; NULL after the last */

/* The method's entry for the option; NULL: none. */
const struct taken_option *method_takes(const struct method *m, const char *name);
/* The kinds of request that it makes with these options, a bit each. */
unsigned method_asks(const struct method *m, const void *own);
/* Its state for a run, in `a`; the caller must call method_close. NULL on failure, with *err set. */
void *method_open(const struct method *m, struct arena *a, const struct method_options *o,
		  struct sow_error *err);
void method_close(const struct method *m, void *state); /* NULL is fine */
/* A stage by its number, from 1. NULL: no such stage. */
const struct stage *method_stage(const struct method *m, int64_t number);
/* The duty of the teacher that it asks. */
enum duty method_duty(const struct stage *stage, const struct method_options *o);
/* True if it has a stage whose duty is always this one. */
bool method_has_duty(const struct method *m, enum duty duty);
/* The number of the stage that decides in order; 0: none. */
int64_t method_gate(const struct method *m);
/* The number of a stage; 0: the method has no such stage. */
int64_t method_stage_number(const struct method *m, const struct stage *stage);
#endif
