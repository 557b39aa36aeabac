/* method.h - how a paper grows data: a table of stages, each a question to a teacher.
 *
 * A method does no I/O and keeps no clock: the same calls give the same results, so
 * every rule of it is tested without a model. There are two kinds:
 *
 *   - some draw examples from a growing pool: the first stage makes units;
 *   - some work on an input: begin makes the first unit of each.
 *
 * Units go from stage to stage until they are finished or have failed; a stage may make further
 * units, the next links of a chain. The run stores what an `outcome` holds. Reading a reply is
 * part of admitting it; the parsers are functions of their own (reply.h) that know no pool.
 *
 * What several methods ask in the same way is a stage of its own, which they put into their
 * tables (judge.h: which answer is best?).
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
	const char *variant;         /* "paper", or "released" as its code does where it differs */
	bool no_system_out;          /* it is sent, and not kept in the record */
	bool classification_only;
	bool again;                  /* answer what has an answer, too */
	int64_t samples;             /* answers wanted to each prompt, at least 1 */
	struct sampling_options sampling;
	struct map_options map;
	void *own;                   /* the method's own structure, which method.options fill */
	/* what the run brings along */
	const char *const *writers;  /* WRITERS_MAX names of models, the first the writer's; NULL: none */
	struct pool *pool;           /* seeds and what to be new against; NULL: the method has none */
	const struct record *inputs; /* where the method needs them; NULL: they are not at hand */
	size_t input_count;
	const struct record_list *examples; /* of the file that the method's row names; NULL: none */
	bool is_shard;               /* other runs work on the rest of the input */
	bool is_rehearsal;           /* replies are made up: nothing can be told by them */
	const struct rules *rules;
	const struct judge *judge;   /* for stages that grade; NULL: they are not asked */
	struct prompt_shelf prompts;
	uint64_t seed;
	enum turn_opening opens;     /* what the writer can */
};

/* The request's sampling as the recipe has it, and its stops, to which the method may add. SOW_OK
 * or SOW_TOOBIG. */
int method_sampling(const struct method_options *o, struct request *r);
/* The recipe's stops alone, besides those of the request. SOW_OK or SOW_TOOBIG. */
int method_stops(const struct method_options *o, struct request *r);

/* An option that a method takes by name, or whose default or whose number in its paper is another
 * than in the table of recipe.c. */
struct taken_option {
	const char *name;
	const char *fallback;        /* its default here; NULL: the table's */
	const char *paper;           /* what --strict-paper insists on; "": that nothing is said;
				      * NULL: the paper says nothing of it */
};

/* What a method knows of one run; what it knows besides stands behind it. */
struct method_state {
	struct method_options o;
	struct arena *arena;         /* for what open makes */
};

/* The options of a method's state. */
static inline const struct method_options *method_options_of(const void *state)
{
	return &((const struct method_state *)state)->o;
}

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

void outcome_init(struct outcome *o);
void outcome_release(struct outcome *o);
/* The unit's own place and texts are taken over as they are. */
void outcome_accept(struct outcome *o, const struct accepted *a);
void outcome_reject(struct outcome *o, const struct unit *at, const char *rule, struct view text,
		    struct view detail);
/* The unit fails by a rule. */
void outcome_fail(struct outcome *o, struct unit *u, enum rule_id rule, struct view text,
		  struct view detail);
/* The same, for a reason that stands in a buffer, which is released. */
void outcome_fail_for(struct outcome *o, struct unit *u, enum rule_id rule, struct view text,
		      struct buf *why);
/* Copies the texts of `list` and makes them the unit's instances. */
void outcome_keep(struct outcome *o, const struct instance *list, size_t count);

#define ASKS_TO(kind) (1u << (kind))

/* A question to a teacher, and what becomes of its replies. `state` begins with a
 * struct method_state. Functions return SOW_OK, SOW_NOMEM, or as they say. */
struct stage {
	const char *name;            /* "answer" */
	unsigned kinds;              /* of what it asks but texts, ASKS_TO each; 0: texts */
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
	int64_t graded_by;           /* where there is a judge, several replies are asked for, and that
				      * stage chooses the one that is admitted; 0: never */

	/* Of a unit, in a method that finds new ones: it asks nothing, and units come to it in their
	 * order, each when all before it have passed or ended, so that what it decides depends on no
	 * reply's time. It moves the unit on as admit does. A method has one such stage at most. */
	int (*decide)(const void *state, struct unit *u, struct outcome *o);

	/* Of a pool. Examples come from the seeds and from the first `machine` of the pool's own
	 * instructions; `examples` gets the pool entries shown. */
	int (*plan_ticket)(const void *state, int64_t ticket, size_t machine, struct request **out,
			   size_t examples[POOL_EXAMPLES_MAX], size_t *example_count);
	/* Candidates are judged one after another; each accepted one joins the pool at once. */
	int (*admit_ticket)(const void *state, int64_t step, int64_t ticket, const struct reply *r,
			    struct outcome *o);

	/* Of a text: an answer to the unit's question, or empty: the unit itself is graded. It
	 * leaves the unit where it is. plan_grade may give SOW_TOOBIG or SOW_INVALID, too. */
	int (*plan_grade)(const void *state, const struct unit *u, struct view text,
			  struct request **out);
	double (*read_grade)(struct view reply); /* 0: none */
};

#define TALLIES_MAX 16

