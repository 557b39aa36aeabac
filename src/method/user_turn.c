#include "method/user_turn.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "text/spacing.h"

static const char *const labels[] = {
	"task", "question", "problem", "instruction", "exercise", "example", "prompt", "query", "input",
	"q", "user", "human",
};

/* Beginnings of lines after the end of the question. */
static const char *const ends[] = {
	"answer:", "answer 1", "solution:", "response:", "output:", "step 1", "## step", "assistant:",
	"explanation:",
};

static bool starts_fold(struct view v, const char *word)
{
	size_t len = strlen(word);
	return v.len >= len && view_eqfold(view_sub(v, 0, len), view_from(word, len));
}

/* Removes "3. ", "3) ", "(3) ". */
static struct view strip_number(struct view v)
{
	size_t at = v.len && v.p[0] == '(';
	size_t first = at;
	while (at < v.len && ascii_digit(v.p[at]))
		at++;
	if (at == first || at >= v.len || !strchr(".):", v.p[at]))
		return v;
	at++;
	return at < v.len && ascii_space(v.p[at]) ? view_trim_front(view_sub(v, at, v.len)) : v;
}

/* `at` is after a label's name: "2:** What ...". Returns the start of the text that it labels; VIEW_NONE if
 * the name is a word of the text: "Questions: ...", "Q.E.D. ...". */
static size_t label_end(struct view v, size_t at)
{
	while (at < v.len && (strchr(" *", v.p[at]) || ascii_digit(v.p[at])))
		at++;
	if (at == v.len || !strchr(".:", v.p[at]))
		return VIEW_NONE;
	bool is_sure = v.p[at++] == ':';
	while (at < v.len && v.p[at] == '*')
		at++;
	return is_sure || (at < v.len && ascii_space(v.p[at])) ? at : VIEW_NONE;
}

struct view user_turn_unlabel(struct view text)
{
	struct view rest = text;
	while (rest.len && strchr("#* ", rest.p[0]))
		rest = view_sub(rest, 1, rest.len);
	for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++) {
		size_t end = starts_fold(rest, labels[i]) ? label_end(rest, strlen(labels[i])) : VIEW_NONE;
		if (end == VIEW_NONE)
			continue;
		rest = view_trim_front(view_sub(rest, end, rest.len));
		return rest.len ? rest : text;
	}
	return text;
}

static struct view cut_answer(struct view text)
{
	size_t at = 0;
	while (at < text.len) {
		struct view line = view_trim_front(view_sub(text, at, text.len));
		struct view bare = line;
		while (bare.len && strchr("#*", bare.p[0]))
			bare = view_trim_front(view_sub(bare, 1, bare.len));
		for (size_t i = 0; at && i < sizeof(ends) / sizeof(*ends); i++) {
			if (starts_fold(line, ends[i]) || starts_fold(bare, ends[i]))
				return view_sub(text, 0, at);
		}
		size_t newline = view_find(text, at, "\n");
		at = newline == VIEW_NONE ? text.len : newline + 1;
	}
	return text;
}

struct view user_turn_sanitize(struct view text)
{
	text = user_turn_unlabel(strip_number(spacing_trim(text)));
	text = spacing_trim(cut_answer(text));
	struct view line = view_sub(text, 0, view_find(text, 0, "\n"));
	size_t question = view_find(text, 0, "?");
	if (view_ends(view_trim_back(line), ":")) {
		size_t hash = view_find(text, 0, "#");
		if (hash != VIEW_NONE && hash > 0)
			return spacing_trim(view_sub(text, 0, hash));
	}
	if (question != VIEW_NONE)
		return spacing_trim(view_sub(text, 0, question + 1));
	return spacing_trim(line);
}

void user_turn_invent(int64_t number, char text[USER_TURN_EXAMPLE_MAX])
{
	static const char *const verbs[] = {
		"Explain to a child", "Write a short story about", "List seven facts about",
		"Compare two views of", "Draft a letter to the mayor about", "What is the history of",
		"Give me a plan for a week with", "Summarize what is known about",
		"Write Python code that simulates", "Which books would you recommend on", "Translate into French a sentence on",
	};
	static const char *const topics[] = {
		"the tides", "bicycles in winter", "old bridges", "bees and gardens", "chess openings",
		"bread without yeast", "the moons of Saturn", "learning the violin", "small museums",
		"solar roofs", "medieval maps", "night trains", "coral reefs", "spreadsheets", "city trees",
		"public libraries", "comets",
	};
	uint64_t n = (uint64_t)number;
	size_t verb_count = sizeof(verbs) / sizeof(*verbs), topic_count = sizeof(topics) / sizeof(*topics);
	snprintf(text, USER_TURN_EXAMPLE_MAX, "%s %s, case %llu.", verbs[n % verb_count],
		 topics[n / verb_count % topic_count], (unsigned long long)n);
}

int user_turn_example(int64_t number, struct request *r)
{
	char text[USER_TURN_EXAMPLE_MAX];
	user_turn_invent(number, text);
	request_set_example(r, view_of(text));
	return SOW_OK;
}
