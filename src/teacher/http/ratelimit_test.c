#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "teacher/http/ratelimit.h"

static void what_is_left_may_go(void **state)
{
	(void)state;
	struct ratelimit a = { 0 };
	assert_int_equal(ratelimit_wait(&a, 1e9, 0), 0); /* nothing was said */
	ratelimit_update(&a, 10, 3, 60 * CLOCK_SECOND, 1, 0); /* one of the three is on its way */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ratelimit_wait(&a, 1, 0), 0);
		ratelimit_take(&a, 1);
	}
	assert_int_equal(ratelimit_wait(&a, 1, CLOCK_SECOND), 59 * CLOCK_SECOND);
	ratelimit_update(&a, 10, 4, 50 * CLOCK_SECOND, 0, 2 * CLOCK_SECOND);
	assert_int_equal(ratelimit_wait(&a, 1, 2 * CLOCK_SECOND), 0);
	ratelimit_update(&a, 10, 0, 50 * CLOCK_SECOND, 0, 2 * CLOCK_SECOND);
	assert_int_equal(ratelimit_wait(&a, 1, 52 * CLOCK_SECOND), 0); /* to bring news */
	ratelimit_take(&a, 1);
	assert_int_equal(ratelimit_wait(&a, 1, 52 * CLOCK_SECOND), CLOCK_SECOND);
	assert_int_equal(ratelimit_wait(&a, 1, 53 * CLOCK_SECOND), 0); /* none came */
	ratelimit_take(&a, 1);
	ratelimit_update(&a, 10, 9, CLOCK_SECOND, 0, 53 * CLOCK_SECOND);
	assert_int_equal(ratelimit_wait(&a, 1, 53 * CLOCK_SECOND), 0);
}

/* Sixty a minute that come back one a second: all are there again after as many seconds as
 * were used. */
static void what_comes_back_evenly_is_waited_for_alone(void **state)
{
	(void)state;
	struct ratelimit a = { 0 };
	ratelimit_update(&a, 60, 40, 20 * CLOCK_SECOND, 0, 0);
	ratelimit_update(&a, 60, 29, 31 * CLOCK_SECOND, 0, 0);
	ratelimit_update(&a, 60, 1, 59 * CLOCK_SECOND, 1, 0); /* the last is on its way */
	int64_t wait = ratelimit_wait(&a, 1, 0);
	assert_in_range(wait, CLOCK_SECOND, CLOCK_SECOND * 11 / 10);
	assert_true(ratelimit_wait(&a, 1, wait / 2) > 0);
	assert_int_equal(ratelimit_wait(&a, 1, wait), 0);
	ratelimit_take(&a, 1);
	assert_in_range(ratelimit_wait(&a, 1, wait), CLOCK_SECOND, CLOCK_SECOND * 11 / 10);
	assert_in_range(ratelimit_wait(&a, 10, 0), 11 * CLOCK_SECOND, 12 * CLOCK_SECOND);
}

static void a_little_is_left_of_what_comes_back_evenly(void **state)
{
	(void)state;
	struct ratelimit a = { 0 };
	ratelimit_update(&a, 1000, 900, 6 * CLOCK_SECOND, 0, 0);
	assert_int_equal(ratelimit_wait(&a, 100, 0), 0);
	ratelimit_update(&a, 1000, 10, 59 * CLOCK_SECOND + 400 * CLOCK_MS, 0, 0);
	assert_true(ratelimit_wait(&a, 1, 0) > 0);
	ratelimit_update(&a, 1000, 11, 59 * CLOCK_SECOND + 340 * CLOCK_MS, 0, 0);
	assert_int_equal(ratelimit_wait(&a, 1, 0), 0);
}

/* The end of a window comes nearer, however much is used. */
static void a_window_is_waited_for(void **state)
{
	(void)state;
	struct ratelimit a = { 0 };
	int used = 0;
	int64_t now = 0;
	for (; used < 60; used++, now += CLOCK_SECOND / 10)
		ratelimit_update(&a, 60, 60 - used, 60 * CLOCK_SECOND - now, 0, now);
	ratelimit_update(&a, 60, 0, 60 * CLOCK_SECOND - now, 0, now);
	assert_int_equal(ratelimit_wait(&a, 1, now), 60 * CLOCK_SECOND - now);
	/* one that seemed to come back evenly, and then did not */
	ratelimit_update(&a, 60, 59, CLOCK_SECOND, 0, now);
	ratelimit_update(&a, 60, 30, 30 * CLOCK_SECOND, 0, now);
	ratelimit_update(&a, 60, 0, 20 * CLOCK_SECOND, 0, now);
	assert_int_equal(ratelimit_wait(&a, 1, now), 20 * CLOCK_SECOND);
}

static void too_much_for_any_limit_goes(void **state)
{
	(void)state;
	struct ratelimit a = { 0 };
	ratelimit_update(&a, 1000, 1000, CLOCK_SECOND, 0, 0);
	assert_int_equal(ratelimit_wait(&a, 5000, 0), 0);
	ratelimit_update(&a, 1000, 999, CLOCK_SECOND, 0, 0);
	assert_true(ratelimit_wait(&a, 5000, 0) > 0);
	ratelimit_update(&a, 0, 0, CLOCK_SECOND, 0, 0); /* no limit said: it is over then */
	assert_true(ratelimit_wait(&a, 1, 0) > 0);
	assert_int_equal(ratelimit_wait(&a, 1, CLOCK_SECOND), 0);
}

static void headers_are_read(void **state)
{
	(void)state;
	struct ratelimit_news requests, tokens;
	ratelimit_read(view_of("HTTP/1.1 200 OK\r\nContent-Type: text/x-ratelimit-remaining-tokens\r\n"
			       "X-RateLimit-Limit-Requests: 60\r\n"
			       "x-ratelimit-remaining-requests: 59\r\nx-ratelimit-reset-requests: 1s\r\n"
			       "x-ratelimit-limit-tokens: 150000\r\nx-ratelimit-remaining-tokens: 149984\r\n"
			       "x-ratelimit-reset-tokens: 6m0s\r\n\r\n"), &requests, &tokens);
	assert_true(requests.said && tokens.said);
	assert_true(requests.limit == 60 && requests.left == 59 && requests.reset == CLOCK_SECOND);
	assert_true(tokens.limit == 150000 && tokens.left == 149984);
	assert_int_equal(tokens.reset, 360 * CLOCK_SECOND);
	ratelimit_read(view_of("x-ratelimit-remaining-requests: many\r\nx-ratelimit-limit-tokens: 5\r\n"
			       "x-ratelimit-remaining-words: 5\r\nx-ratelimit-remaining-tokens-day: 5\r\n"
			       "x-ratelimit-remaining: 5\r\nx-ratelimit-\r\n"), &requests, &tokens);
	assert_false(requests.said || tokens.said);
	ratelimit_read(view_of("x-ratelimit-remaining-requests: 0"), &requests, &tokens);
	assert_true(requests.said && requests.left == 0 && requests.reset > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_left_may_go),
		cmocka_unit_test(what_comes_back_evenly_is_waited_for_alone),
		cmocka_unit_test(a_little_is_left_of_what_comes_back_evenly),
		cmocka_unit_test(a_window_is_waited_for),
		cmocka_unit_test(too_much_for_any_limit_goes),
		cmocka_unit_test(headers_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
