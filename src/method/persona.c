/* Tasks that a person might set, then their answers: conditioning on personas as in Persona-Hub (Chan et al.
 * 2024, arXiv:2406.20094). Each entry of the input is a persona. docs/dev/adding-a-method.md explains this
 * file. */
#include "method/elimination.h"
#include "method/judge.h"
#include "method/question.h"
#include "text/spacing.h"

enum { STAGE_TASK = 1, STAGE_ANSWER, STAGE_JUDGING };

struct persona {
	struct method_state run;
	struct prompt *prompt;
};

static int persona_open(void *state, struct sow_error *err)
{
	static const struct slot statics[] = { { 0 } };
	static const char *const names[] = { "persona", NULL };
	struct persona *m = state;
	m->prompt = prompt_load(m->run.arena, &m->run.o.prompts, "persona/task", statics, names, err);
	return m->prompt ? SOW_OK : SOW_INVALID;
}

/* Until there is a task, the persona is in its place. */
static int begin(const void *state, const struct unit *at, const struct record *input, struct outcome *o)
{
	struct accepted a = { .unit = *at };
	int status = record_further(input, o->arena, &a.unit.fields);
	(void)state;
	a.unit.item = 1;
	a.unit.stage = STAGE_TASK;
	a.unit.is_classification = -1;
	a.unit.instruction = input->instruction;
	if (!status)
		outcome_accept(o, &a);
	return status;
}

static int ask_task(const struct persona *m, const struct unit *u, struct request *r)
{
	const struct slot slots[] = { { "persona", view_trim(u->instruction) }, { 0 } };
	int status = method_sampling(&m->run.o, r);
	if (!status)
		status = prompt_fill(m->prompt, slots, r);
	return status || m->run.o.prompts.chat ? status : request_add_stop(r, "\nPerson:");
}

static int plan_task(const void *state, const struct unit *u, size_t sample, struct request **out)
{
	struct request *r = request_new();
	(void)sample;
	return request_finish(r, ask_task(state, u, r), out);
}

static int plan_answer(const void *state, const struct unit *u, size_t sample,
		       struct request **out)
{
	const struct method_options *o = method_options_of(state);
	return question_plan(u, o, o->system, sample, out);
}

static int admit_task(const void *state, struct unit *u, const struct reply *const *replies,
		      size_t count, struct outcome *o)
{
	const struct rules *rules = method_options_of(state)->rules;
	const struct reply *r = replies[0];
	struct view text = spacing_trim(r->text), detail;
	(void)count;
	if (r->finish == FINISH_ERROR) {
		outcome_fail(o, u, RULE_REFUSED, u->instruction, r->text);
		return SOW_OK;
	}
	enum rule_id broken = rules_check(rules, text, &detail);
	if (broken == RULE_COUNT)
		broken = elimination_of_speech(rules, text, u->instruction, &detail);
	if (r->finish == FINISH_LENGTH && rules_on(rules, RULE_CUT_REPLY))
		broken = RULE_CUT_REPLY;
	if (broken != RULE_COUNT) {
		outcome_fail(o, u, broken, text, detail);
		return SOW_OK;
	}
	u->instruction = text;
	u->stage = STAGE_ANSWER;
	return SOW_OK;
}

static int admit_answer(const void *state, struct unit *u, const struct reply *const *replies,
			size_t count, struct outcome *o)
{
	const struct rules *rules = method_options_of(state)->rules;
	struct instance instance;
	struct view detail;
	(void)count;
	enum rule_id broken = question_answer(u, rules, replies[0], &instance, &detail);
	if (broken != RULE_COUNT) {
		outcome_fail(o, u, broken, u->instruction, detail);
		return SOW_OK;
	}
	u->state = UNIT_FINISHED;
	outcome_keep(o, &instance, 1);
	return SOW_OK;
}

static const struct stage task = {
	.name = "task",
	.duty = DUTY_WRITE,
	.plan = plan_task,
	.admit = admit_task,
};

static const struct stage answer = {
	.name = "answer",
	.duty = DUTY_WRITE,
	.plan = plan_answer,
	.admit = admit_answer,
	.graded_by = STAGE_JUDGING,
};

static const struct stage *const stages[] = { &task, &answer, &stage_judging, NULL };

static const struct taken_option takes[] = {
	{ "system" }, { "best-of" }, { "strict-paper" }, { 0 },
};

static const char *const own_rules[] = {
	"refusal-opening", "self-naming", "asks-back", "holds-answer", NULL,
};

const struct method method_persona = {
	.name = "persona",
	.summary = "invent what different people would ask (Persona-Hub)",
	.about = "Takes a person from each record of a file or a run, asks the teacher for a task that "
		 "this person would set, drops what is not fit, and has the task answered. Every reply is on disk "
		 "before it is used, so Ctrl-C or a crash loses nothing, and the same command resumes "
		 "where it stopped.",
	.example = "sow persona --input personas.txt -o asked\n"
		   "sow export asked --format messages --jsonl -o asked.jsonl",
	.takes = takes,
	.stages = stages,
	.own_rules = own_rules,
	.takes_input = true,
	.state_size = sizeof(struct persona),
	.open = persona_open,
	.begin = begin,
};
