/* Evol-Instruct (Xu et al. 2023, arXiv:2304.12244). Numbers: docs/guide/methods.md.
 *
 * The links of a chain are units: item 1 is the unchanged input, answered first if it has no answer; item n
 * is what round n - 1 made from the last surviving link. Each link that ends begins the next. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "method/elimination.h"
#include "method/evolution.h"
#include "method/judge.h"
#include "method/question.h"
#include "method/speech.h"

enum { STAGE_EVOLVE = 1, STAGE_EQUAL, STAGE_ANSWER, STAGE_JUDGING };

/* Options that no other method has. */
struct own {
	int64_t rounds;
	struct list weights;         /* of operations, "in-breadth=2" */
	const char *eliminate;
};

struct evol {
	struct method_state run;
	const struct own *own;
	bool eliminate_after;        /* failed evolutions are rejected after their answer, as in the paper */
	struct weights weights;
	struct prompt *operations[OPERATION_COUNT];
	struct view words[OPERATION_COUNT]; /* of each prompt; no evolution may repeat them */
	struct view demonstrations[DATA_COUNT];
	struct prompt *equal;
	struct prompt *answer;       /* NULL: as messages the question is the prompt */
};

/* Opening */

static struct prompt *load(struct evol *m, const char *name, const char *const *names,
			   struct sow_error *err)
{
	static const struct slot none[] = { { 0 } };
	char full[64];
	snprintf(full, sizeof(full), "evol/%s", name);
	return prompt_load(m->run.arena, &m->run.o.prompts, full, none, names, err);
}

/* Notes a prompt's own words, including those of its possible demonstrations. */
static void note_words(struct evol *m, enum operation op)
{
	struct buf words = BUF_INIT;
	struct view text;
	for (size_t i = 0; prompt_text(m->operations[op], i, &text); i++)
		speech_add_words(&words, text);
	for (int i = 0; op == COMPLICATE_INPUT && i < DATA_COUNT; i++)
		speech_add_words(&words, m->demonstrations[i]);
	m->words[op] = arena_takebuf(m->run.arena, &words);
}

static bool load_operations(struct evol *m, struct sow_error *err)
{
	static const char *const names[] = { "instruction", "format", "demonstration", NULL };
	for (int i = 0; i < OPERATION_COUNT; i++) {
		m->operations[i] = load(m, operation_names[i], names, err);
		if (!m->operations[i])
			return false;
	}
	for (int i = 0; i < DATA_COUNT; i++) {
		char name[64];
		struct view *text = &m->demonstrations[i];
		snprintf(name, sizeof(name), "evol/complicate-input.%s.demonstration.txt", data_names[i]);
		if (m->run.o.prompts.find(m->run.o.prompts.data, name, text, err))
			return false;
		*text = view_trim(*text);
	}
	for (int i = 0; i < OPERATION_COUNT; i++) {
		note_words(m, (enum operation)i);
	}
	return true;
}

static int evol_open(void *state, struct sow_error *err)
{
	static const char *const both[] = { "first", "second", NULL };
	static const char *const one[] = { "instruction", NULL };
	struct evol *m = state;
	const struct method_options *o = &m->run.o;
	m->own = o->own;
	m->eliminate_after = strcmp(m->own->eliminate, "after") == 0;
	m->weights = (struct weights)WEIGHTS_EQUAL;
	for (size_t i = 0; i < m->own->weights.count; i++) {
		if (weights_set(&m->weights, m->own->weights.items[i], err))
			return SOW_INVALID;
	}
	if (weights_check(&m->weights, err) || !load_operations(m, err) ||
	    !(m->equal = load(m, "equal", both, err)))
		return SOW_INVALID;
	return o->prompts.chat || (m->answer = load(m, "answer", one, err)) ? SOW_OK : SOW_INVALID;
}

/* The chain */

/* Accepts the next link, made from `parent`, unless the rounds are over. */
static void accept_link(const struct evol *m, const struct unit *parent, int64_t item,
			struct outcome *o)
{
	if (item > m->own->rounds + 1)
		return;
	enum operation op = operation_draw(&m->weights, m->run.o.seed, parent->ticket, item);
	const struct accepted a = { .unit = {
		.step = parent->step, .ticket = parent->ticket, .item = item, .stage = STAGE_EVOLVE,
		.is_classification = -1, .parent = parent->item,
		.operation = view_of(operation_names[op]), .source = parent->source,
		.fields = parent->fields,
		.parent_instruction = parent->instruction, .parent_input = parent->input,
	} };
	outcome_accept(o, &a);
}

