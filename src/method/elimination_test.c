#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "method/elimination.h"

static struct rules *rules;

static int set_up(void **state)
{
	(void)state;
	rules = rules_new();
	return rules ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	rules_free(rules);
	return 0;
}

static enum rule_id of_answer(const char *answer)
{
	enum rule_id broken;
	assert_int_equal(elimination_of_answer(rules, view_of(answer), &broken), SOW_OK);
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
		enum rule_id got = elimination_of_text(rules, view_of(cases[i].evolved),
						       view_of(cases[i].parent), &detail);
		assert_int_equal(got, cases[i].detail ? RULE_SCAFFOLD : RULE_COUNT);
		assert_true(view_eqstr(detail, cases[i].detail ? cases[i].detail : ""));
	}
}

static void word_for_word(void **state)
{
	(void)state;
	struct view detail;
	assert_int_equal(elimination_of_text(rules, view_of("Go.\n"), view_of(" Go."), &detail),
			 RULE_EQUAL_TO_PARENT);
	assert_true(view_eqstr(detail, "word for word"));
	assert_int_equal(elimination_of_text(rules, view_of("Go!"), view_of("Go."), &detail), RULE_COUNT);
	assert_int_equal(rules_set(rules, "equal-to-parent=off", NULL), SOW_OK);
	assert_int_equal(elimination_of_text(rules, view_of("Go."), view_of("Go."), &detail), RULE_COUNT);
	assert_int_equal(rules_set(rules, "scaffold=off", NULL), SOW_OK);
	assert_int_equal(elimination_of_text(rules, view_of("given prompt"), view_of(""), &detail),
			 RULE_COUNT);
}

static void out_of_memory(void **state)
{
	(void)state;
	enum rule_id broken;
	int status = SOW_NOMEM;
	for (long n = 1; status; n++) {
		mem_fail_after(n);
		status = elimination_of_answer(rules, view_of("Straße und Weg"), &broken);
		mem_fail_after(0);
		assert_true(status == SOW_OK || status == SOW_NOMEM);
	}
	assert_int_equal(broken, RULE_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals),      cmocka_unit_test(empty_answers),
		cmocka_unit_test(scaffold),      cmocka_unit_test(word_for_word),
		cmocka_unit_test(out_of_memory),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
