#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "text/repetition.h"

static void shares(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t n;
		double share;
	} cases[] = {
		{ "", 4, 0 },
		{ "one two three", 4, 0 },
		{ "one two three four", 4, 0 },
		{ "the sea the sea the sea the sea", 4, 3.0 / 5 },    /* of five runs two are new */
		{ "The SEA, the sea. The sea; the sea!", 4, 3.0 / 5 },
		{ "a b a b a", 2, 2.0 / 4 },
		{ "no no no no no", 1, 4.0 / 5 },
		{ "海海海海海海", 4, 2.0 / 3 },
		{ "each word is here but once", 1, 0 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		double share;
		assert_int_equal(repetition_of(view_of(cases[i].text), cases[i].n, &share), 0);
		if (!(share > cases[i].share - 1e-12 && share < cases[i].share + 1e-12))
			fail_msg("%s: %f", cases[i].text, share);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
