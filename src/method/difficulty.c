/* How difficult is this instruction, from 1 to 10? Asked of the judge, as in the analysis of
 * Evol-Instruct (arXiv:2304.12244). */
#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "method/question.h"

struct difficulty {
	struct arena *arena;
	struct prompt *prompt;
};

static void difficulty_close(void *state)
{
	struct difficulty *m = state;
	if (!m)
		return;
	arena_free(m->arena);
	mem_free(m);
}

static void *difficulty_open(const struct method_options *o, struct sow_error *err)
{
	static const struct slot statics[] = { { 0 } };
	static const char *const names[] = { "instruction", NULL };
	struct difficulty *m = mem_zalloc(sizeof(*m));
	if (!m || !(m->arena = arena_new())) {
		mem_free(m);
		error_nomem(err);
		return NULL;
	}
	m->prompt = prompt_load(m->arena, &o->prompts, "evol/difficulty", statics, names, err);
	if (!m->prompt) {
		difficulty_close(m);
		return NULL;
	}
	return m;
}

static enum duty duty_of(int64_t stage)
{
	(void)stage;
	return DUTY_JUDGE;
}

static int ask(const struct difficulty *m, const struct unit *u, struct request *r)
{
	struct buf text = BUF_INIT;
	int status = question_show(u->instruction, u->input, &text);
	const struct slot slots[] = { { "instruction", view_from(text.data, text.len) }, { 0 } };
	r->sampling.max_tokens = 8;
	if (!status)
		status = prompt_fill(m->prompt, slots, r);
	buf_release(&text);
	return status ? status : request_add_stop(r, "\n");
}

static int plan_unit(void *state, const struct unit *u, size_t sample, struct request **out)
{
	struct request *r = request_new();
	int status = r ? ask(state, u, r) : SOW_NOMEM;
	(void)sample;
	return request_give(r, status, out);
}

const struct method method_difficulty = {
	.name = "difficulty",
	.takes_input = true,
	.open = difficulty_open,
	.close = difficulty_close,
	.duty = duty_of,
	.plan_unit = plan_unit,
};
