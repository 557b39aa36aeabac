#include "method/rules.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "text/phrase.h"
#include "text/words.h"

#define RULE(text, reason) .name = text, .why = reason
#define NUMBER(n) .number = n, .has_number = true
#define SHARE(n) NUMBER(n), .is_share = true
#define OF(names) .methods = names

#define ANSWERING "ask backtranslate compare converse evol grade magpie map pairs persona respond score self-instruct"
#define WRITING "alpaca magpie persona self-instruct"
#define GROWING "alpaca self-instruct"
#define MAGPIE "magpie"
#define POOLING "alpaca ask magpie self-instruct"
#define SELF_INSTRUCT "self-instruct"
#define EVOLVING "evol"
#define ASKING "ask"
#define TALKING "evol persona"
#define BACKTRANSLATING "backtranslate"
#define CONVERSING "converse"

const struct rule rule_table[RULE_COUNT] = {
	[RULE_CUT_REPLY] = { RULE("cut-reply",
		"the reply was cut at its length limit, so none of it is used"), OF(ANSWERING) },
	[RULE_NO_LIST] = { RULE("no-list",
		"nothing in the reply could be read as what was asked for"), .fixed = true },
	[RULE_EMPTY] = { RULE("empty", "no text where there should be an instruction"), .fixed = true },
	[RULE_TOO_SHORT] = { RULE("too-short", "too few words"), OF(WRITING), NUMBER(3) },
	[RULE_TOO_LONG] = { RULE("too-long", "too many words"), OF(WRITING), NUMBER(150) },
	[RULE_KEYWORD] = { RULE("keyword", "names what a text model cannot see or do"),
		OF(WRITING) },
	[RULE_PROGRAM] = { RULE("program", "starts with \"Write a program\""), OF(WRITING) },
	[RULE_PUNCTUATION] = { RULE("punctuation", "starts with a punctuation mark"), OF(WRITING) },
	[RULE_NON_ASCII] = { RULE("non-ascii",
		"starts with a character outside ASCII (only for English)"), OF(WRITING) },
	[RULE_TOO_MANY] = { RULE("too-many", "past the new tasks that were asked for"),
		OF(GROWING), NUMBER(7) },
	[RULE_NEAR_DUPLICATE] = { RULE("near-duplicate",
		"too similar to an existing instruction (ROUGE-L F1)"), OF(POOLING), SHARE(0.7) },

	[RULE_CUT_INSTANCE] = { RULE("cut-instance",
		"the last instance of a reply that was cut at its length limit"), OF(GROWING) },
	[RULE_NO_OUTPUT] = { RULE("no-output", "an input without an output"), .fixed = true },
	[RULE_SAME_AS_INPUT] = { RULE("same-as-input", "the output repeats the input"),
		OF(GROWING) },
	[RULE_ENDS_WITH_COLON] = { RULE("ends-with-colon",
		"input or output, or an instruction of magpie, ends with \":\""), OF(GROWING " " MAGPIE) },
	[RULE_CONFLICT] = { RULE("conflict",
		"one input with two different outputs: all instances of the task are dropped"),
		OF(SELF_INSTRUCT) },
	[RULE_DUPLICATE_INSTANCE] = { RULE("duplicate-instance", "the same instance a second time"),
		.fixed = true },
	[RULE_OVER_FIVE] = { RULE("over-five", "more instances than are kept: not drawn"),
		OF(SELF_INSTRUCT), NUMBER(5) },

	[RULE_MALFORMED] = { RULE("malformed",
		"not an instruction, an input and an output, each once and in this order"),
		.fixed = true },

	[RULE_NO_EVOLUTION] = { RULE("no-evolution", "the reply holds no evolved instruction"),
		.fixed = true },
	[RULE_SCAFFOLD] = { RULE("scaffold",
		"copies words of the evolving prompt that its parent does not have"),
		OF(EVOLVING) },
	[RULE_REPEATS_PROMPT] = { RULE("repeats-prompt",
		"copies as many words in a row of the evolving prompt, which its parent does not have"),
		OF(EVOLVING), NUMBER(6) },
	[RULE_REFUSAL_OPENING] = { RULE("refusal-opening",
		"opens with a refusal, such as \"I apologize, but I can't\""), OF(TALKING " backtranslate converse") },
	[RULE_SELF_NAMING] = { RULE("self-naming",
		"the model names itself, as in \"As an AI language model\""), OF(TALKING " backtranslate converse") },
	[RULE_ASKS_BACK] = { RULE("asks-back",
		"a short text that asks for what it should work on"), OF(TALKING " backtranslate"), NUMBER(80) },
	[RULE_HOLDS_ANSWER] = { RULE("holds-answer",
		"an answer, or an instruction that brings its answer along"), OF(TALKING " backtranslate") },
	[RULE_EQUAL_TO_PARENT] = { RULE("equal-to-parent",
		"asks for the same as its parent, as the judge sees it"), OF(EVOLVING) },
	[RULE_REFUSAL] = { RULE("refusal", "a short answer that says sorry"),
		OF(EVOLVING), NUMBER(80) },
	[RULE_EMPTY_ANSWER] = { RULE("empty-answer",
		"an answer of nothing but punctuation and stop words"), OF(EVOLVING) },

	[RULE_CONVERSATION] = { RULE("conversation",
		"a conversation of several turns is not a raw prompt: ask a chat model"), .fixed = true },
	[RULE_OTHER_INPUT] = { RULE("other-input",
		"a further input of an instruction, without an answer: one is asked about"),
		.fixed = true },
	[RULE_NO_INSTANCE] = { RULE("no-instance", "no instance of the task could be kept"),
		.fixed = true },
	[RULE_REFUSED] = { RULE("refused", "the teacher refused the request for good"),
		.fixed = true },

	[RULE_SHORT_CHUNK] = { RULE("short-chunk", "a chunk of fewer words is not asked about"),
		OF(ASKING), NUMBER(20) },
	[RULE_UNSUPPORTED] = { RULE("unsupported", "the answer says what the text does not, as the judge sees it"),
		OF(ASKING) },
	[RULE_OFF_QUESTION] = { RULE("off-question", "the answer does not answer the question, as the judge sees it"),
		OF(ASKING) },
	[RULE_NOT_ALONE] = { RULE("not-alone",
		"the question can't be understood without the text, as the judge sees it, or says \"the text\""),
		OF(ASKING " " BACKTRANSLATING) },

	[RULE_SHORT_TEXT] = { RULE("short-text", "a text of fewer characters is given no instruction"),
		OF(BACKTRANSLATING), NUMBER(600) },
	[RULE_LONG_TEXT] = { RULE("long-text", "a text of more characters is given no instruction"),
		OF(BACKTRANSLATING), NUMBER(3000) },
	[RULE_COPIES_TEXT] = { RULE("copies-text",
		"the instruction copies as many words in a row from the text that answers it"),
		OF(BACKTRANSLATING), NUMBER(12) },

	[RULE_AS_ASSISTANT] = { RULE("as-assistant",
		"the simulated user speaks as the assistant does"), OF(CONVERSING) },
	[RULE_ONLY_THANKS] = { RULE("only-thanks",
		"the simulated user, in no more words, gives thanks and asks for nothing"), OF(CONVERSING), NUMBER(40) },
	[RULE_REPEATS_ITSELF] = { RULE("repeats-itself",
		"too like what the same side has said before (ROUGE-L F1)"), OF(CONVERSING), SHARE(0.7) },
	[RULE_OTHER_ANSWER] = { RULE("other-answer",
		"a further answer of the record: the conversation continues from one"), .fixed = true },

	[RULE_MISSING_FIELD] = { RULE("missing-field", "the prompt names a field that the record has not"),
		.fixed = true },
	[RULE_FIELD_EXISTS] = { RULE("field-exists",
		"the field already exists, and --replace was not given"), .fixed = true },
	[RULE_UNFIT] = { RULE("unfit", "the last reply did not fit what was asked for"),
		.fixed = true },
	[RULE_NO_ANSWER] = { RULE("no-answer", "the record has no answer to be graded or scored"), .fixed = true },
	[RULE_LOW_GRADE] = { RULE("low-grade", "graded lower than is kept"), .fixed = true },

	[RULE_ONE_ANSWER] = { RULE("one-answer", "there are not two different answers to compare"),
		.fixed = true },
	[RULE_TIE] = { RULE("tie", "neither answer won in both orders"), .fixed = true },
	[RULE_SAME_GRADE] = { RULE("same-grade", "no answer is graded lower than the best"),
		.fixed = true },
	[RULE_SMALL_MARGIN] = { RULE("small-margin", "the grades differ by less than --margin"),
		.fixed = true },

	[RULE_NOT_WHERE] = { RULE("not-where", "the condition of select does not hold"), .fixed = true },
	[RULE_NO_SCORE] = { RULE("no-score", "has no score for select to go by"), .fixed = true },
	[RULE_LOW_RANK] = { RULE("low-rank", "select took as many as it was to take before it"), .fixed = true },
	[RULE_TOO_NEAR] = { RULE("too-near", "too similar to a record that select took (cosine)"), .fixed = true },
};

