#include "data/template.h"

#include "base/draw.h"

/* The texts before, between and after the two. */
struct template {
	const char *before, *between, *behind;
};

static const struct template with_input[TEMPLATES_WITH_INPUT] = {
	{ "Task: ", "\nInput: ", "\nOutput:" },
	{ "", "\n\n", "\n\nAnswer:" },
	{ "Instruction:\n", "\n\nText:\n", "\n\nResponse:\n" },
	{ "", "\nGiven: ", "\nResult:" },
	{ "What is asked: ", "\nWhat it is about: ", "\nThe answer: " },
	{ "### Instruction\n", "\n\n### Input\n", "\n\n### Response\n" },
	{ "", "\n---\n", "\n---\n" },
};

static const struct template without_input[TEMPLATES_WITHOUT] = {
	{ "Task: ", "", "\nOutput:" },
	{ "", "", "\n\n" },
	{ "Instruction:\n", "", "\n\nResponse:\n" },
	{ "", "", "\nAnswer:" },
	{ "What is asked: ", "", "\nThe answer: " },
	{ "### Instruction\n", "", "\n\n### Response\n" },
};

void template_prompt(struct view instruction, struct view input, uint64_t seed, uint64_t number,
		     struct buf *out)
{
	struct draw d = draw_start(seed, DRAW_TEMPLATE, number);
	const struct template *t =
		input.len ? &with_input[draw_below(&d, TEMPLATES_WITH_INPUT)]
			  : &without_input[draw_below(&d, TEMPLATES_WITHOUT)];
	buf_addstr(out, t->before);
	buf_add(out, instruction.p, instruction.len);
	buf_addstr(out, t->between);
	buf_add(out, input.p, input.len);
	buf_addstr(out, t->behind);
}