/* A figure that is counted over the units of a step: "won in both orders". */
struct tally {
	const char *key, *label;
	int of;                      /* the row that it is a share of, from 1; 0: of none */
	bool hides_none;             /* people see it only where there is something to count */
};

/* All that a step is to work on, which lives until it has ended. */
struct whole_input {
	const struct record_list *records; /* each with an id */
	struct vectors *vectors;     /* a row a record, to be taken over; NULL: none are wanted */
};

struct method {
	const char *name;
	/* The page of help of its command. */
	const char *summary;         /* a line */
	const char *usage;           /* behind the name; NULL: by takes_input */
	const char *about;           /* a paragraph */
	const char *example;         /* lines */
	const struct stage *const *stages; /* stage 1 and on; NULL behind the last */
	bool takes_input;            /* one ticket an input, instead of requests to a pool */
	bool no_seeds;               /* of a pool: it shows no examples, so there are no seeds */
	bool finds_new;              /* on an input: what its units ask is new against each other and
				      * --against, by a pool; and -n is how many finished ones are
				      * wanted, not how many inputs are worked on */
	bool (*needs_inputs)(const void *own); /* all of them, in options.inputs; NULL: never */
	bool (*wants_vectors)(const void *own); /* of its whole input; NULL: never */
	const char *(*examples)(const void *own); /* a file of records besides the input, or of vectors (.npy),
				      * which is part of what the run is; NULL, or returns it: none */
	bool (*has_order)(const void *own); /* it hands on in an order of its own, which the tickets, and so the ids,
				      * are numbered by: what it settled stays; NULL: never */
	double (*chooses)(const void *own, double count); /* of so many entries it lets so many go on, at
				      * most; NULL: all that do not fail */
	bool is_step_only;           /* a step of recipes; the command of its name works on files */
	bool several_writers;        /* it asks writer-2 and on, too, where there are any */
	bool takes_objects;          /* the input's records are of any shape: they come as objects */
	unsigned (*asks)(const void *own); /* kinds of request, a bit each, ASKS_TO(REQUEST_SCORE); none:
				      * it needs no teacher; NULL: it has texts generated */
	bool keeps_input;            /* what its first units hold, its input, is finished tasks too */
	bool only_answers;           /* it makes no instruction: Table 1 says nothing of what it does */
	const char *exported_as;     /* what sow export is told to take it out; NULL: as it is for others */
	bool shows_records;          /* examples with their instances, which then count as identity */
	const char *answered;        /* what it does, as a rule, with an input that has an answer; NULL:
				      * nothing of its own */
	const struct taken_option *takes; /* a NULL name behind the last; NULL: none */
	const struct option *options; /* that no other method has, in a structure of its own */
	size_t option_count, own_size;
	const char *const *rules;    /* where its rules differ from the table, as rules_set has them;
				      * NULL behind the last; NULL: nowhere */
	const char *const *released_rules; /* likewise, where the released code differs */
	const char *const *own_rules; /* that the paper does not have: off with --strict-paper */

	/* The state of one run, which begins with a struct method_state. open makes the rest, which
	 * comes as zeros (NULL: there is none), in its arena. It fails with *err set: a prompt is
	 * missing or malformed. */
	size_t state_size;
	int (*open)(void *state, struct sow_error *err);

	/* Frees what open made outside of the arena, also when that failed half-way. NULL: nothing. */
	void (*close)(void *state);
	/* On an input: what an entry that was begun before became, in their order, when a run resumes.
	 * SOW_OK or SOW_NOMEM. NULL: no entry depends on others. */
	int (*recall)(const void *state, const struct unit *u);

	/* On an input of which no entry can be decided about without all others: called once they are all
	 * there, before the first is begun, also when the run resumes. Sets `order`: the entry that each
	 * ticket begins; it is kept, and what has begun before may stand elsewhere in it by the time begin is
	 * called. Depends on its arguments alone. SOW_OK, or *err set. NULL: each stands for itself. */
	int (*order_input)(void *state, const struct whole_input *all, size_t *order, struct sow_error *err);

	/* On an input: accepts its first units (usually one) or rejects it. `at` has step and
	 * ticket. */
	int (*begin)(const void *state, const struct unit *at, const struct record *input,
		     struct outcome *o);

	/* Figures for sow status and stats: rows, a NULL key behind the last, and what adds a unit that
	 * has ended to their counts, by what its context keeps; SOW_OK or SOW_NOMEM. NULL: none. */
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
const struct method *method_at(size_t i);     /* each of them; NULL behind the last */

/* What the method's row says of the option; NULL: nothing. */
const struct taken_option *method_takes(const struct method *m, const char *name);
/* The kinds of request that it makes, a bit each, with its own options. */
unsigned method_asks(const struct method *m, const void *own);
/* A run's state of it, in `a`; method_close is due. NULL on failure, with *err set. */
void *method_open(const struct method *m, struct arena *a, const struct method_options *o,
		  struct sow_error *err);
void method_close(const struct method *m, void *state); /* NULL is fine */
/* A stage by its number, from 1. NULL: it has no such stage. */
const struct stage *method_stage(const struct method *m, int64_t number);
/* Whose duty it is. */
enum duty method_duty(const struct stage *stage, const struct method_options *o);
/* Has it a stage whose duty is always this one? */
bool method_has_duty(const struct method *m, enum duty duty);
/* The number of the stage that decides in order; 0: it has none. */
int64_t method_gate(const struct method *m);
/* The number of a stage; 0: the method has no such stage. */
int64_t method_stage_number(const struct method *m, const struct stage *stage);
#endif