/* The paper's; whole words, in any case. */
static const char *const paper_keywords[] = {
	"image", "images", "graph", "graphs", "picture", "pictures", "file", "files",
	"map", "maps", "draw", "plot", "go to",
};

struct rules {
	bool on[RULE_COUNT];
	double number[RULE_COUNT];
	struct arena *arena;
	const char *const *keywords;
	size_t keyword_count;
	bool spaced;
};

static const char *rule_name(const void *data, size_t i)
{
	(void)data;
	return rule_table[i].name;
}

static enum rule_id find(struct view name)
{
	for (int i = 0; i < RULE_COUNT; i++) {
		if (view_eqstr(name, rule_table[i].name))
			return (enum rule_id)i;
	}
	return RULE_COUNT;
}

const char *rule_why(const char *name)
{
	enum rule_id id = find(view_of(name));
	return id == RULE_COUNT ? NULL : rule_table[id].why;
}

struct rules *rules_new(void)
{
	struct rules *r = mem_zalloc(sizeof(*r));
	r->arena = arena_new();
	for (int i = 0; i < RULE_COUNT; i++) {
		r->on[i] = true;
		r->number[i] = rule_table[i].number;
	}
	r->keywords = paper_keywords;
	r->keyword_count = sizeof(paper_keywords) / sizeof(*paper_keywords);
	return r;
}

