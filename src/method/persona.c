/* Tasks that a person might set, then their answers: conditioning on personas as in Persona-Hub
 * (Chan et al. 2024, arXiv:2406.20094). The input is a persona an entry.
 * docs/adding-a-method.md goes through this file. */
#include "base/error.h"
#include "base/mem.h"
#include "method/method.h"
#include "method/question.h"

enum stage { STAGE_TASK = 1, STAGE_ANSWER };

struct persona {
	struct method_options o;
	struct arena *arena;
	struct prompt *prompt;
};

static void persona_close(void *state)
{
	struct persona *m = state;
	if (!m)
		return;
	arena_free(m->arena);
	mem_free(m);
}

static void *persona_open(const struct method_options *o, struct sow_error *err)
{
	static const struct slot statics[] = { { 0 } };
	static const char *const names[] = { "persona", NULL };
	struct persona *m = mem_zalloc(sizeof(*m));
	if (!m || !(m->arena = arena_new())) {
		mem_free(m);
		error_nomem(err);
		return NULL;
	}
	m->o = *o;
	m->prompt = prompt_load(m->arena, &m->o.prompts, "persona/task", statics, names, err);
	if (!m->prompt) {
		persona_close(m);
		return NULL;
	}
	return m;
}

/* Until there is a task, the persona stands in its place. */
static int begin(void *state, const struct unit *at, const struct record *input, struct outcome *o)
{
	struct accepted a = { .unit = *at };
	int status = record_further(input, o->arena, &a.unit.fields);
	(void)state;
	a.unit.item = 1;
	a.unit.stage = STAGE_TASK;
	a.unit.is_classification = -1;
	a.unit.instruction = input->instruction;
	return status ? status : outcome_accept(o, &a);
}

static int ask(const struct persona *m, const struct unit *u, struct request *r)
{
	const struct slot slots[] = { { "persona", view_trim(u->instruction) }, { 0 } };
	int status = method_sampling(&m->o, r);
	if (status)
		return status;
	if (u->stage == STAGE_ANSWER)
		return question_add(u, m->o.prompts.chat, m->o.system, r);
	status = prompt_fill(m->prompt, slots, r);
	return status || m->o.prompts.chat ? status : request_add_stop(r, "\nPerson:");
}

static int plan_unit(void *state, const struct unit *u, size_t sample, struct request **out)
{
	struct request *r = request_new();
	if (r)
		r->sample = (uint32_t)sample;
	int status = r ? ask(state, u, r) : SOW_NOMEM;
	return request_give(r, status, out);
}

static bool is_answer(void *state, const struct unit *u)
{
	(void)state;
	return u->stage == STAGE_ANSWER;
}

static int fail(struct unit *u, enum rule_id rule, struct view text, struct view detail,
		struct outcome *o)
{
	u->state = UNIT_FAILED;
	return outcome_reject(o, u, rule_table[rule].name, text, detail);
}

static int take_task(const struct persona *m, struct unit *u, const struct reply *r,
		     struct outcome *o)
{
	struct view text = view_trim(r->text), detail;
	enum rule_id broken = rules_check(m->o.rules, text, &detail);
	if (r->finish == FINISH_LENGTH && rules_on(m->o.rules, RULE_CUT_REPLY))
		broken = RULE_CUT_REPLY;
	if (broken != RULE_COUNT)
		return fail(u, broken, text, detail, o);
	u->instruction = text;
	u->stage = STAGE_ANSWER;
	return SOW_OK;
}

static int take_answer(const struct persona *m, struct unit *u, const struct reply *r,
		       struct outcome *o)
{
	const struct instance instance = { .input = view_of(""), .output = view_trim(r->text),
					   .reasoning = r->reasoning };
	if (r->finish == FINISH_LENGTH && rules_on(m->o.rules, RULE_CUT_REPLY))
		return fail(u, RULE_CUT_REPLY, u->instruction, instance.output, o);
	if (!instance.output.len)
		return fail(u, RULE_NO_OUTPUT, u->instruction, view_of(""), o);
	u->state = UNIT_FINISHED;
	return outcome_keep(o, &instance, 1);
}

static int admit_unit(void *state, struct unit *u, const struct reply *const *replies,
		      size_t count, struct outcome *o)
{
	const struct reply *r = replies[0];
	(void)count;
	if (r->finish == FINISH_ERROR)
		return fail(u, RULE_REFUSED, u->instruction, r->text, o);
	return u->stage == STAGE_TASK ? take_task(state, u, r, o)
				      : take_answer(state, u, r, o);
}

static const char *const stages[] = { "task", "answer", NULL };

static const struct taken_option takes[] = { { "system" }, { "best-of" }, { 0 } };

const struct method method_persona = {
	.name = "persona",
	.takes = takes,
	.stages = stages,
	.takes_input = true,
	.open = persona_open,
	.close = persona_close,
	.begin = begin,
	.is_answer = is_answer,
	.plan_unit = plan_unit,
	.admit_unit = admit_unit,
};
