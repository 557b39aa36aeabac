#include "mock/answer.h"

#include <string.h>

#include "mock/invent.h"

bool one_in(struct draw *d, size_t n)
{
	return draw_below(d, n) == 0;
}

/* An answer to any prompt. Some are useless, in the ways that Evol-Instruct looks for. */
static void write_prose(const struct mock_prompt *a, struct draw *d, struct buf *out)
{
	if (!a->chat)
		buf_addch(out, ' ');
	if (one_in(d, 60)) {
		buf_addstr(out, "It is what it is, and that is that.");
		return;
	}
	if (one_in(d, 40))
		buf_addstr(out, "I am sorry, but this can't be answered in full. ");
	/* the end of a long prompt names its subject */
	struct view about = a->prompt;
	if (about.len > 400)
		about = view_sub(about, about.len - 400, about.len);
	size_t words = 20 + draw_below(d, 90);
	invent_prose(d, about, a->enough && a->enough < words ? a->enough : words, out);
}

/* Two to five tags; some are rare, some in another spelling. */
static void write_tags(const struct mock_prompt *a, struct draw *d, struct buf *out)
{
	static const char *const tags[] = {
		"creative writing", "Creative-Writing", "question answering", "general knowledge", "poem", "poems",
		"data analysis", "mathematics", "word problem", "code generation", "python", "summarization",
		"translation", "advice", "list making", "science explanation", "history", "editing",
	};
	const size_t count = sizeof(tags) / sizeof(*tags);
	size_t wanted = 2 + draw_below(d, 4);
	(void)a;
	buf_addstr(out, "{\"tags\":[");
	for (size_t i = 0; i < wanted; i++) {
		/* the first of the list are the most frequent */
		size_t most = 1 + draw_below(d, count);
		buf_addf(out, "%s\"%s\"", i ? "," : "", tags[draw_below(d, most)]);
	}
	if (one_in(d, 10))
		buf_addf(out, ",\"theme %zu\"", draw_below(d, 1000));
	buf_addstr(out, "]}");
}

/* The names and marks of all stages' prompts, in one place; the first row that fits answers. */
const struct answerer answerers[] = {
	{ "classification", { "self_instruct/classification" }, "Is it classification?", { 0 }, NULL,
	  self_instruct_yes_no },
	{ "instructions", { "self_instruct/instructions" }, NULL, { 0 }, self_instruct_is_list,
	  self_instruct_list },
	{ "labels", { "self_instruct/output_first" }, NULL, { "Class label:" },
	  self_instruct_is_instances, self_instruct_labels },
	{ "instances", { "self_instruct/input_first" }, NULL, { "Output:" },
	  self_instruct_is_instances, self_instruct_instances },
	{ "alpaca", { "alpaca/records" }, NULL, { "###", "Instruction:" }, NULL, alpaca_blocks },
	{ "breadth", { "evol/in-breadth" }, "Evolved task:", { "brand-new" }, NULL, evol_new },
	{ "depth", { "evol/add-constraint", "evol/complicate-input", "evol/concretize", "evol/deepen",
	  "evol/reasoning" }, "Evolved task:", { 0 }, NULL, evol_harder },
	{ "equal", { "evol/equal" }, "Equal or Different?", { 0 }, NULL, judge_equal },
	{ "equal", { 0 }, "Verdict:", { "Second task:" }, NULL, judge_equal },
	{ "grade", { "judge/answer" }, "Grade from 1 to 10:", { 0 }, NULL, judge_grade },
	{ "grade", { 0 }, "Grade:", { 0 }, NULL, judge_grade },
	{ "grade", { "evol/difficulty" }, "Difficulty from 1 to 10:", { 0 }, NULL, judge_grade },
	{ "grade", { 0 }, "Difficulty:", { 0 }, NULL, judge_grade },
	{ "tags", { "score/tags" }, NULL, { "{\"tags\": [" }, NULL, write_tags, true },
	{ "persona", { "persona/task" }, "Task:", { "Person:" }, NULL, evol_new },
	{ "prose", { 0 }, NULL, { 0 }, NULL, write_prose },
};
const size_t answerer_count = sizeof(answerers) / sizeof(*answerers);

/* The places to look for marks: a long prompt has its demonstrations in between. */
struct places {
	struct view system, first, last;
};

#define FIRST 1500
#define LAST 700

static bool holds(const struct places *p, const char *mark)
{
	return view_find(p->first, 0, mark) != VIEW_NONE ||
	       view_find(p->last, 0, mark) != VIEW_NONE ||
	       view_find(p->system, 0, mark) != VIEW_NONE;
}

/* True if the prompt "evol/deepen.chat.txt" is one of its names, "evol/deepen". */
static bool is_named(const struct answerer *who, struct view prompt)
{
	for (size_t i = 0; i < sizeof(who->prompts) / sizeof(*who->prompts) && who->prompts[i]; i++) {
		size_t len = strlen(who->prompts[i]);
		if (view_starts(prompt, who->prompts[i]) && (prompt.len == len || prompt.p[len] == '.'))
			return true;
	}
	return false;
}

static const struct answerer *find_named(struct view prompt)
{
	size_t i = 0;
	while (i + 1 < answerer_count && !is_named(&answerers[i], prompt))
		i++;
	return &answerers[i];
}

static bool recognises(const struct answerer *who, const struct mock_prompt *a, const struct places *p,
		       struct view trimmed)
{
	if (who->tail && !view_ends(trimmed, who->tail))
		return false;
	if (who->is_mine && !who->is_mine(a))
		return false;
	for (size_t i = 0; i < sizeof(who->marks) / sizeof(*who->marks) && who->marks[i]; i++) {
		if (!holds(p, who->marks[i]))
			return false;
	}
	return true;
}

const struct answerer *answerer_find(const struct mock_prompt *a)
{
	if (a->name.len)
		return find_named(a->name);
	struct view trimmed = view_trim(a->prompt);
	struct places p = { .system = view_sub(a->system, 0, FIRST),
			    .first = view_sub(trimmed, 0, FIRST) };
	if (trimmed.len > FIRST)
		p.last = view_sub(trimmed, trimmed.len > FIRST + LAST ? trimmed.len - LAST : FIRST,
				  trimmed.len);
	size_t i = 0;
	while (i + 1 < answerer_count && !recognises(&answerers[i], a, &p, trimmed))
		i++;
	return &answerers[i];
}
