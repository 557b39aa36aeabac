/* Answers to the prompts of Self-Instruct (prompts/self_instruct). */
#include <string.h>

#include "mock/answer.h"
#include "mock/invent.h"

#define NEW_TASKS 7

/* New instructions */

struct list_form {
	size_t first, last;   /* the requested numbers */
	bool task;            /* "Task 9:", not "9." */
	bool begun;           /* the prompt ends with the first of them */
};

/* Takes a number off the front of *text. */
static bool take_number(struct view *text, size_t *n)
{
	size_t len = 0;
	*n = 0;
	for (; len < text->len && len < 4 && ascii_digit(text->p[len]); len++)
		*n = *n * 10 + (size_t)(text->p[len] - '0');
	*text = view_sub(*text, len, text->len);
	return len > 0;
}

static bool take_text(struct view *text, const char *what)
{
	if (!view_starts(*text, what))
		return false;
	*text = view_sub(*text, strlen(what), text->len);
	return true;
}

static struct view last_line(struct view text)
{
	const char *newline = memrchr(text.p, '\n', text.len);
	return newline ? view_sub(text, (size_t)(newline + 1 - text.p), text.len) : text;
}

/* "…\nTask 9:" or "…\n9." */
static bool is_begun(struct view prompt, struct list_form *form)
{
	struct view line = last_line(view_trim(prompt));
	form->task = take_text(&line, "Task ");
	form->begun = true;
	if (!take_number(&line, &form->first) || !view_eqstr(line, form->task ? ":" : "."))
		return false;
	form->last = form->first + NEW_TASKS - 1;
	return form->first > 1;
}

/* "Go on with Task 9 to Task 15" */
static bool is_asked_for(struct view prompt, struct list_form *form)
{
	static const char mark[] = "Go on with Task ";
	size_t at = view_find(prompt, 0, mark);
	if (at == VIEW_NONE)
		return false;
	struct view rest = view_sub(prompt, at + strlen(mark), prompt.len);
	form->task = true;
	form->begun = false;
	return take_number(&rest, &form->first) && take_text(&rest, " to Task ") &&
	       take_number(&rest, &form->last) && form->last >= form->first &&
	       form->last - form->first < 100;
}

/* Clients may send either form to either endpoint. */
static bool read_form(const struct mock_prompt *a, struct list_form *form)
{
	return is_begun(a->prompt, form) || is_asked_for(a->prompt, form);
}

bool self_instruct_is_list(const struct mock_prompt *a)
{
	struct list_form form;
	return read_form(a, &form);
}

/* A task of the prompt, word for word. */
static void add_known(struct view prompt, struct draw *d, struct buf *out)
{
	size_t lines = 0, wanted;
	struct view rest = prompt, line, known = view_of("Say it again.");
	while (view_line(&rest, &line))
		lines++;
	wanted = draw_below(d, lines);
	for (rest = prompt; view_line(&rest, &line) && wanted; wanted--) {
		size_t at = view_find(line, 0, ": ");
		if (at != VIEW_NONE && at + 2 < line.len)
			known = view_sub(line, at + 2, line.len);
	}
	buf_add(out, known.p, known.len);
}

static void add_task(const struct mock_prompt *a, struct draw *d, struct buf *out)
{
	if (one_in(d, 14))
		invent_flawed(d, out);
	else if (one_in(d, 20))
		add_known(a->prompt, d, out);
	else
		invent_instruction(d, out);
}

void self_instruct_list(const struct mock_prompt *a, struct draw *d, struct buf *out)
{
	struct list_form form;
	if (!read_form(a, &form))
		form = (struct list_form){ .first = 1, .last = NEW_TASKS, .task = true };
	size_t last = form.last;
	if (one_in(d, 8))
		last -= draw_below(d, last - form.first + 1); /* tired */
	else if (form.begun || one_in(d, 30))
		last += 2;                                    /* a stop string should cut these */
	if (!form.begun && one_in(d, 12))
		buf_addstr(out, "Sure! Here are the new tasks:\n\n");
	for (size_t n = form.first; n <= last; n++) {
		if (!form.begun || n > form.first)
			buf_addf(out, "%s%s%zu%s", n > form.first ? "\n" : "",
				 form.task ? "Task " : "", n, form.task ? ":" : ".");
		buf_addch(out, ' ');
		add_task(a, d, out);
	}
}