void rules_free(struct rules *r)
{
	if (!r)
		return;
	arena_free(r->arena);
	mem_free(r);
}

static void set_keywords(struct rules *r, struct view value)
{
	bool more = view_starts(value, "+");
	size_t count = more ? r->keyword_count : 0, most = count + 1;
	value = view_sub(value, more, value.len);
	for (size_t i = 0; i < value.len; i++)
		most += value.p[i] == ',';
	const char **list = arena_array(r->arena, most, sizeof(*list));
	for (size_t i = 0; i < count; i++)
		list[i] = r->keywords[i];
	for (size_t from = 0; from <= value.len;) {
		size_t to = view_find(value, from, ",");
		if (to == VIEW_NONE)
			to = value.len;
		struct view word = view_trim(view_sub(value, from, to));
		if (word.len)
			list[count++] = arena_copyview(r->arena, word);
		from = to + 1;
	}
	r->keywords = list;
	r->keyword_count = count;
	r->on[RULE_KEYWORD] = true;
}

static int set_number(struct rules *r, enum rule_id id, struct view value, struct sow_error *err)
{
	char text[32] = "";
	char *end = text;
	if (value.len < sizeof(text))
		memcpy(text, value.p, value.len);
	double number = strtod(text, &end);
	bool whole = rule_table[id].is_share || number == floor(number);
	double most = rule_table[id].is_share ? 1 : 1e6;
	if (end == text || *end || !(number >= 0 && number <= most) || !whole)
		return error_set(err, SOW_USAGE, "rule %s: expected on, off or %s, not '%.*s'",
				 rule_table[id].name,
				 most > 1 ? "a whole number" : "a number from 0 to 1",
				 VIEW_ARG(value));
	r->number[id] = number;
	r->on[id] = true;
	return SOW_OK;
}

