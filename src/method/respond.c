/* The simplest method: answers to prompts one has. */
#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"
#include "method/question.h"

enum stage { STAGE_ANSWER = 1 };

struct respond {
	struct method_options o;
};

static void *respond_open(const struct method_options *o, struct sow_error *err)
{
	struct respond *m = mem_zalloc(sizeof(*m));
	if (!m) {
		error_nomem(err);
		return NULL;
	}
	m->o = *o;
	return m;
}

static void respond_close(void *state)
{
	mem_free(state);
}

/* An input that has answers is left alone. */
static int begin(void *state, const struct unit *at, const struct record *input, struct outcome *o)
{
	const struct respond *m = state;
	struct accepted a = { .unit = *at };
	struct unit *u = &a.unit;
	u->item = 1;
	u->stage = STAGE_ANSWER;
	int status = question_take(input, o->arena, u);
	if (!status && !m->o.again)
		status = question_answers(input, o->arena, &a.instances, &a.instance_count);
	if (!status && !a.instance_count && m->o.system && m->o.prompts.chat && !m->o.no_system_out)
		status = question_keep_system(u, m->o.system, o->arena);
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
	return status ? status : outcome_accept(o, &a);
}

static size_t samples(void *state, const struct unit *u)
{
	(void)u;
	return (size_t)((struct respond *)state)->o.samples;
}

static bool is_answer(void *state, const struct unit *u)
{
	(void)state;
	(void)u;
	return true;
}

static int plan_unit(void *state, const struct unit *u, size_t sample, struct request **out)
{
	const struct respond *m = state;
	struct request *r = request_new();
	int status = r ? method_sampling(&m->o, r) : SOW_NOMEM;
	if (!status) {
		r->sample = (uint32_t)sample;
		status = question_add(u, m->o.prompts.chat, m->o.system, r);
	}
	return request_give(r, status, out);
}

/* -- the answers ------------------------------------------------------------------------ */

static int admit_unit(void *state, struct unit *u, const struct reply *const *replies,
		      size_t count, struct outcome *o)
{
	struct instance *list = arena_array(o->arena, count, sizeof(*list));
	size_t kept = 0;
	int status = list ? SOW_OK : SOW_NOMEM;
	bool drops_cut = rules_on(((const struct respond *)state)->o.rules, RULE_CUT_REPLY);
	for (size_t i = 0; i < count && !status; i++) {
		struct view text = view_trim(replies[i]->text);
		if (replies[i]->finish == FINISH_ERROR)
			status = outcome_reject(o, u, rule_table[RULE_REFUSED].name, u->instruction,
						text);
		else if (replies[i]->finish == FINISH_LENGTH && drops_cut)
			status = outcome_reject(o, u, rule_table[RULE_CUT_REPLY].name, u->instruction,
						text);
		else if (!text.len)
			status = outcome_reject(o, u, rule_table[RULE_NO_OUTPUT].name,
						u->instruction, view_of(""));
		else
			list[kept++] = (struct instance){ .input = u->input, .output = text,
							  .reasoning = replies[i]->reasoning,
							  .sample = (int64_t)i };
	}
	u->state = kept ? UNIT_FINISHED : UNIT_FAILED;
	return status ? status : outcome_keep(o, list, kept);
}

static const char *const stages[] = { "answer", NULL };

static const struct taken_option takes[] = {
	{ "system" }, { "no-system-out" }, { "samples" }, { "again" }, { "best-of" }, { 0 },
};

const struct method method_respond = {
	.name = "respond",
	.takes = takes,
	.stages = stages,
	.takes_input = true,
	.open = respond_open,
	.close = respond_close,
	.begin = begin,
	.samples = samples,
	.is_answer = is_answer,
	.plan_unit = plan_unit,
	.admit_unit = admit_unit,
};
