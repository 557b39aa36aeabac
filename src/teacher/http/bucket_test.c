#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "teacher/http/bucket.h"

/* Sends as fast as it may for `seconds`; the most that fell into any window of a minute. */
static double busiest_minute(double per_minute, double amount, double real, int seconds, double *all)
{
	static struct { int64_t at; double amount; } sent[400000];
	struct bucket b = bucket_start(per_minute, 0);
	int64_t now = 0;
	size_t count = 0, first = 0;
	double window = 0, most = 0;
	*all = 0;
	while (now < seconds * CLOCK_SECOND) {
		int64_t wait = bucket_wait(&b, amount, now);
		if (wait) {
			now += wait;
			continue;
		}
		bucket_take(&b, amount);
		bucket_give_back(&b, amount - real);
		assert_true(count < sizeof(sent) / sizeof(*sent));
		sent[count].at = now;
		sent[count++].amount = real;
		window += real;
		*all += real;
		while (sent[first].at <= now - 60 * CLOCK_SECOND)
			window -= sent[first++].amount;
		most = window > most ? window : most;
	}
	return most;
}

static void no_minute_has_too_much(void **state)
{
	(void)state;
	static const double limits[] = { 1, 3, 10, 60, 500, 6000, 100000 };
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		double all, most = busiest_minute(limits[i], 1, 1, 180, &all);
		assert_true(most <= limits[i]);
		assert_true(all >= 0.95 * 3 * limits[i] - 1);
	}
}

/* Tokens are reserved by guess and corrected. */
static void guesses_do_not_matter(void **state)
{
	(void)state;
	double all, most = busiest_minute(100000, 1100, 300, 180, &all);
	assert_true(most <= 100000);
	assert_true(all >= 0.95 * 300000);
	most = busiest_minute(100000, 100, 300, 180, &all);
	assert_true(most <= 100000);
	assert_true(all >= 0.95 * 300000);
}

static void what_is_too_big_is_owed(void **state)
{
	(void)state;
	struct bucket b = bucket_start(60, 0);
	assert_int_equal(bucket_wait(&b, 30, 0), 0);
	bucket_take(&b, 30);
	int64_t wait = bucket_wait(&b, 1, 0);
	assert_in_range(wait, 30 * CLOCK_SECOND, 31 * CLOCK_SECOND);
	assert_true(bucket_wait(&b, 1, wait - CLOCK_MS) > 0);
	assert_int_equal(bucket_wait(&b, 1, wait), 0);
}

static void no_limit_is_none(void **state)
{
	(void)state;
	struct bucket b = bucket_start(0, 0);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(bucket_wait(&b, 1e9, 0), 0);
		bucket_take(&b, 1e9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_minute_has_too_much),
		cmocka_unit_test(guesses_do_not_matter),
		cmocka_unit_test(what_is_too_big_is_owed),
		cmocka_unit_test(no_limit_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
