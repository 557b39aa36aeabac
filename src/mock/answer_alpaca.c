/* Answers in Alpaca's form: numbered blocks of instruction, input and output between "###". */
#include <stdio.h>
#include <string.h>

#include "mock/answer.h"
#include "mock/invent.h"

#define BLOCKS 20      /* shown and written together */

struct form {
	size_t first;            /* number of the first new block */
	bool begun;              /* the prompt ends within it, after "Instruction:" */
	struct view no_input;    /* how an empty input is marked */
};

static struct view number_before(struct view prompt, size_t at)
{
	size_t end = at, from;
	while (end && (prompt.p[end - 1] == ' ' || prompt.p[end - 1] == '.'))
		end--;
	for (from = end; from && ascii_digit(prompt.p[from - 1]);)
		from--;
	return view_sub(prompt, from, end);
}

static size_t number_of(struct view digits)
{
	size_t n = 0;
	for (size_t i = 0; i < digits.len && i < 3; i++)
		n = n * 10 + (size_t)(digits.p[i] - '0');
	return n;
}

/* The mark in angle brackets of an input in the prompt, or the usual one. */
static struct view empty_mark(struct view prompt)
{
	size_t from = view_find(prompt, 0, "<"), to = VIEW_NONE;
	if (from != VIEW_NONE)
		to = view_find(prompt, from, ">");
	return to != VIEW_NONE && to - from < 20 ? view_sub(prompt, from, to + 1)
						 : view_of("<noinput>");
}

static void read_form(struct view prompt, struct form *f)
{
	static const char head[] = "Instruction:";
	*f = (struct form){ .first = 4, .no_input = empty_mark(prompt) };
	prompt = view_trim(prompt);
	for (size_t at = 0; (at = view_find(prompt, at, head)) != VIEW_NONE; at += strlen(head)) {
		struct view digits = number_before(prompt, at);
		f->begun = at + strlen(head) == prompt.len;
		if (digits.len)
			f->first = number_of(digits) + !f->begun;
	}
}

static void add_block(struct draw *d, const struct form *f, size_t n, struct buf *out)
{
	struct buf instruction = BUF_INIT;
	if (one_in(d, 14))
		invent_flawed(d, &instruction);
	else
		invent_instruction(d, &instruction);
	struct view task = view_from(instruction.data, instruction.len);
	if (!f->begun || n > f->first)
		buf_addf(out, "###\n%zu. Instruction:", n);
	buf_addf(out, " %.*s\n%zu. Input:\n", VIEW_ARG(task), n);
	if (invent_needs_input(task))
		invent_prose(d, task, 8 + draw_below(d, 25), out);
	else
		buf_add(out, f->no_input.p, f->no_input.len);
	if (!one_in(d, 40)) /* a field is forgotten now and then */
		buf_addf(out, "\n%zu. Output:\n", n);
	invent_prose(d, task, 8 + draw_below(d, 40), out);
	buf_addch(out, '\n');
	buf_release(&instruction);
}

void alpaca_blocks(const struct mock_prompt *a, struct draw *d, struct buf *out)
{
	struct form f;
	read_form(a->prompt, &f);
	size_t last = f.first > BLOCKS ? f.first : BLOCKS;
	if (one_in(d, 6))
		last = f.first + draw_below(d, last - f.first + 1);
	for (size_t n = f.first; n <= last; n++)
		add_block(d, &f, n, out);
}
