/* The simplest method: answers existing prompts. */
#include "base/arena.h"
#include "method/judge.h"
#include "method/question.h"

enum { STAGE_ANSWER = 1, STAGE_JUDGING };

/* An input that has answers is not changed. */
static int begin(const void *state, const struct unit *at, const struct record *input, struct outcome *o)
{
	const struct method_options *m = method_options_of(state);
	struct accepted a = { .unit = *at };
	struct unit *u = &a.unit;
	u->item = 1;
	u->stage = STAGE_ANSWER;
	int status = question_take(input, o->arena, u);
	if (!status && !m->again)
		question_answers(input, o->arena, &a.instances, &a.instance_count);
	if (!status)
		question_finish(input, m->prompts.chat, &a, o);
	bool keeps_system = m->system && m->prompts.chat && !m->no_system_out;
	if (!status && keeps_system && u->state == UNIT_UNDER_WAY)
		status = question_keep_system(u, m->system, o->arena);
	if (!status)
		outcome_accept(o, &a);
	return status;
}

static size_t samples(const void *state, const struct unit *u)
{
	(void)u;
	return (size_t)method_options_of(state)->samples;
}

static int plan_answer(const void *state, const struct unit *u, size_t sample,
		       struct request **out)
{
	const struct method_options *m = method_options_of(state);
	return question_plan(u, m, m->system, sample, out);
}

static int admit_answers(const void *state, struct unit *u, const struct reply *const *replies,
			 size_t count, struct outcome *o)
{
	const struct rules *rules = method_options_of(state)->rules;
	struct instance *list = arena_array(o->arena, count, sizeof(*list));
	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		struct view detail;
		enum rule_id broken = question_answer(u, rules, replies[i], &list[kept], &detail);
		list[kept].sample = (int64_t)i;
		if (broken == RULE_COUNT)
			kept++;
		else
			outcome_reject(o, u, rule_table[broken].name, u->instruction, detail);
	}
	u->state = kept ? UNIT_FINISHED : UNIT_FAILED;
	outcome_keep(o, list, kept);
	return SOW_OK;
}

static const struct stage answer = {
	.name = "answer",
	.duty = DUTY_WRITE,
	.samples = samples,
	.plan = plan_answer,
	.admit = admit_answers,
	.graded_by = STAGE_JUDGING,
};

static const struct stage *const stages[] = { &answer, &stage_judging, NULL };

static const struct taken_option takes[] = {
	{ "system" }, { "no-system-out" }, { "samples" }, { "again" }, { "best-of" }, { 0 },
};

const struct method method_respond = {
	.name = "respond",
	.summary = "have prompts answered",
	.about = "Asks the teacher each prompt of a file (JSON, CSV or text) or of a run, and keeps the "
		 "answers. Of a conversation, the last question is answered. A record that has an "
		 "answer is left alone unless --again is given. Every reply is on disk before it is used, so Ctrl-C or a crash loses "
		 "nothing, and the same command resumes where it stopped. sow export takes the "
		 "answers out, in the order of the prompts.",
	.example = "sow respond --input prompts.txt -o answers\n"
		   "sow respond -i prompts.jsonl --teacher https://host/v1 --model NAME "
		   "--concurrency 256 -o answers\n"
		   "sow export answers --format messages --jsonl -o answers.jsonl",
	.takes = takes,
	.stages = stages,
	.takes_input = true,
	.only_answers = true,
	.answered = "left alone without --again",
	.state_size = sizeof(struct method_state),
	.begin = begin,
};