/* Is it a classification? */

struct view answer_task(const struct mock_prompt *a)
{
	if (a->about.len)
		return a->about;
	static const char mark[] = "Task: ", question[] = "Is it classification?";
	size_t at = VIEW_NONE;
	struct view prompt = view_trim(a->prompt);
	if (view_ends(prompt, question))
		prompt = view_trim(view_sub(prompt, 0, prompt.len - strlen(question)));
	for (size_t from = prompt.len; from-- && at == VIEW_NONE;) {
		if ((from == 0 || prompt.p[from - 1] == '\n') &&
		    view_starts(view_sub(prompt, from, prompt.len), mark))
			at = from + strlen(mark);
	}
	return at == VIEW_NONE ? prompt : view_sub(prompt, at, prompt.len);
}

void self_instruct_yes_no(const struct mock_prompt *a, struct draw *d, struct buf *out)
{
	bool yes = invent_is_classification(answer_task(a));
	if (one_in(d, 50))
		yes = !yes;
	if (!a->chat)
		buf_addch(out, ' ');
	buf_addstr(out, yes ? "Yes" : "No");
	if (!a->chat)
		buf_addstr(out, "\n\nTask:");
	else if (one_in(d, 4))
		buf_addch(out, '.');
}

/* Instances */

/* True if the prompt ends with a task without text after it. */
bool self_instruct_is_instances(const struct mock_prompt *a)
{
	return view_starts(last_line(view_trim(a->prompt)), "Task: ");
}

static const char *const fields[] = { "Input", "Text", "Message", "Notes", "Sentence" };

static void add_output(struct view task, struct draw *d, struct buf *out)
{
	if (one_in(d, 40))
		buf_addstr(out, "The answer is:");
	else
		invent_prose(d, task, 4 + draw_below(d, 24), out);
}

static void add_example(struct view task, struct draw *d, size_t n, struct buf *out)
{
	struct buf input = BUF_INIT;
	invent_prose(d, task, 5 + draw_below(d, 12), &input);
	buf_addf(out, "%sExample %zu\n%s: %s\nOutput: ", n > 1 ? "\n" : "", n,
		 fields[draw_below(d, sizeof(fields) / sizeof(*fields))], input.data);
	if (one_in(d, 40))
		buf_add(out, input.data, input.len);
	else if (!one_in(d, 60))
		add_output(task, d, out);
	buf_release(&input);
}

void self_instruct_instances(const struct mock_prompt *a, struct draw *d, struct buf *out)
{
	struct view task = answer_task(a);
	if (!invent_needs_input(task)) {
		buf_addstr(out, "Output: ");
		add_output(task, d, out);
	} else {
		size_t count = 1 + draw_below(d, 5);
		for (size_t n = 1; n <= count; n++)
			add_example(task, d, n, out);
		if (one_in(d, 25)) /* one instance twice, or one input with two outputs */
			buf_addf(out,
				 "\nExample %zu\nInput: none\nOutput: It depends.\nExample %zu\n"
				 "Input: none\nOutput: It %s.",
				 count + 1, count + 2,
				 one_in(d, 2) ? "depends" : "does not depend");
	}
	if (!a->chat && one_in(d, 3))
		buf_addstr(out, "\n\nTask: And so on.");
}

void self_instruct_labels(const struct mock_prompt *a, struct draw *d, struct buf *out)
{
	struct view task = answer_task(a), labels[LABELS_MAX];
	size_t count = invent_labels(task, labels), order[LABELS_MAX];
	const char *field = fields[draw_below(d, sizeof(fields) / sizeof(*fields))];
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	draw_shuffle(d, order, count);
	for (size_t i = 0; i < count; i++) {
		struct view label = labels[order[i]];
		buf_addf(out, "%sClass label: %.*s\n%s: ", i ? "\n" : "", VIEW_ARG(label), field);
		invent_prose(d, task, 5 + draw_below(d, 12), out);
	}
	if (one_in(d, 25)) /* one input under two labels */
		buf_addf(out, "\nClass label: %.*s\n%s: Unclear.\nClass label: %.*s\n%s: Unclear.",
			 VIEW_ARG(labels[0]), field, VIEW_ARG(labels[1]), field);
}
