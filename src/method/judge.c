#include "method/judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "data/turns.h"
#include "method/prompt.h"
#include "method/question.h"

#define GRADE_LEAST 1
#define GRADE_MOST 10

#define GRADE_TOKENS 8

struct judge {
	struct prompt *prompt;
};

struct judge *judge_new(struct arena *a, const struct prompt_shelf *prompts,
			const struct stage *what, struct sow_error *err)
{
	static const struct slot statics[] = { { 0 } };
	static const char *const both[] = { "question", "answer", NULL };
	static const char *const one[] = { "instruction", NULL };
	bool of_answer = what == &stage_judging;
	struct judge *j = arena_alloc(a, sizeof(*j));
	j->prompt = prompt_load(a, prompts, of_answer ? "judge/answer" : "evol/difficulty", statics,
				of_answer ? both : one, err);
	return j->prompt ? j : NULL;
}

/* A conversation as a written dialogue: "user: …", a line for each turn. */
static int add_conversation(struct view text, struct arena *a, struct buf *out)
{
	struct turn *turns;
	size_t count;
	int status = turns_parse(text, a, &turns, &count);
	for (size_t i = 0; i < count && !status; i++) {
		buf_addf(out, "%s%s: ", i ? "\n" : "", role_names[turns[i].role]);
		buf_add(out, turns[i].text.p, turns[i].text.len);
		if (turns[i].tool_calls.len) /* its tool calls, as JSON */
			buf_addf(out, "%s%.*s", turns[i].text.len ? "\n" : "",
				 VIEW_ARG(turns[i].tool_calls));
		status = out->status;
	}
	return status;
}

/* A grade is a number on one line. */
static int fill(const void *state, const struct slot *slots, struct request *r)
{
	r->sampling.max_tokens = GRADE_TOKENS;
	int status = prompt_fill(method_options_of(state)->judge->prompt, slots, r);
	return status ? status : request_add_stop(r, "\n");
}

static int ask_about_answer(const void *state, const struct unit *u, struct view answer,
			    struct request *r)
{
	struct buf question = BUF_INIT;
	int status = SOW_OK;
	if (u->turns.len)
		status = add_conversation(u->turns, r->arena, &question);
	else
		question_show(u->instruction, u->input, &question);
	const struct slot slots[] = { { "question", view_from(question.data, question.len) },
				      { "answer", view_trim(answer) }, { 0 } };
	if (!status)
		status = fill(state, slots, r);
	buf_release(&question);
	return status;
}

static int plan_judging(const void *state, const struct unit *u, struct view answer,
			struct request **out)
{
	struct request *r = request_new();
	int status = ask_about_answer(state, u, answer, r);
	return request_finish(r, status, out);
}

static int ask_about_instruction(const void *state, const struct unit *u, struct request *r)
{
	struct buf text = BUF_INIT;
	question_show(u->instruction, u->input, &text);
	const struct slot slots[] = { { "instruction", view_from(text.data, text.len) }, { 0 } };
	int status = fill(state, slots, r);
	buf_release(&text);
	return status;
}

static int plan_difficulty(const void *state, const struct unit *u, struct view text,
			   struct request **out)
{
	struct request *r = request_new();
	int status = ask_about_instruction(state, u, r);
	(void)text;
	return request_finish(r, status, out);
}

double judge_read(struct view reply)
{
	char number[16] = "";
	size_t at = 0, len = 0;
	while (at < reply.len && !ascii_digit(reply.p[at]))
		at++;
	for (; at + len < reply.len && len + 1 < sizeof(number); len++) {
		char c = reply.p[at + len];
		if (!ascii_digit(c) && c != '.')
			break;
		number[len] = c;
	}
	double grade = strtod(number, NULL);
	return grade >= GRADE_LEAST && grade <= GRADE_MOST ? grade : 0;
}

const struct stage stage_judging = {
	.name = "judging",
	.duty = DUTY_JUDGE,
	.plan_grade = plan_judging,
	.read_grade = judge_read,
};

const struct stage stage_difficulty = {
	.name = "difficulty",
	.duty = DUTY_JUDGE,
	.plan_grade = plan_difficulty,
	.read_grade = judge_read,
};
