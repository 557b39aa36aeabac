#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "mock/limits.h"

static void test_requests(void **state)
{
	(void)state;
	struct limits l;
	struct refusal no;
	int64_t now = 5 * CLOCK_SECOND;
	limits_init(&l, 3, 0, 0, now);
	for (int i = 0; i < 3; i++)
		assert_true(limits_take(&l, now, 1000000, 99, &no));
	assert_int_equal(bucket_left(&l.buckets[LIMIT_REQUESTS]), 0);
	assert_int_equal(bucket_refill_time(&l.buckets[LIMIT_REQUESTS]), 60 * CLOCK_SECOND);
	assert_false(limits_take(&l, now + 5 * CLOCK_SECOND, 1, 0, &no));
	assert_int_equal(no.limit, LIMIT_REQUESTS);
	assert_in_range(no.wait, 15 * CLOCK_SECOND - 10, 15 * CLOCK_SECOND + 10);
	assert_true(no.most == 3 && no.asked == 1 && no.used == 2);
	/* what was refused took nothing: it is taken when it was told to come */
	assert_true(limits_take(&l, now + 5 * CLOCK_SECOND + no.wait, 1, 0, &no));
	assert_false(limits_take(&l, now + 21 * CLOCK_SECOND, 1, 0, &no));
}

static void test_tokens(void **state)
{
	(void)state;
	struct limits l;
	struct refusal no;
	limits_init(&l, 0, 600, 0, 0);
	assert_true(limits_take(&l, 0, 500, 0, &no));
	assert_false(limits_take(&l, 0, 200, 0, &no));
	assert_int_equal(no.limit, LIMIT_TOKENS);
	assert_in_range(no.wait, 10 * CLOCK_SECOND - 10, 10 * CLOCK_SECOND + 10);
	assert_true(limits_take(&l, 0, 100, 0, &no));
	/* a minute fills it, and no more than fills it */
	assert_true(limits_take(&l, 600 * CLOCK_SECOND, 600, 0, &no));
	assert_false(limits_take(&l, 600 * CLOCK_SECOND, 1, 0, &no));
}

/* A refusal by one bucket leaves the other as it is. */
static void test_both(void **state)
{
	(void)state;
	struct limits l;
	struct refusal no;
	limits_init(&l, 2, 100, 0, 0);
	assert_false(limits_take(&l, 0, 101, 0, &no));
	assert_int_equal(bucket_left(&l.buckets[LIMIT_REQUESTS]), 2);
	assert_true(limits_take(&l, 0, 50, 0, &no));
	assert_true(limits_take(&l, 0, 50, 0, &no));
}

static void test_in_flight(void **state)
{
	(void)state;
	struct limits l;
	struct refusal no;
	limits_init(&l, 5, 0, 2, 0);
	assert_true(limits_take(&l, 0, 1, 1, &no));
	assert_false(limits_take(&l, 0, 1, 2, &no));
	assert_int_equal(no.limit, LIMIT_IN_FLIGHT);
	assert_int_equal(bucket_left(&l.buckets[LIMIT_REQUESTS]), 4);
}

static void test_durations(void **state)
{
	(void)state;
	static const struct { int64_t ms; const char *text; } cases[] = {
		{ 0, "0ms" }, { 20, "20ms" }, { 1000, "1s" }, { 1200, "1.2s" }, { 59999, "59.999s" },
		{ 360000, "6m0s" }, { 61500, "1m1.5s" }, { 3723000, "1h2m3s" },
	};
	char text[DURATION_SIZE];
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		limits_duration(cases[i].ms * CLOCK_MS, text);
		assert_string_equal(text, cases[i].text);
	}
	limits_duration(1, text);
	assert_string_equal(text, "1ms");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_both),
		cmocka_unit_test(test_in_flight),
		cmocka_unit_test(test_durations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