/* After a failed evolution its parent is evolved again; an input without an answer has no parent. */
static void accept_next(const struct evol *m, const struct unit *u, struct outcome *o)
{
	if (u->state == UNIT_FINISHED)
		accept_link(m, u, u->item + 1, o);
	if (u->state == UNIT_FINISHED || !u->parent)
		return;
	const struct unit parent = {
		.step = u->step, .ticket = u->ticket, .item = u->parent, .source = u->source,
		.instruction = u->parent_instruction, .input = u->parent_input, .fields = u->fields,
	};
	accept_link(m, &parent, u->item + 1, o);
}

static int begin(const void *state, const struct unit *at, const struct record *input,
		 struct outcome *o)
{
	const struct evol *m = state;
	struct accepted a = { .unit = *at };
	struct unit *u = &a.unit;
	u->item = 1;
	u->stage = STAGE_ANSWER;
	int status = question_take(input, o->arena, u);
	if (status)
		return status;
	question_answers(input, o->arena, &a.instances, &a.instance_count);
	question_finish(input, m->run.o.prompts.chat, &a, o);
	outcome_accept(o, &a);
	if (u->state != UNIT_UNDER_WAY)
		accept_next(m, u, o);
	return SOW_OK;
}

/* Requests */

static enum operation operation_of(struct view name)
{
	int op = 0;
	while (op + 1 < OPERATION_COUNT && !view_eqstr(name, operation_names[op]))
		op++;
	return (enum operation)op;
}

/* Raw text would continue with the next pair, in one form or another. */
static int add_stops(struct request *r)
{
	int status = request_add_stop(r, "\nTask:");
	return status ? status : request_add_stop(r, "\nEvolved task:");
}

static int ask_evolution(const struct evol *m, const struct unit *u, struct request *r)
{
	struct buf parent = BUF_INIT;
	enum format_of_data data = data_draw(m->run.o.seed, u->ticket, u->item);
	question_show(u->parent_instruction, u->parent_input, &parent);
	const struct slot slots[] = {
		{ "instruction", view_from(parent.data, parent.len) },
		{ "format", view_of(data_titles[data]) },
		{ "demonstration", m->demonstrations[data] }, { 0 },
	};
	/* A parent that is evolved again may draw the same operation: the number asks for another
	 * evolution. */
	r->sample = (uint32_t)u->item;
	int status = method_sampling(&m->run.o, r);
	if (!status)
		status = prompt_fill(m->operations[operation_of(u->operation)], slots, r);
	buf_release(&parent);
	return status || m->run.o.prompts.chat ? status : add_stops(r);
}

static int plan_evolution(const void *state, const struct unit *u, size_t sample,
			  struct request **out)
{
	struct request *r = request_new();
	(void)sample;
	return request_finish(r, ask_evolution(state, u, r), out);
}

static int ask_equality(const struct evol *m, const struct unit *u, struct request *r)
{
	struct buf parent = BUF_INIT;
	question_show(u->parent_instruction, u->parent_input, &parent);
	const struct slot slots[] = { { "first", view_from(parent.data, parent.len) },
				      { "second", u->instruction }, { 0 } };
	r->sampling.max_tokens = 16;
	int status = prompt_fill(m->equal, slots, r);
	buf_release(&parent);
	return status ? status : request_add_stop(r, "\n");
}

static int plan_equality(const void *state, const struct unit *u, size_t sample,
			 struct request **out)
{
	struct request *r = request_new();
	(void)sample;
	return request_finish(r, ask_equality(state, u, r), out);
}

/* As raw text, after pairs of tasks and answers. */
static int ask_answer(const struct evol *m, const struct unit *u, size_t sample, struct request *r)
{
	struct buf question = BUF_INIT;
	question_show(u->instruction, u->input, &question);
	const struct slot slots[] = { { "instruction", view_from(question.data, question.len) },
				      { 0 } };
	r->sample = (uint32_t)sample;
	int status = method_sampling(&m->run.o, r);
	if (!status)
		status = prompt_fill(m->answer, slots, r);
	buf_release(&question);
	return status ? status : request_add_stop(r, "\nTask:");
}

