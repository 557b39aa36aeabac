/* The simplest method: answers to prompts one has. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "data/turns.h"
#include "method/method.h"

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

/* -- the prompt ----------------------------------------------------------------------- */

/* Turns up to the last of the user's: what stands behind it is an answer that is there. */
static size_t turns_to_answer(const struct task *t)
{
	size_t count = t->turn_count;
	while (count && t->turns[count - 1].role != ROLE_USER)
		count--;
	return count;
}

static int keep_turns(const struct task *t, struct arena *a, struct view *out)
{
	struct buf text = BUF_INIT;
	size_t count = turns_to_answer(t);
	int status = count ? turns_write(t->turns, count, &text) : SOW_OK;
	char *copy = status ? NULL : arena_copy(a, text.data, text.len);
	*out = view_from(copy, text.len);
	buf_release(&text);
	return copy ? SOW_OK : SOW_NOMEM;
}

static int begin(void *state, const struct unit *at, const struct task *input, struct outcome *o)
{
	const struct respond *m = state;
	struct accepted a = { .unit = *at };
	struct unit *u = &a.unit;
	u->item = 1;
	u->stage = STAGE_ANSWER;
	u->is_classification = input->is_classification ? 1 : -1;
	u->instruction = input->instruction;
	if (input->instance_count)
		u->input = input->instances[0].input;
	int status = keep_turns(input, o->arena, &u->turns);
	if (!status && u->turns.len && !m->o.prompts.chat) {
		u->state = UNIT_FAILED;
		status = outcome_reject(o, u, rule_table[RULE_REFUSED].name, u->instruction,
					view_of("a conversation of several turns is no raw prompt: "
						"ask a chat model"));
	}
	return status ? status : outcome_accept(o, &a);
}

static int add_turns(const struct respond *m, const struct unit *u, struct request *r)
{
	struct turn *turns;
	size_t count;
	int status = turns_read(u->turns, r->arena, &turns, &count);
	if (!status && turns[0].role != ROLE_SYSTEM)
		status = request_add(r, ROLE_SYSTEM, true, view_of(m->o.system));
	for (size_t i = 0; i < count && !status; i++)
		status = request_add(r, turns[i].role, false, turns[i].text);
	return status;
}

static int add_prompt(const struct respond *m, const struct unit *u, struct request *r)
{
	struct buf text = BUF_INIT;
	int status = turns_join(u->instruction, u->input, &text);
	if (!status && m->o.prompts.chat)
		status = request_add(r, ROLE_SYSTEM, true, view_of(m->o.system));
	if (!status)
		status = request_add(r, m->o.prompts.chat ? ROLE_USER : ROLE_NONE, false,
				     view_from(text.data, text.len));
	buf_release(&text);
	return status;
}

static size_t samples(void *state, const struct unit *u)
{
	(void)u;
	return ((struct respond *)state)->o.samples;
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
	*out = r;
	if (!r)
		return SOW_NOMEM;
	r->sampling = m->o.sampling;
	r->sample = (uint32_t)sample;
	return u->turns.len ? add_turns(m, u, r) : add_prompt(m, u, r);
}

/* -- the answers ------------------------------------------------------------------------ */

static int admit_unit(void *state, struct unit *u, const struct reply *const *replies,
		      size_t count, struct outcome *o)
{
	struct instance *list = arena_array(o->arena, count, sizeof(*list));
	size_t kept = 0;
	int status = list ? SOW_OK : SOW_NOMEM;
	(void)state;
	for (size_t i = 0; i < count && !status; i++) {
		struct view text = view_trim(replies[i]->text);
		if (replies[i]->finish == FINISH_ERROR)
			status = outcome_reject(o, u, rule_table[RULE_REFUSED].name, u->instruction,
						text);
		else if (!text.len)
			status = outcome_reject(o, u, rule_table[RULE_NO_OUTPUT].name,
						u->instruction, view_of(""));
		else
			list[kept++] = (struct instance){ u->input, text };
	}
	u->state = kept ? UNIT_FINISHED : UNIT_FAILED;
	return status ? status : outcome_keep(o, list, kept);
}

static const char *const stages[] = { "answer", NULL };

const struct method method_respond = {
	.name = "respond",
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
