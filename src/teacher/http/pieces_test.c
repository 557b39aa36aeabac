#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "sow/sow.h"
#include "teacher/http/pieces.h"

#define PIECES_MAX 16

static void each_case_is_laid_out(void **state)
{
	(void)state;
	static const struct {
		const char *prompt, *given;
		const char *pieces[PIECES_MAX];
		size_t from, to;         /* 0, 0: they do not make up the text */
	} cases[] = {
		{ "Say hi.\n", "Hello!", { "<s>", "Say", " hi", ".\n", "Hel", "lo", "!" }, 4, 7 },
		/* what is behind was generated */
		{ "Say hi.\n", "Hello!", { "Say", " hi", ".\n", "Hel", "lo", "!", " And" }, 3, 6 },
		/* one that spans the border is the given text's */
		{ "Say:", " hi", { "Say", ": hi" }, 1, 2 },
		{ "Say:\n", "\nhi", { "Say", ":", "\n\n", "hi" }, 2, 4 },
		/* of the first nothing is told: it is a special one, or the text's own */
		{ "In In", "In", { "", "In", " In", "In" }, 3, 4 },
		{ "One two", " three", { "", " two", " three" }, 2, 3 },
		{ "Name a sea.\n", "\n\nThe", { "", " a", " sea", ".", "\n", "\n", "\n", "The" }, 5, 8 },
		{ "banana an", " an", { "", " an", " an" }, 2, 3 },
		{ "bananan", "an", { "", "an", "an" }, 2, 3 },
		{ "One ", "two", { "", "nonsense" }, 0, 0 },
		{ "", "two", { "" }, 0, 1 },
		{ "", "One two", { "", " two" }, 0, 2 },
		{ "", "One two", { "", "One", " two" }, 1, 3 },
		/* blanks that are missing, or too many, or marked */
		{ "One two", " three", { "One", "two", "three" }, 2, 3 },
		{ "One two", " three", { " One", " two", " three" }, 2, 3 },
		{ "One two", " three", { "\u2581One", "\u2581two", "\u2581three" }, 2, 3 },
		/* parts of characters */
		{ "a 漢", " b", { "a", " \uFFFD", "\uFFFD", " b" }, 3, 4 },
		{ "a\n", "漢字 b", { "a", "\n", "", "", "\uFFFD", "字", " b" }, 2, 7 },
		{ "a\n", "b 漢", { "a", "\n", "b", " ", "\uFFFD", "\uFFFD" }, 2, 6 },
		/* another text */
		{ "One two", " three", { "One", " two", " four" }, 0, 0 },
		{ "One two", " three", { "One", " two" }, 0, 0 },
		{ "One two", " three", { NULL }, 0, 0 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct piece list[PIECES_MAX];
		char text[256];
		size_t count = 0, from = 0, to = 0;
		for (; cases[i].pieces[count]; count++)
			list[count] = (struct piece){ view_of(cases[i].pieces[count]), -1 };
		strcpy(text, cases[i].prompt);
		strcat(text, cases[i].given);
		int status = pieces_find(list, count, view_of(text), strlen(cases[i].prompt), &from, &to);
		if (status != (cases[i].to ? SOW_OK : SOW_INVALID))
			fail_msg("case %zu: %s", i, text);
		if (!status && (from != cases[i].from || to != cases[i].to))
			fail_msg("case %zu: %s: from %zu to %zu", i, text, from, to);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_case_is_laid_out) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