int rules_set(struct rules *r, const char *setting, struct sow_error *err)
{
	struct view all = view_of(setting);
	size_t equals = view_find(all, 0, "=");
	if (equals == VIEW_NONE)
		return error_set(err, SOW_USAGE, "rule '%s': expected NAME=VALUE", setting);
	struct view name = view_sub(all, 0, equals);
	struct view value = view_sub(all, equals + 1, all.len);

	enum rule_id id = find(name);
	if (id == RULE_COUNT) {
		char word[64] = "";
		if (name.len < sizeof(word))
			memcpy(word, name.p, name.len);
		const char *near = nearest_name(word, rule_name, NULL, RULE_COUNT);
		return error_set(err, SOW_USAGE, "rule '%.*s' is unknown%s%s%s", VIEW_ARG(name),
				 near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
	}
	if (rule_table[id].fixed)
		return error_set(err, SOW_USAGE, "rule %s can't be changed", rule_table[id].name);
	if (view_eqstr(value, "off") || view_eqstr(value, "on")) {
		r->on[id] = view_eqstr(value, "on");
		return SOW_OK;
	}
	if (id == RULE_KEYWORD) {
		set_keywords(r, value);
		return SOW_OK;
	}
	if (rule_table[id].has_number)
		return set_number(r, id, value, err);
	return error_set(err, SOW_USAGE, "rule %s: expected on or off, not '%.*s'",
			 rule_table[id].name, VIEW_ARG(value));
}

static bool has_word(struct view words, struct view word)
{
	while (words.len) {
		size_t blank = view_find(words, 0, " ");
		if (view_eq(view_sub(words, 0, blank), word))
			return true;
		words = blank == VIEW_NONE ? view_of("") : view_sub(words, blank + 1, words.len);
	}
	return false;
}

int rules_fit(const char *setting, const char *method, struct sow_error *err)
{
	struct view all = view_of(setting), name = view_sub(all, 0, view_find(all, 0, "="));
	const char *before = "";
	char known[256] = "";
	size_t len = 0;
	enum rule_id id = find(name);
	if (id == RULE_COUNT || rule_table[id].fixed ||
	    has_word(view_of(rule_table[id].methods), view_of(method)))
		return SOW_OK; /* or rules_set reports the error */
	for (int i = 0; i < RULE_COUNT && len < sizeof(known); i++) {
		if (rule_table[i].fixed || !has_word(view_of(rule_table[i].methods), view_of(method)))
			continue;
		len += (size_t)snprintf(known + len, sizeof(known) - len, "%s%s", before,
					rule_table[i].name);
		before = ", ";
	}
	return error_set(err, SOW_USAGE, "rule %s: %s does not know it; expected one of %s",
			 rule_table[id].name, method, known);
}

void rules_count_spaced(struct rules *r)
{
	r->spaced = true;
}

bool rules_on(const struct rules *r, enum rule_id id)
{
	return r->on[id];
}

double rules_number(const struct rules *r, enum rule_id id)
{
	return r->number[id];
}

static void add_value(const struct rules *r, int id, struct buf *out)
{
	if (!r->on[id])
		buf_addstr(out, "off");
	else if (id == RULE_KEYWORD)
		for (size_t i = 0; i < r->keyword_count; i++)
			buf_addf(out, "%s%s", i ? "," : "", r->keywords[i]);
	else if (rule_table[id].has_number)
		buf_addf(out, "%.15g", r->number[id]);
	else
		buf_addstr(out, "on");
}

void rules_text(const struct rules *r, const char *method, struct buf *out)
{
	for (int id = 0; id < RULE_COUNT; id++) {
		if (rule_table[id].fixed || !has_word(view_of(rule_table[id].methods), view_of(method)))
			continue;
		buf_addf(out, "%s=", rule_table[id].name);
		add_value(r, id, out);
		buf_addch(out, '\n');
	}
}

static bool is_empty(const struct rules *r, struct view text, struct view *detail)
{
	(void)r;
	(void)detail;
	return text.len == 0;
}

double rules_word_count(const struct rules *r, struct view text)
{
	return (double)(r->spaced ? words_count_spaced(text.p, text.len)
				  : words_count(text.p, text.len));
}

static bool is_too_short(const struct rules *r, struct view text, struct view *detail)
{
	(void)detail;
	return rules_word_count(r, text) <= r->number[RULE_TOO_SHORT];
}

static bool is_too_long(const struct rules *r, struct view text, struct view *detail)
{
	(void)detail;
	return rules_word_count(r, text) > r->number[RULE_TOO_LONG];
}

static bool has_keyword(const struct rules *r, struct view text, struct view *detail)
{
	for (size_t i = 0; i < r->keyword_count; i++) {
		if (phrase_find(text, r->keywords[i])) {
			*detail = view_of(r->keywords[i]);
			return true;
		}
	}
	return false;
}

static bool asks_for_program(const struct rules *r, struct view text, struct view *detail)
{
	static const char start[] = "Write a program";
	(void)r;
	(void)detail;
	return view_eqfold(view_sub(text, 0, strlen(start)), view_of(start));
}

static bool starts_with_punctuation(const struct rules *r, struct view text, struct view *detail)
{
	(void)r;
	*detail = view_sub(text, 0, 1);
	return text.len && ascii_punct(text.p[0]);
}

static bool starts_outside_ascii(const struct rules *r, struct view text, struct view *detail)
{
	(void)r;
	uint32_t codepoint = 0;
	size_t len = utf8_next(text.p, text.len, &codepoint);
	*detail = view_sub(text, 0, len);
	return codepoint >= 0x80;
}

static const struct {
	enum rule_id id;
	bool (*broken)(const struct rules *r, struct view text, struct view *detail);
} instruction_rules[] = {
	{ RULE_EMPTY, is_empty },
	{ RULE_TOO_SHORT, is_too_short },
	{ RULE_TOO_LONG, is_too_long },
	{ RULE_KEYWORD, has_keyword },
	{ RULE_PROGRAM, asks_for_program },
	{ RULE_PUNCTUATION, starts_with_punctuation },
	{ RULE_NON_ASCII, starts_outside_ascii },
};

enum rule_id rules_check(const struct rules *r, struct view instruction, struct view *detail)
{
	for (size_t i = 0; i < sizeof(instruction_rules) / sizeof(*instruction_rules); i++) {
		enum rule_id id = instruction_rules[i].id;
		*detail = view_of("");
		if (r->on[id] && instruction_rules[i].broken(r, instruction, detail))
			return id;
	}
	*detail = view_of("");
	return RULE_COUNT;
}

enum rule_id rules_check_instance(const struct rules *r, const struct instance *i)
{
	if (!i->output.len)
		return RULE_NO_OUTPUT;
	if (r->on[RULE_SAME_AS_INPUT] && view_eq(i->input, i->output))
		return RULE_SAME_AS_INPUT;
	if (r->on[RULE_ENDS_WITH_COLON] && (view_ends(i->input, ":") || view_ends(i->output, ":")))
		return RULE_ENDS_WITH_COLON;
	return RULE_COUNT;
}
