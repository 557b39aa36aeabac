#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "teacher/http/breaker.h"

static void opens_tries_and_closes(void **state)
{
	(void)state;
	struct breaker b = { 0 };
	int64_t now = 1000;
	for (int i = 1; i < BREAKER_STRIKES; i++)
		assert_false(breaker_failed(&b, 1, breaker_sent(&b), BREAKER_LONGEST, now));
	assert_int_equal(breaker_wait(&b, now), 0);
	assert_true(breaker_failed(&b, 1, breaker_sent(&b), BREAKER_LONGEST, now));
	assert_int_equal(breaker_wait(&b, now), CLOCK_SECOND);
	assert_false(breaker_failed(&b, 1, false, BREAKER_LONGEST, now)); /* sent before it opened */
	int64_t pause = CLOCK_SECOND;
	for (int i = 0; i < 8; i++) {
		now += pause;
		assert_int_equal(breaker_wait(&b, now), 0);
		assert_true(breaker_sent(&b));
		assert_int_equal(breaker_wait(&b, now), INT64_MAX); /* one at a time */
		assert_false(breaker_failed(&b, 1, false, BREAKER_LONGEST, now));
		assert_int_equal(breaker_wait(&b, now), INT64_MAX);
		assert_true(breaker_failed(&b, 1, true, BREAKER_LONGEST, now));
		pause = pause * 2 < 30 * CLOCK_SECOND ? pause * 2 : 30 * CLOCK_SECOND;
		assert_int_equal(breaker_wait(&b, now), pause);
	}
	now += pause;
	assert_true(breaker_sent(&b));
	assert_true(breaker_answered(&b));
	assert_int_equal(breaker_wait(&b, now), 0);
	assert_false(breaker_sent(&b));
	assert_false(breaker_answered(&b));
	assert_false(breaker_failed(&b, BREAKER_STRIKES - 1, false, BREAKER_LONGEST, now));
}

static void any_answer_forgives(void **state)
{
	(void)state;
	struct breaker b = { 0 };
	for (int i = 0; i < 100; i++) {
		assert_false(breaker_failed(&b, BREAKER_STRIKES - 1, false, BREAKER_LONGEST, 0));
		assert_false(breaker_answered(&b));
	}
	assert_true(breaker_failed(&b, BREAKER_STRIKES, false, BREAKER_LONGEST, 0));
	assert_true(breaker_answered(&b)); /* one that was still on its way */
	assert_int_equal(breaker_wait(&b, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_tries_and_closes),
		cmocka_unit_test(any_answer_forgives),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
