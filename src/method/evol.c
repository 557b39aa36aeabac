/* Evol-Instruct (Xu et al. 2023, arXiv:2304.12244). Numbers: docs/methods.md.
 *
 * The links of a chain are units: item 1 is the input as it came, answered first where it has no
 * answer; item n is what round n - 1 made of the last link that survived. Each link that
 * ends begins the next. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "method/elimination.h"
#include "method/evolution.h"
#include "method/method.h"
#include "method/question.h"

enum stage { STAGE_EVOLVE = 1, STAGE_EQUAL, STAGE_ANSWER };

/* Options that no other method has. */
struct own {
	int64_t rounds;
	struct list weights;         /* of operations, "in-breadth=2" */
	const char *eliminate;
};

struct evol {
	struct method_options o;
	const struct own *own;
	bool eliminate_after;        /* what failed is dropped after it was answered, as in the paper */
	struct arena *arena;
	struct weights weights;
	struct prompt *operations[OPERATION_COUNT];
	struct view demonstrations[DATA_COUNT];
	struct prompt *equal;
	struct prompt *answer;       /* NULL: as messages the question is the prompt */
};

/* -- opening ------------------------------------------------------------------------------ */

static struct prompt *load(struct evol *m, const char *name, const char *const *names,
			   struct sow_error *err)
{
	static const struct slot none[] = { { 0 } };
	char full[64];
	snprintf(full, sizeof(full), "evol/%s", name);
	return prompt_load(m->arena, &m->o.prompts, full, none, names, err);
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
		if (m->o.prompts.find(m->o.prompts.data, name, text, err))
			return false;
		*text = view_trim(*text);
	}
	return true;
}

static bool load_all(struct evol *m, struct sow_error *err)
{
	static const char *const both[] = { "first", "second", NULL };
	static const char *const one[] = { "instruction", NULL };
	m->weights = (struct weights)WEIGHTS_EQUAL;
	for (size_t i = 0; i < m->own->weights.count; i++) {
		if (weights_set(&m->weights, m->own->weights.items[i], err))
			return false;
	}
	if (weights_check(&m->weights, err) || !load_operations(m, err) || !(m->equal = load(m, "equal", both, err)))
		return false;
	return m->o.prompts.chat || (m->answer = load(m, "answer", one, err));
}

static void evol_close(void *state)
{
	struct evol *m = state;
	if (!m)
		return;
	arena_free(m->arena);
	mem_free(m);
}

static void *evol_open(const struct method_options *o, struct sow_error *err)
{
	struct evol *m = mem_zalloc(sizeof(*m));
	if (!m || !(m->arena = arena_new())) {
		mem_free(m);
		error_nomem(err);
		return NULL;
	}
	m->o = *o;
	m->own = o->own;
	m->eliminate_after = strcmp(m->own->eliminate, "after") == 0;
	if (!load_all(m, err)) {
		evol_close(m);
		return NULL;
	}
	return m;
}

/* -- the chain ------------------------------------------------------------------------------ */

/* The next link, made of `parent`, unless the rounds are over. */
static int accept_link(const struct evol *m, const struct unit *parent, int64_t item,
		       struct outcome *o)
{
	if (item > m->own->rounds + 1)
		return SOW_OK;
	enum operation op = operation_draw(&m->weights, m->o.seed, parent->ticket, item);
	const struct accepted a = { .unit = {
		.step = parent->step, .ticket = parent->ticket, .item = item, .stage = STAGE_EVOLVE,
		.is_classification = -1, .parent = parent->item,
		.operation = view_of(operation_names[op]), .source = parent->source,
		.fields = parent->fields,
		.parent_instruction = parent->instruction, .parent_input = parent->input,
	} };
	return outcome_accept(o, &a);
}

/* A failed evolution sends its parent back; an input without an answer has none. */
static int accept_next(const struct evol *m, const struct unit *u, struct outcome *o)
{
	if (u->state == UNIT_FINISHED)
		return accept_link(m, u, u->item + 1, o);
	if (!u->parent)
		return SOW_OK;
	const struct unit parent = {
		.step = u->step, .ticket = u->ticket, .item = u->parent, .source = u->source,
		.instruction = u->parent_instruction, .input = u->parent_input, .fields = u->fields,
	};
	return accept_link(m, &parent, u->item + 1, o);
}