static int plan_answer(const void *state, const struct unit *u, size_t sample,
		       struct request **out)
{
	const struct evol *m = state;
	if (m->run.o.prompts.chat)
		return question_plan(u, &m->run.o, NULL, sample, out);
	struct request *r = request_new();
	return request_finish(r, ask_answer(m, u, sample, r), out);
}

/* Replies */

/* True if the judge is asked whether an evolved instruction adds something new. */
static bool is_compared(const struct evol *m)
{
	return rules_on(m->run.o.rules, RULE_EQUAL_TO_PARENT);
}

/* The checks of the evolved instruction that need no request. */
static void eliminate_text(const struct evol *m, struct unit *u, struct outcome *o)
{
	struct buf parent = BUF_INIT;
	struct view detail;
	question_show(u->parent_instruction, u->parent_input, &parent);
	const struct evolved e = { u->instruction, view_from(parent.data, parent.len),
				   m->words[operation_of(u->operation)] };
	enum rule_id broken = elimination_of_text(m->run.o.rules, &e, o->arena, &detail);
	buf_release(&parent);
	if (broken != RULE_COUNT)
		outcome_fail(o, u, broken, u->instruction, detail);
}

static int take_evolution(const struct evol *m, struct unit *u, const struct reply *r,
			  struct outcome *o)
{
	struct view text = evolution_read(r->text);
	bool is_cut = r->finish == FINISH_LENGTH && rules_on(m->run.o.rules, RULE_CUT_REPLY);
	if (is_cut || !text.len) { /* without an instruction */
		outcome_fail(o, u, is_cut ? RULE_CUT_REPLY : RULE_NO_EVOLUTION, view_trim(r->text), view_of(""));
		return SOW_OK;
	}
	u->instruction = text;
	if (!m->eliminate_after)
		eliminate_text(m, u, o);
	if (u->state != UNIT_FAILED)
		u->stage = m->eliminate_after || !is_compared(m) ? STAGE_ANSWER : STAGE_EQUAL;
	return SOW_OK;
}

static int take_verdict(const struct evol *m, struct unit *u, const struct reply *r,
			struct outcome *o)
{
	if (evolution_is_equal(r->text))
		outcome_fail(o, u, RULE_EQUAL_TO_PARENT, u->instruction, view_trim(r->text));
	else if (m->eliminate_after)
		u->state = UNIT_FINISHED;
	else
		u->stage = STAGE_ANSWER;
	return SOW_OK;
}

static void eliminate_answer(const struct evol *m, struct unit *u, struct view answer,
			     struct outcome *o)
{
	enum rule_id broken = RULE_COUNT;
	struct buf question = BUF_INIT;
	struct view met;
	if (m->eliminate_after)
		eliminate_text(m, u, o);
	question_show(u->instruction, u->input, &question);
	if (u->state != UNIT_FAILED)
		broken = elimination_of_answer(m->run.o.rules, view_from(question.data, question.len), answer,
					       &met);
	buf_release(&question);
	if (broken != RULE_COUNT)
		outcome_fail(o, u, broken, u->instruction, answer);
}

/* Where the judge comes after the paid answer, the unit keeps the answer until then. */
static int take_answer(const struct evol *m, struct unit *u, const struct reply *r,
		       struct outcome *o)
{
	struct instance instance;
	struct view detail;
	enum rule_id broken = question_answer(u, m->run.o.rules, r, &instance, &detail);
	if (broken != RULE_COUNT) {
		outcome_fail(o, u, broken, u->instruction, detail);
		return SOW_OK;
	}
	if (u->parent)
		eliminate_answer(m, u, instance.output, o);
	if (u->state == UNIT_FAILED)
		return SOW_OK;
	if (u->parent && m->eliminate_after && is_compared(m))
		u->stage = STAGE_EQUAL;
	else
		u->state = UNIT_FINISHED;
	outcome_keep(o, &instance, 1);
	return SOW_OK;
}

