/* Answers to the prompts of Evol-Instruct, and of judges. */
#include <string.h>

#include "mock/answer.h"
#include "mock/invent.h"

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

/* The text after the last `head` at the start of a line, up to `tail` or the end. */
static struct view behind(struct view prompt, const char *head, const char *tail)
{
	size_t found = VIEW_NONE;
	for (size_t at = 0; (at = view_find(prompt, at, head)) != VIEW_NONE; at++) {
		if (at == 0 || prompt.p[at - 1] == '\n')
			found = at + strlen(head);
	}
	if (found == VIEW_NONE)
		return view_of("");
	size_t end = tail ? view_find(prompt, found, tail) : VIEW_NONE;
	return view_trim(view_sub(prompt, found, end == VIEW_NONE ? prompt.len : end));
}

/* Evolving */

static const char *const harder[] = {
	" Take into account that {adj} {thing} {place} must not be forgotten, {limit}.",
	" Say besides how {adj} {thing} {verb} {thing}, and name {count} exceptions.",
	" Reason step by step, compare it with {deed} {place}, and justify every step.",
	" Limit yourself to what {who} could use {place}, {limit}.",
	" Discuss as well what would change for {who} if {thing} were {adj}.",
};

/* By the kind of data that a prompt asks for. */
static const struct { const char *mark, *shape; } data[] = {
	{ "data as XML",
	  "\n<list><item count=\"{amount}\">{thing}</item><item>{thing}</item></list>" },
	{ "data as an SQL",
	  "\nSELECT name, SUM(amount) FROM sales WHERE kind = '{thing}' AND n > {amount};" },
	{ "data as Python",
	  "\ndef count(list):\n    return [x for x in list if x != \"{thing}\"][:{amount}]" },
	{ "data as HTML", "\n<ul><li><b>{thing}</b> {amount}</li><li>{adj} {thing}</li></ul>" },
	{ "data as a shell", "\n$ grep -c \"{thing}\" notes.txt\n{amount}" },
	{ "data as JSON", "\n[\"{thing}\", \"{adj}\", [{amount}, {amount}]]" },
};

static void add_data(struct view prompt, struct draw *d, struct buf *out)
{
	for (size_t i = 0; i < COUNT(data); i++) {
		if (view_find(prompt, 0, data[i].mark) != VIEW_NONE)
			invent_fill(d, data[i].shape, out);
	}
}

void evol_harder(const struct mock_prompt *a, struct draw *d, struct buf *out)
{
	struct view parent = a->about.len ? a->about : behind(a->prompt, "Task:", "\nEvolved task:");
	if (!a->chat)
		buf_addch(out, ' ');
	buf_add(out, parent.p, parent.len);
	if (one_in(d, 30))
		return; /* no gain over the parent */
	invent_fill(d, harder[draw_below(d, COUNT(harder))], out);
	if (one_in(d, 40))
		buf_addstr(out, " This evolved task is harder than the given prompt.");
	add_data(a->prompt, d, out);
}

void evol_new(const struct mock_prompt *a, struct draw *d, struct buf *out)
{
	if (!a->chat)
		buf_addch(out, ' ');
	invent_instruction(d, out);
	if (one_in(d, 40))
		buf_addstr(out, " This is the created prompt.");
}

/* Judging */

void judge_equal(const struct mock_prompt *a, struct draw *d, struct buf *out)
{
	struct view first = behind(a->prompt, "First task:", "\nSecond task:");
	struct view second = behind(a->prompt, "Second task:", NULL);
	/* the judge's question follows the second */
	bool same = first.len && view_eq(view_sub(second, 0, first.len), first) &&
		    (second.len == first.len || second.p[first.len] == '\n');
	if (!a->chat)
		buf_addch(out, ' ');
	buf_addstr(out, same || one_in(d, 10) ? "Equal" : "Different");
	if (one_in(d, 4))
		buf_addch(out, '.');
}

/* Longer tasks get better grades; now and then the judge violates the form. */
void judge_grade(const struct mock_prompt *a, struct draw *d, struct buf *out)
{
	struct view task = a->about.len ? a->about : behind(a->prompt, "Task", NULL);
	size_t grade = 2 + task.len / 100 + draw_below(d, 4);
	if (grade > 10)
		grade = 10;
	if (!a->chat)
		buf_addch(out, ' ');
	if (one_in(d, 60))
		buf_addstr(out, "It is hard to say.");
	else
		buf_addf(out, one_in(d, 20) ? "Grade: %zu/10" : "%zu", grade);
	if (!a->chat)
		buf_addstr(out, "\n\n");
}