static int begin(void *state, const struct unit *at, const struct record *input, struct outcome *o)
{
	const struct evol *m = state;
	struct accepted a = { .unit = *at };
	struct unit *u = &a.unit;
	u->item = 1;
	u->stage = STAGE_ANSWER;
	int status = question_take(input, o->arena, u);
	if (!status)
		status = question_answers(input, o->arena, &a.instances, &a.instance_count);
	if (status)
		return status;
	if (a.instance_count) {
		u->state = UNIT_FINISHED;
		u->input = a.instances[0].input;
	} else if (!question_fits(u, m->o.prompts.chat)) {
		u->state = UNIT_FAILED;
		status = outcome_reject(o, u, rule_table[RULE_CONVERSATION].name, u->instruction,
					view_of(""));
	}
	if (!status)
		status = question_reject_others(input, u, o);
	if (!status)
		status = outcome_accept(o, &a);
	return status || u->state == UNIT_UNDER_WAY ? status : accept_next(m, u, o);
}

/* -- requests ---------------------------------------------------------------------------------- */

static enum duty duty_of(int64_t stage)
{
	return stage == STAGE_EQUAL ? DUTY_JUDGE : DUTY_WRITE;
}

static bool is_answer(void *state, const struct unit *u)
{
	(void)state;
	return u->stage == STAGE_ANSWER;
}

static const struct prompt *prompt_of(const struct evol *m, struct view operation)
{
	int op = 0;
	while (op + 1 < OPERATION_COUNT && !view_eqstr(operation, operation_names[op]))
		op++;
	return m->operations[op];
}

/* Raw text goes on with the next pair, in one way or the other. */
static int add_stops(struct request *r)
{
	int status = request_add_stop(r, "\nTask:");
	return status ? status : request_add_stop(r, "\nEvolved task:");
}

static int ask_evolution(const struct evol *m, const struct unit *u, struct view parent,
			 struct request *r)
{
	enum format_of_data data = data_draw(m->o.seed, u->ticket, u->item);
	const struct slot slots[] = {
		{ "instruction", parent }, { "format", view_of(data_titles[data]) },
		{ "demonstration", m->demonstrations[data] }, { 0 },
	};
	/* A parent that was sent back may draw the same again: that asks for another evolution. */
	r->sample = (uint32_t)u->item;
	int status = method_sampling(&m->o, r);
	if (!status)
		status = prompt_fill(prompt_of(m, u->operation), slots, r);
	return status || m->o.prompts.chat ? status : add_stops(r);
}

static int ask_equality(const struct evol *m, const struct unit *u, struct view parent,
			struct request *r)
{
	const struct slot slots[] = { { "first", parent }, { "second", u->instruction }, { 0 } };
	r->sampling.max_tokens = 16;
	int status = prompt_fill(m->equal, slots, r);
	return status ? status : request_add_stop(r, "\n");
}

static int ask_answer(const struct evol *m, const struct unit *u, struct request *r)
{
	struct buf question = BUF_INIT;
	int status = method_sampling(&m->o, r);
	if (status)
		return status;
	if (m->o.prompts.chat)
		return question_add(u, true, NULL, r);
	status = question_show(u->instruction, u->input, &question);
	const struct slot slots[] = { { "instruction", view_from(question.data, question.len) },
				      { 0 } };
	if (!status)
		status = prompt_fill(m->answer, slots, r);
	buf_release(&question);
	return status ? status : request_add_stop(r, "\nTask:");
}

static int ask(const struct evol *m, const struct unit *u, struct request *r)
{
	struct buf parent = BUF_INIT;
	if (u->stage == STAGE_ANSWER)
		return ask_answer(m, u, r);
	int status = question_show(u->parent_instruction, u->parent_input, &parent);
	if (!status && u->stage == STAGE_EVOLVE)
		status = ask_evolution(m, u, view_from(parent.data, parent.len), r);
	else if (!status)
		status = ask_equality(m, u, view_from(parent.data, parent.len), r);
	buf_release(&parent);
	return status;
}

static int plan_unit(void *state, const struct unit *u, size_t sample, struct request **out)
{
	struct request *r = request_new();
	if (r)
		r->sample = (uint32_t)sample;
	int status = r ? ask(state, u, r) : SOW_NOMEM;
	return request_give(r, status, out);
}

/* -- replies ------------------------------------------------------------------------------------- */

static int fail(struct unit *u, enum rule_id rule, struct view detail, struct outcome *o)
{
	u->state = UNIT_FAILED;
	return outcome_reject(o, u, rule_table[rule].name, u->instruction, detail);
}

/* No instruction came of it. */
static int fail_evolution(struct unit *u, enum rule_id rule, struct view reply, struct outcome *o)
{
	u->state = UNIT_FAILED;
	return outcome_reject(o, u, rule_table[rule].name, view_trim(reply), view_of(""));
}

static bool is_judged(const struct evol *m)
{
	return rules_on(m->o.rules, RULE_EQUAL_TO_PARENT);
}

