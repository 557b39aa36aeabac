#include "method/released.h"

#include <string.h>

#include "base/utf8.h"
#include "text/letter.h"
#include "text/spacing.h"

/* Length of the character at `at` if it is white space (\s), 0 otherwise. */
static size_t space_at(struct view v, size_t at)
{
	uint32_t c = 0;
	size_t len = at < v.len ? utf8_next(v.p + at, v.len - at, &c) : 0;
	return len && spacing_is_space(c) ? len : 0;
}

static size_t digit_at(struct view v, size_t at)
{
	uint32_t c = 0;
	size_t len = at < v.len ? utf8_next(v.p + at, v.len - at, &c) : 0;
	return len && letter_decimal(c) >= 0 ? len : 0;
}

static size_t skip(struct view v, size_t at, size_t (*length)(struct view, size_t))
{
	size_t len;
	while ((len = length(v, at)))
		at += len;
	return at;
}

static bool is_at(struct view v, size_t at, char c)
{
	return at < v.len && v.p[at] == c;
}

/* \n\d+\s?\.␣ at or after `from`: its start, with *end after it. */
static size_t find_number(struct view v, size_t from, size_t *end)
{
	for (size_t at = from; (at = view_find(v, at, "\n")) != VIEW_NONE; at++) {
		size_t to = skip(v, at + 1, digit_at);
		if (to == at + 1)
			continue;
		to += space_at(v, to);
		if (is_at(v, to, '.') && is_at(v, to + 1, ' '))
			return *end = to + 2, at;
	}
	return VIEW_NONE;
}

void released_list(struct view reply, struct views *out)
{
	for (size_t from = 0, end;; from = end) {
		size_t at = find_number(reply, from, &end);
		views_add(out, spacing_trim(view_sub(reply, from, at)));
		if (at == VIEW_NONE)
			return;
	}
}

bool released_yes(struct view reply)
{
	reply = spacing_trim(reply);
	return view_eqstr(reply, "Yes") || view_eqstr(reply, "yes") || view_eqstr(reply, "YES");
}

/* NAME\s*\d*\s*: */
static size_t find_field(struct view v, size_t from, const char *name, size_t *end)
{
	for (size_t at = from; (at = view_find(v, at, name)) != VIEW_NONE; at++) {
		size_t to = skip(v, at + strlen(name), space_at);
		to = skip(v, skip(v, to, digit_at), space_at);
		if (is_at(v, to, ':'))
			return *end = to + 1, at;
	}
	return VIEW_NONE;
}

/* Example\s?\d*\.? */
static size_t find_example(struct view v, size_t from, size_t *end)
{
	size_t at = view_find(v, from, "Example");
	if (at == VIEW_NONE)
		return VIEW_NONE;
	size_t to = at + strlen("Example");
	to = skip(v, to + space_at(v, to), digit_at);
	*end = to + is_at(v, to, '.');
	return at;
}

static void add_pair(struct view text, struct instances *out)
{
	size_t end, next;
	struct view input = view_of(""), output = text;
	size_t at = find_field(text, 0, "Output", &end);
	if (at != VIEW_NONE) {
		input = spacing_trim(view_sub(text, 0, at));
		output = view_sub(text, end, find_field(text, end, "Output", &next));
	}
	output = view_sub(output, 0, find_field(output, 0, "Input", &next));
	if (find_field(input, 0, "Input", &end) == 0)
		input = view_sub(input, end, input.len);
	instances_add(out, spacing_trim(input), spacing_trim(output));
}

void released_instances(struct view reply, struct instances *out)
{
	size_t end = 0;
	reply = spacing_trim(reply);
	if (find_example(reply, 0, &end) == VIEW_NONE) {
		if (find_field(reply, 0, "Output", &end) != VIEW_NONE)
			add_pair(reply, out);
		return;
	}
	for (size_t from = 0; from != VIEW_NONE; from = end) {
		size_t at = find_example(reply, from, &end);
		struct view text = spacing_trim(view_sub(reply, from, at));
		if (text.len)
			add_pair(text, out);
		end = at == VIEW_NONE ? VIEW_NONE : end;
	}
}

void released_labels(struct view reply, struct instances *out)
{
	static const char head[] = "Class label:";
	for (size_t at = view_find(reply, 0, head), next; at != VIEW_NONE; at = next) {
		size_t from = at + strlen(head);
		next = view_find(reply, from, head);
		struct view text = spacing_trim(view_sub(reply, from, next));
		size_t newline = view_find(text, 0, "\n");
		struct view label = spacing_trim(view_sub(text, 0, newline));
		struct view input = newline == VIEW_NONE ? view_of("") : view_sub(text, newline, text.len);
		instances_add(out, spacing_trim(input), label);
	}
}
