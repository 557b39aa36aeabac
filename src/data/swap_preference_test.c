#include "data/swap_preference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void sides(void **state)
{
	(void)state;
	static const struct {
		const char *before, *after;
		bool has_answers;
	} cases[] = {
		{ "{\"chosen\":\"a\",\"rejected\":\"b\"}", "{\"chosen\":\"b\",\"rejected\":\"a\"}", true },
		{ "{\"rejected\":\"b\",\"q\":1,\"chosen\":[1]}", "{\"rejected\":[1],\"q\":1,\"chosen\":\"b\"}",
		  true },
		{ "{\"chosen\":\"a\",\"rejected\":\"b\",\"score_chosen\":5,\"score_rejected\":1}",
		  "{\"chosen\":\"b\",\"rejected\":\"a\",\"score_chosen\":1,\"score_rejected\":5}", true },
		{ "{\"preferred_output\":1,\"non_preferred_output\":2}",
		  "{\"preferred_output\":2,\"non_preferred_output\":1}", true },
		/* of half a pair nothing is exchanged */
		{ "{\"chosen\":\"a\",\"rejected_score\":1}", "{\"chosen\":\"a\",\"rejected_score\":1}", false },
		{ "{\"chosen_score\":5,\"rejected_score\":1}", "{\"chosen_score\":1,\"rejected_score\":5}", false },
		{ "{\"instances\":[{\"role\":\"rejected\",\"output\":\"b\"},{\"output\":\"a\",\"role\":\"chosen\"}]}",
		  "{\"instances\":[{\"role\":\"chosen\",\"output\":\"b\"},{\"output\":\"a\",\"role\":\"rejected\"}]}",
		  true },
		{ "{\"instances\":[{\"output\":\"b\"}]}", "{\"instances\":[{\"output\":\"b\"}]}", false },
		{ "{}", "{}", false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct arena *a = arena_new();
		const json_value *object = json_own(view_of(cases[i].before), a);
		struct view after;
		bool has_answers;
		assert_non_null(object);
		swap_preference(object, a, &after, &has_answers);
		if (!view_eqstr(after, cases[i].after) || has_answers != cases[i].has_answers)
			fail_msg("%s: %.*s", cases[i].before, VIEW_ARG(after));
		arena_free(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sides),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