/* Reads the reply to a stage, and begins the next link where that ends this one. */
static int admit(const void *state, struct unit *u, const struct reply *r, struct outcome *o,
		 int (*take)(const struct evol *m, struct unit *u, const struct reply *r,
			     struct outcome *o))
{
	int status = SOW_OK;
	if (r->finish == FINISH_ERROR)
		outcome_fail(o, u, RULE_REFUSED, u->instruction, r->text);
	else
		status = take(state, u, r, o);
	if (!status && u->state != UNIT_UNDER_WAY)
		accept_next(state, u, o);
	return status;
}

static int admit_evolution(const void *state, struct unit *u, const struct reply *const *replies,
			   size_t count, struct outcome *o)
{
	(void)count;
	return admit(state, u, replies[0], o, take_evolution);
}

static int admit_verdict(const void *state, struct unit *u, const struct reply *const *replies,
			 size_t count, struct outcome *o)
{
	(void)count;
	return admit(state, u, replies[0], o, take_verdict);
}

static int admit_answer(const void *state, struct unit *u, const struct reply *const *replies,
			size_t count, struct outcome *o)
{
	(void)count;
	return admit(state, u, replies[0], o, take_answer);
}

static const struct stage evolve = {
	.name = "evolve",
	.duty = DUTY_WRITE,
	.plan = plan_evolution,
	.admit = admit_evolution,
};

static const struct stage equal = {
	.name = "equal",
	.duty = DUTY_JUDGE,
	.plan = plan_equality,
	.admit = admit_verdict,
};

static const struct stage answer = {
	.name = "answer",
	.duty = DUTY_WRITE,
	.plan = plan_answer,
	.admit = admit_answer,
	.graded_by = STAGE_JUDGING,
};

static const struct stage *const stages[] = {
	&evolve, &equal, &answer, &stage_judging, &stage_difficulty, NULL,
};

static const struct taken_option takes[] = {
	{ "best-of", NULL, "1" },
	{ "temperature", "1", "1" },
	{ "top-p", "0.9", "0.9" },
	{ "max-tokens", "2048", "2048" },
	{ "presence-penalty", NULL, "0" },
	{ "frequency-penalty", NULL, "0" },
	{ "stop", NULL, "" },
	{ "strict-paper" },
	{ 0 },
};

static const struct option options[] = {
	{ "rounds", 0, OPTION_INT, offsetof(struct own, rounds), "M", "rounds of evolution", 1, 1000,
	  .fallback = "4", .scope = OPTION_OF_METHOD, .identity = true },
	{ "weight", 0, OPTION_LIST, offsetof(struct own, weights), "OPERATION=N",
	  "how often an operation is drawn beside the others (1): add-constraint, deepen, concretize, "
	  "reasoning, complicate-input, in-breadth; may be given again",
	  .scope = OPTION_OF_METHOD, .identity = true },
	{ "eliminate", 0, OPTION_CHOICE, offsetof(struct own, eliminate), NULL,
	  "drop what failed before its answer is paid for, or after, as the paper does; the same "
	  "survive", .choices = "before|after", .fallback = "before", .scope = OPTION_OF_METHOD,
	  .identity = true },
};

static const char *const own_rules[] = {
	"cut-reply", "repeats-prompt", "refusal-opening", "self-naming", "asks-back", "holds-answer", NULL,
};

const struct method method_evol = {
	.name = "evol",
	.summary = "make tasks harder, round by round (Evol-Instruct)",
	.about = "Rewrites each instruction of a file or a run by one of six operations, has a judge "
		 "compare it with its parent and the teacher answer it, and continues with what survives, round "
		 "after round; what fails sends its parent back (Xu et al. 2023). Prompts without an "
		 "output are answered first. Every reply is on disk before it is used, so Ctrl-C or a "
		 "crash loses nothing, and the same command resumes where it stopped.",
	.example = "sow evol --input seeds.jsonl --rounds 4 -o evolved\n"
		   "sow evol -i alpaca.json --weight in-breadth=2 --best-of 4 -o evolved\n"
		   "sow evol --measure --sample 100 -o evolved\n"
		   "sow export evolved --format alpaca --rounds-out last --jsonl -o data.jsonl",
	.takes = takes,
	.options = options,
	.option_count = sizeof(options) / sizeof(*options),
	.own_size = sizeof(struct own),
	.stages = stages,
	.own_rules = own_rules,
	.takes_input = true,
	.keeps_input = true,
	.answered = "evolved without being answered anew",
	.state_size = sizeof(struct evol),
	.open = evol_open,
	.begin = begin,
};
