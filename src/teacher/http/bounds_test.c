#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "teacher/http/bounds.h"

#define NONE 1e9

static void ranges_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *message;
		double least, most;
	} cases[] = {
		{ "presencePenalty is 2.0 but the supported range is from -2.0 (inclusive) to 2.0 (exclusive)",
		  -2, 1.99 },
		{ "temperature must be between 0 and 1", 0, 1 },
		{ "`temperature` must be strictly positive", 0.01, NONE },
		{ "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 2.5 instead.",
		  NONE, 2 },
		{ "2.5 is greater than the maximum of 2 - 'temperature'", NONE, 2 },
		{ "0 is less than the minimum of 0.05", 0.05, NONE },
		{ "max_tokens is too large: 5000. This model supports at most 4096 completion tokens, whereas "
		  "you provided 5000.", NONE, 4096 },
		{ "top_p must be in (0, 1], got 0.0", 0.01, 1 },
		{ "top_p should be in the range [0.1, 0.9]", 0.1, 0.9 },
		{ "value must be in (0.0, 1.0)", 0.01, 0.99 },
		{ "Input should be greater than or equal to 0", 0, NONE },
		{ "Input should be greater than 0", 0.01, NONE },
		{ "Input should be less than 2", NONE, 1.99 },
		{ "seed: must be >= -1 and <= 65535", -1, 65535 },
		{ "must be non-negative", 0, NONE },
	};
	static const char *const none[] = {
		"", "temperature is not supported", "at least one message", "got 2.5", "(see the manual)",
		"between two calls", "from 3", "more positively",
	};
	struct bounds b;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		bounds_read(view_of(cases[i].message), 0.01, &b);
		double least = b.has_least ? b.least : NONE, most = b.has_most ? b.most : NONE;
		if (least < cases[i].least - 1e-9 || least > cases[i].least + 1e-9 ||
		    most < cases[i].most - 1e-9 || most > cases[i].most + 1e-9)
			fail_msg("%s: %g to %g", cases[i].message, least, most);
	}
	for (size_t i = 0; i + 1 < sizeof(none) / sizeof(*none); i++) {
		if (bounds_read(view_of(none[i]), 0.01, &b))
			fail_msg("%s: %g to %g", none[i], b.least, b.most);
	}
}

static void values_are_moved(void **state)
{
	(void)state;
	const struct bounds b = { true, true, 0.01, 1 }, open = { .has_most = true, .most = 1 };
	assert_true(bounds_clamp(&b, 0) == 0.01);
	assert_true(bounds_clamp(&b, 0.5) == 0.5);
	assert_true(bounds_clamp(&b, 2) == 1);
	assert_true(bounds_clamp(&open, -5) == -5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_are_read),
		cmocka_unit_test(values_are_moved),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
