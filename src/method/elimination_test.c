#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/buf.h"
#include "method/elimination.h"
#include "method/speech.h"

static struct rules *rules;
static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	rules = rules_new();
	arena = arena_new();
	return rules && arena ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	rules_free(rules);
	arena_free(arena);
	return 0;
}

static enum rule_id of_answer_to(const char *question, const char *answer)
{
	struct view detail;
	return elimination_of_answer(rules, view_of(question), view_of(answer), &detail);
}

static enum rule_id of_answer(const char *answer)
{
	return of_answer_to("", answer);
}

/* The words of a prompt of which evolutions are made in these tests. */
#define PROMPT "Rewrite the task below so that even a strong assistant has more trouble with it."

static enum rule_id of_text(const char *evolved, const char *parent, struct view *detail)
{
	struct buf prompt = BUF_INIT;
	speech_add_words(&prompt, view_of(PROMPT));
	const struct evolved e = { view_of(evolved), view_of(parent), view_from(prompt.data, prompt.len) };
	enum rule_id broken = elimination_of_text(rules, &e, arena, detail);
	buf_release(&prompt);
	return broken;
}

static void refusals(void **state)
{
	(void)state;
	for (int words = 78; words <= 81; words++) {
		struct buf answer = BUF_INIT;
		buf_addstr(&answer, "Sorry");
		for (int i = 1; i < words; i++)
			buf_addf(&answer, " word%d", i);
		assert_int_equal(of_answer(answer.data), words < 80 ? RULE_REFUSAL : RULE_COUNT);
		buf_release(&answer);
	}
	assert_int_equal(of_answer("I'm SORRY, no."), RULE_REFUSAL);
	assert_int_equal(of_answer("A sorrysome tale."), RULE_COUNT);
	assert_int_equal(rules_set(rules, "refusal=3", NULL), SOW_OK);
	assert_int_equal(of_answer("Sorry, friend."), RULE_REFUSAL);
	assert_int_equal(of_answer("I am sorry."), RULE_COUNT);
	assert_int_equal(rules_set(rules, "refusal=off", NULL), SOW_OK);
	assert_int_equal(of_answer("Sorry, friend."), RULE_COUNT);
	assert_int_equal(rules_set(rules, "refusal=80", NULL), SOW_OK);
}

static void empty_answers(void **state)
{
	(void)state;
	static const char *const empty[] = {
		"", " ", ".", "?!…", "—", "It is what it is.", "THE", "And so on, and...", "***\n---",
		"It's the same; I'm with you.",
	};
	static const char *const answers[] = {
		"Yes.", "No", "None of them.", "42", "It is blue.", "水", "x", "Not this one.", "the sea",
	};
	for (size_t i = 0; i < sizeof(empty) / sizeof(*empty); i++)
		assert_int_equal(of_answer(empty[i]), RULE_EMPTY_ANSWER);
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++)
		assert_int_equal(of_answer(answers[i]), RULE_COUNT);
	assert_int_equal(rules_set(rules, "empty-answer=off", NULL), SOW_OK);
	assert_int_equal(of_answer("It is."), RULE_COUNT);
	assert_int_equal(rules_set(rules, "empty-answer=on", NULL), SOW_OK);
}

static void scaffold(void **state)
{
	(void)state;
	static const struct {
		const char *evolved, *parent, *detail; /* NULL: nothing broken */
	} cases[] = {
		{ "Extend the given prompt.", "Write.", "given prompt" },
		{ "Extend the given prompt.", "Write from the given prompt.", NULL },
		{ "Here is a REWRITTEN PROMPT: go", "Go.", "rewritten prompt" },
		{ "A new prompt", "A prompt", "new prompt" },
		{ "A new prompter", "A prompt", NULL },
		{ "The created prompt", "x", "created prompt" },
		{ "Evolved task: x", "x", "evolved task" },
		{ "#Given Prompt#: x", "x", "given prompt" },
		{ "#The Start# x", "x", "#The Start#" },
		{ "#The Start# x", "Explain #the start# to me", NULL },
		{ "What do # and # mean?", "x", NULL },
		{ "Compare C# and F#.", "x", NULL },
		{ "#1# x #2#", "x", NULL },
		{ "## Title ##", "x", NULL },
		{ "#aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#", "x",
		  "#aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#" },
		{ "#aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa#", "x", NULL },
		{ "##", "x", NULL }, { "#", "x", NULL }, { "", "x", NULL },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct view detail;
		enum rule_id got = of_text(cases[i].evolved, cases[i].parent, &detail);
		assert_int_equal(got, cases[i].detail ? RULE_SCAFFOLD : RULE_COUNT);
		assert_true(view_eqstr(detail, cases[i].detail ? cases[i].detail : ""));
	}
}

static void word_for_word(void **state)
{
	(void)state;
	struct view detail;
	assert_int_equal(of_text("Go.\n", " Go.", &detail), RULE_EQUAL_TO_PARENT);
	assert_true(view_eqstr(detail, "word for word"));
	assert_int_equal(of_text("Go!", "Go.", &detail), RULE_COUNT);
	assert_int_equal(rules_set(rules, "equal-to-parent=off", NULL), SOW_OK);
	assert_int_equal(of_text("Go.", "Go.", &detail), RULE_COUNT);
	assert_int_equal(rules_set(rules, "scaffold=off", NULL), SOW_OK);
	assert_int_equal(of_text("given prompt", "", &detail), RULE_COUNT);
}

