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

struct judge {
	struct prompt *prompt;
};

struct judge *judge_new(struct arena *a, const struct prompt_shelf *prompts, struct sow_error *err)
{
	static const struct slot statics[] = { { 0 } };
	static const char *const names[] = { "question", "answer", NULL };
	struct judge *j = arena_alloc(a, sizeof(*j));
	if (!j) {
		error_nomem(err);
		return NULL;
	}
	j->prompt = prompt_load(a, prompts, "judge/answer", statics, names, err);
	return j->prompt ? j : NULL;
}

/* A conversation as one would note it down: "user: …", a line for each turn. */
static int add_conversation(struct view text, struct arena *a, struct buf *out)
{
	struct turn *turns;
	size_t count;
	int status = turns_parse(text, a, &turns, &count);
	for (size_t i = 0; i < count && !status; i++) {
		buf_addf(out, "%s%s: ", i ? "\n" : "", role_names[turns[i].role]);
		buf_add(out, turns[i].text.p, turns[i].text.len);
		if (turns[i].tool_calls.len) /* what it calls, as JSON */
			buf_addf(out, "%s%.*s", turns[i].text.len ? "\n" : "",
				 VIEW_ARG(turns[i].tool_calls));
		status = out->status;
	}
	return status;
}

static int fill(const struct judge *j, const struct unit *u, struct view answer, struct buf *question,
		struct request *r)
{
	int status = u->turns.len ? add_conversation(u->turns, r->arena, question)
				  : question_show(u->instruction, u->input, question);
	if (status)
		return status;
	const struct slot slots[] = { { "question", view_from(question->data, question->len) },
				      { "answer", view_trim(answer) }, { 0 } };
	r->sampling.max_tokens = 8;
	status = prompt_fill(j->prompt, slots, r);
	return status ? status : request_add_stop(r, "\n");
}

int judge_plan(const struct judge *j, const struct unit *u, struct view answer,
	       struct request **out)
{
	struct buf question = BUF_INIT;
	struct request *r = request_new();
	int status = r ? fill(j, u, answer, &question, r) : SOW_NOMEM;
	buf_release(&question);
	return request_give(r, status, out);
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
