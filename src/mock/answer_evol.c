/* Answers to the prompts of Evol-Instruct and of judges. */
#include <string.h>

#include "mock/answer.h"
#include "mock/invent.h"

/* What stands before the text that a prompt is about, the last one counts. */
static const char *const heads[] = {
	"Task:", "Task\n", "Prompt:", "Prompt\n", "Instruction:", "Instruction\n", "#\n",
};

/* Where the text begins that stands behind the last head; VIEW_NONE if there is no head. */
static size_t behind_last_head(struct view prompt)
{
	size_t found = VIEW_NONE;
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		for (size_t at = 0; (at = view_find(prompt, at, heads[i])) != VIEW_NONE; at++) {
			size_t behind = at + strlen(heads[i]);
			/* an empty one is where the answer is to stand */
			if (view_trim(view_sub(prompt, behind, prompt.len)).len &&
			    (found == VIEW_NONE || behind > found))
				found = behind;
		}
	}
	return found;
}

/* The text a prompt is about: up to an empty line, or the last paragraph. */
static struct view subject(struct view prompt)
{
	prompt = view_trim(prompt);
	size_t from = behind_last_head(prompt), end;
	if (from == VIEW_NONE) {
		from = 0;
		for (size_t at = 0; (at = view_find(prompt, at, "\n\n")) != VIEW_NONE; at++)
			from = at + 2;
	}
	while (from < prompt.len && ascii_space(prompt.p[from]))
		from++;
	end = view_find(prompt, from, "\n\n");
	return view_trim(view_sub(prompt, from, end == VIEW_NONE ? prompt.len : end));
}

static const char *const harder[] = {
	" Take into account that {adj} {thing} {place} must not be forgotten, {limit}.",
	" Say besides how {adj} {thing} {verb} {thing}, and name {count} exceptions.",
	" Reason step by step, compare it with {deed} {place}, and justify every step.",
	" Limit yourself to what {who} could use {place}, {limit}.",
	" Discuss as well what would change for {who} if {thing} were {adj}.",
	" Check the data {\"item\": \"{thing}\", \"count\": {amount}, \"rest\": {amount}} first.",
};

void evol_harder(const struct asked *a, struct draw *d, struct buf *out)
{
	struct view parent = subject(a->prompt);
	if (!a->chat)
		buf_addch(out, ' ');
	if (one_in(d, 40))
		buf_addstr(out, "Rewritten prompt: ");
	buf_add(out, parent.p, parent.len);
	if (!one_in(d, 30)) /* nothing was gained */
		invent_fill(d, harder[draw_below(d, sizeof(harder) / sizeof(*harder))], out);
}

void evol_new(const struct asked *a, struct draw *d, struct buf *out)
{
	if (!a->chat)
		buf_addch(out, ' ');
	if (one_in(d, 40))
		buf_addstr(out, "Created prompt: ");
	invent_instruction(d, out);
}

/* Does the prompt hold its last line's text twice? */
static bool says_it_twice(struct view prompt)
{
	struct view text = subject(prompt);
	char line[512];
	if (!text.len || text.len >= sizeof(line))
		return false;
	memcpy(line, text.p, text.len);
	line[text.len] = '\0';
	size_t at = view_find(prompt, 0, line);
	return at != VIEW_NONE && view_find(prompt, at + 1, line) != VIEW_NONE;
}

void judge_equal(const struct asked *a, struct draw *d, struct buf *out)
{
	bool equal = says_it_twice(a->prompt) || one_in(d, 10);
	if (!a->chat)
		buf_addch(out, ' ');
	buf_addstr(out, equal ? "Equal" : "Not equal");
	if (one_in(d, 4))
		buf_addch(out, '.');
}

/* Longer texts get better grades, and now and then a judge does not keep to the form. */
void judge_grade(const struct asked *a, struct draw *d, struct buf *out)
{
	size_t grade = 2 + subject(a->prompt).len / 120 + draw_below(d, 4);
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