/* Both sides of the bound: as many words in a row of the prompt's own, and one fewer. */
static void prompt_repeated(void **state)
{
	(void)state;
	struct view detail;
	assert_int_equal(of_text("Say why even a strong assistant has more.", "Say why.", &detail),
			 RULE_REPEATS_PROMPT);
	assert_true(view_eqstr(detail, "even a strong assistant has more"));
	assert_int_equal(of_text("Say why even a strong assistant has less.", "Say why.", &detail), RULE_COUNT);
	assert_int_equal(of_text("Say why even a strong assistant has more.",
				 "Even a strong assistant has more.", &detail), RULE_COUNT);
	assert_int_equal(rules_set(rules, "repeats-prompt=5", NULL), SOW_OK);
	assert_int_equal(of_text("Say why even a strong assistant has less.", "Say why.", &detail),
			 RULE_REPEATS_PROMPT);
	assert_int_equal(rules_set(rules, "repeats-prompt=off", NULL), SOW_OK);
	assert_int_equal(of_text("Say why even a strong assistant has more.", "Say why.", &detail), RULE_COUNT);
	assert_int_equal(rules_set(rules, "repeats-prompt=6", NULL), SOW_OK);
}

/* What is said instead of an evolution, and of an answer; each rule can be switched off. */
static void speech(void **state)
{
	(void)state;
	static const struct {
		const char *text, *rule;
		bool in_answer;
	} cases[] = {
		{ "I apologize, but I can't assist with that.", "refusal-opening", true },
		{ "As an AI language model, I have no taste.", "self-naming", true },
		{ "Please provide the data.", "asks-back", true },
		{ "The answer is 42.", "holds-answer", false },
		{ "Name the river Nile.\nAnswer: done", "holds-answer", false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char setting[32];
		struct view detail;
		enum rule_id got = of_text(cases[i].text, "Name it.", &detail);
		assert_true(got < RULE_COUNT && detail.len);
		assert_string_equal(rule_table[got].name, cases[i].rule);
		assert_int_equal(of_answer(cases[i].text), cases[i].in_answer ? got : RULE_COUNT);
		snprintf(setting, sizeof(setting), "%s=off", cases[i].rule);
		assert_int_equal(rules_set(rules, setting, NULL), SOW_OK);
		assert_int_equal(of_text(cases[i].text, "Name it.", &detail), RULE_COUNT);
		assert_int_equal(of_answer(cases[i].text), RULE_COUNT);
		snprintf(setting, sizeof(setting), "%s=on", cases[i].rule);
		assert_int_equal(rules_set(rules, setting, NULL), SOW_OK);
	}
}

static void asking_back_is_short(void **state)
{
	(void)state;
	for (int words = 78; words <= 81; words++) {
		struct buf answer = BUF_INIT;
		for (int i = 4; i < words; i++)
			buf_addf(&answer, "word%d. ", i);
		buf_addstr(&answer, "Please provide the data.");
		assert_int_equal(of_answer(answer.data), words < 80 ? RULE_ASKS_BACK : RULE_COUNT);
		buf_release(&answer);
	}
}

/* One word is an answer where the question offers choices, and nowhere else. */
static void choices(void **state)
{
	(void)state;
	static const char *const offers[] = {
		"Is it A or B?", "Pick one: A) tea B) milk", "(a) tea\n(b) milk", "1. tea\n2. milk", "true/false",
		"Yes / No: is it?", "Ist es A oder B?", "C'est A ou B ?", "\xE6\x98\xAF" "A\xE8\xBF\x98\xE6\x98\xAF" "B",
		"Which of them fly?", "Choose the letter.",
	};
	static const char *const none[] = {
		"", "Say it.", "Write an ordeal.", "Go to Bern.", "In 2020. Why", "See http://a.b", "1/2 of it", "B",
	};
	static const char *const words[] = { "A", "I", "T", "Both", "All", "Same", "a.", "The" };
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		for (size_t j = 0; j < sizeof(offers) / sizeof(*offers); j++)
			assert_int_equal(of_answer_to(offers[j], words[i]), RULE_COUNT);
		for (size_t j = 0; j < sizeof(none) / sizeof(*none); j++)
			assert_int_equal(of_answer_to(none[j], words[i]), RULE_EMPTY_ANSWER);
	}
	assert_int_equal(of_answer_to("Is it A or B?", "It is"), RULE_EMPTY_ANSWER);
	assert_int_equal(of_answer_to("Put in <, > or =.", "<"), RULE_COUNT);
	assert_int_equal(of_answer_to("Put in <, > or =.", "."), RULE_EMPTY_ANSWER);
	assert_int_equal(of_answer_to("Put in < here.", "<"), RULE_EMPTY_ANSWER);
	assert_int_equal(of_answer_to("", "B"), RULE_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals),      cmocka_unit_test(empty_answers),
		cmocka_unit_test(prompt_repeated), cmocka_unit_test(speech),
		cmocka_unit_test(asking_back_is_short), cmocka_unit_test(choices),
		cmocka_unit_test(scaffold),      cmocka_unit_test(word_for_word),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