/* What can be told of the evolved instruction without asking. */
static int eliminate_text(const struct evol *m, struct unit *u, struct outcome *o)
{
	struct buf parent = BUF_INIT;
	struct view detail;
	int status = question_show(u->parent_instruction, u->parent_input, &parent);
	enum rule_id broken = RULE_COUNT;
	if (!status)
		broken = elimination_of_text(m->o.rules, u->instruction,
					     view_from(parent.data, parent.len), &detail);
	buf_release(&parent);
	return status || broken == RULE_COUNT ? status : fail(u, broken, detail, o);
}

static int take_evolution(const struct evol *m, struct unit *u, struct view reply,
			  struct outcome *o)
{
	struct view text = evolution_read(reply);
	if (!text.len)
		return fail_evolution(u, RULE_NO_EVOLUTION, reply, o);
	u->instruction = text;
	int status = m->eliminate_after ? SOW_OK : eliminate_text(m, u, o);
	if (status || u->state == UNIT_FAILED)
		return status;
	u->stage = m->eliminate_after || !is_judged(m) ? STAGE_ANSWER : STAGE_EQUAL;
	return SOW_OK;
}

static int take_verdict(const struct evol *m, struct unit *u, struct view reply, struct outcome *o)
{
	if (evolution_is_equal(reply))
		return fail(u, RULE_EQUAL_TO_PARENT, view_trim(reply), o);
	if (m->eliminate_after)
		u->state = UNIT_FINISHED;
	else
		u->stage = STAGE_ANSWER;
	return SOW_OK;
}

static int eliminate_answer(const struct evol *m, struct unit *u, struct view answer,
			    struct outcome *o)
{
	enum rule_id broken;
	int status = m->eliminate_after ? eliminate_text(m, u, o) : SOW_OK;
	if (status || u->state == UNIT_FAILED)
		return status;
	status = elimination_of_answer(m->o.rules, answer, &broken);
	return status || broken == RULE_COUNT ? status : fail(u, broken, answer, o);
}

/* Judged after it was paid for, an answer is kept with its unit until then. */
static int take_answer(const struct evol *m, struct unit *u, const struct reply *r,
		       struct outcome *o)
{
	const struct instance instance = { .input = u->input, .output = view_trim(r->text),
					   .reasoning = r->reasoning };
	if (!instance.output.len)
		return fail(u, RULE_NO_OUTPUT, view_of(""), o);
	int status = u->parent ? eliminate_answer(m, u, instance.output, o) : SOW_OK;
	if (status || u->state == UNIT_FAILED)
		return status;
	if (u->parent && m->eliminate_after && is_judged(m))
		u->stage = STAGE_EQUAL;
	else
		u->state = UNIT_FINISHED;
	return outcome_keep(o, &instance, 1);
}

static int take(const struct evol *m, struct unit *u, const struct reply *r, struct outcome *o)
{
	if (r->finish == FINISH_ERROR)
		return fail(u, RULE_REFUSED, r->text, o);
	if (u->stage == STAGE_EQUAL)
		return take_verdict(m, u, r->text, o);
	bool is_cut = r->finish == FINISH_LENGTH && rules_on(m->o.rules, RULE_CUT_REPLY);
	if (u->stage == STAGE_EVOLVE)
		return is_cut ? fail_evolution(u, RULE_CUT_REPLY, r->text, o)
			      : take_evolution(m, u, r->text, o);
	return is_cut ? fail(u, RULE_CUT_REPLY, view_trim(r->text), o)
		      : take_answer(m, u, r, o);
}

static int admit_unit(void *state, struct unit *u, const struct reply *const *replies,
		      size_t count, struct outcome *o)
{
	(void)count;
	int status = take(state, u, replies[0], o);
	return status || u->state == UNIT_UNDER_WAY ? status : accept_next(state, u, o);
}

static const char *const stages[] = { "evolve", "equal", "answer", NULL };

static const struct taken_option takes[] = {
	{ "best-of", NULL, "1" },
	{ "temperature", "1", "1" },
	{ "top-p", "0.9", "0.9" },
	{ "max-tokens", "2048", "2048" },
	{ "presence-penalty", NULL, "0" },
	{ "frequency-penalty", NULL, "0" },
	{ "stop", NULL, "" },
	{ "rounds", NULL, "4" },
	{ "weight", NULL, "" },
	{ "eliminate", NULL, "after" },
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

const struct method method_evol = {
	.name = "evol",
	.takes = takes,
	.options = options,
	.option_count = sizeof(options) / sizeof(*options),
	.own_size = sizeof(struct own),
	.stages = stages,
	.takes_input = true,
	.keeps_input = true,
	.open = evol_open,
	.close = evol_close,
	.begin = begin,
	.is_answer = is_answer,
	.duty = duty_of,
	.plan_unit = plan_unit,
	.admit_unit = admit_unit,
};
