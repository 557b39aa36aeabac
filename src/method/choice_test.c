#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "method/choice.h"

static void assert_near(double value, double expected)
{
	if (!(fabs(value - expected) < 1e-6))
		fail_msg("%.8f, not %.6f", value, expected);
}

/* Values worked out by hand and by the papers' released functions. */
static void deita(void **state)
{
	(void)state;
	const float equal[6] = { 0 }, last[6] = { 0, 0, 0, 0, 0, logf(5) }, rising[6] = { 1, 2, 3, 4, 5, 6 };
	const float shifted[6] = { -19, -18, -17, -16, -15, -14 };
	const float none[6] = { -INFINITY, -INFINITY, -INFINITY, -INFINITY, -INFINITY, -INFINITY };
	const float some[6] = { -INFINITY, -1, -INFINITY, -1, -INFINITY, -INFINITY };
	assert_near(choice_expectation(equal, 6), 3.5);
	assert_near(choice_expectation(last, 6), 4.5);
	assert_near(choice_expectation(rising, 6), 5.432933);
	assert_near(choice_expectation(shifted, 6), 5.432933);
	assert_near(choice_expectation(some, 6), 3);
	assert_true(isnan(choice_expectation(none, 6)));
	assert_true(isnan(choice_expectation(none, 0)));
}

static double selectit(double a, double b, double c, double d, double e)
{
	const float logs[5] = { (float)log(a), (float)log(b), (float)log(c), (float)log(d), (float)log(e) };
	return choice_selectit(logs, 5);
}

static void selectit_of_tokens_and_sentences(void **state)
{
	(void)state;
	const double five[] = {
		selectit(0, 0, 0, 0, 1), selectit(0, 0, 0, 1, 0), selectit(0, 0, 0, .5, .5),
		selectit(0, 0, 1, 0, 0), selectit(.2, .2, .2, .2, .2),
	};
	assert_near(five[0], 1.278810);
	assert_near(selectit(.1, .1, .2, .2, .4), 0.267323);
	assert_near(selectit(.01, .01, .02, .02, .04), 0.267323);
	assert_near(five[4], 0);
	assert_near((five[0] + five[1] + five[2] + five[3] + five[4]) / 5, 0.675637);
	assert_near(choice_selectit_of(five, 5), 0.618084);
	assert_true(isnan(selectit(0, 0, 0, 0, 0)));
	assert_true(isnan(choice_selectit_of(five, 0)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deita),
		cmocka_unit_test(selectit_of_tokens_and_sentences),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
