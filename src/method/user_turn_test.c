#include "method/user_turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void sanitized(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ "What is a tide?", "What is a tide?" },
		{ "  \n What is a tide? It comes and goes.", "What is a tide?" },
		{ "Name three rivers.\nAmazon, Nile, Rhine.", "Name three rivers." },
		{ "1. Name three rivers.", "Name three rivers." },
		{ "(2) Name three rivers.", "Name three rivers." },
		{ "2.5 is a number, is it?", "2.5 is a number, is it?" },
		{ "Question: What is a tide?", "What is a tide?" },
		{ "**Task 3:** Name a river.", "Name a river." },
		{ "# Problem 1. What is 1 + 1?", "What is 1 + 1?" },
		{ "Tasks are many.", "Tasks are many." },
		{ "Question everything.", "Question everything." },
		{ "What is a tide\nAnswer: it is water?", "What is a tide" },
		{ "Add these up.\n## Step 1: Is it 2?", "Add these up." },
		{ "Sort this list:\n3, 1, 2\n# Solution\nsorted?", "Sort this list:\n3, 1, 2" },
		{ "Read this:\nIt rains. Why? Because.", "Read this:\nIt rains. Why?" },
		{ "Read this:\nIt rains.", "Read this:" },
		{ "Answer: 42", "Answer: 42" },
		{ "Q: What is a tide?\nA: Water.", "What is a tide?" },
		{ "Question:\nWhat is a tide?", "What is a tide?" },
		{ "Task:", "Task:" },
		{ "", "" },
		{ "\n\n", "" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct view found = user_turn_sanitize(view_of(cases[i][0]));
		if (!view_eqstr(found, cases[i][1]))
			fail_msg("%s: %.*s", cases[i][0], VIEW_ARG(found));
	}
}

static void without_a_label(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ "Q: What is a tide?", "What is a tide?" },
		{ "q:What is a tide?", "What is a tide?" },
		{ "Q1: What is a tide?", "What is a tide?" },
		{ "Q. What is a tide?", "What is a tide?" },
		{ "Q 12. What is a tide? It comes.", "What is a tide? It comes." },
		{ "Question: What is a tide?", "What is a tide?" },
		{ "**Q:** What is a tide?", "What is a tide?" },
		{ "**Question 2**: What is a tide?", "What is a tide?" },
		{ "### User: What is a tide?", "What is a tide?" },
		{ "Human: What is a tide?", "What is a tide?" },
		{ "Prompt: Q: What is a tide?", "Q: What is a tide?" },
		/* words of the text */
		{ "What is Q: a letter?", "What is Q: a letter?" },
		{ "Q.E.D. means what?", "Q.E.D. means what?" },
		{ "Q&A: how to hold one?", "Q&A: how to hold one?" },
		{ "Quick: what is a tide?", "Quick: what is a tide?" },
		{ "Questions: what are they for?", "Questions: what are they for?" },
		{ "Human rights: what are they?", "Human rights: what are they?" },
		{ "Users ask what a tide is.", "Users ask what a tide is." },
		{ "Problem 1.5 of the book, please.", "Problem 1.5 of the book, please." },
		{ "1. Name three rivers.", "1. Name three rivers." },
		/* it announces what is not there */
		{ "Q:", "Q:" },
		{ "**Question:** ", "**Question:** " },
		{ "", "" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct view found = user_turn_unlabel(view_of(cases[i][0]));
		if (!view_eqstr(found, cases[i][1]))
			fail_msg("%s: %.*s", cases[i][0], VIEW_ARG(found));
	}
}

static void examples_differ(void **state)
{
	(void)state;
	struct request *a = request_new(), *b = request_new();
	assert_int_equal(user_turn_example(7, a), SOW_OK);
	assert_int_equal(user_turn_example(8, b), SOW_OK);
	assert_true(a->example.len > 10 && !view_eq(a->example, b->example));
	request_free(a);
	request_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sanitized),
		cmocka_unit_test(without_a_label),
		cmocka_unit_test(examples_differ),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
