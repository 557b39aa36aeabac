#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "mock/latency.h"

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void test_fixed(void **state)
{
	(void)state;
	struct latency l = { .ms = 50, .token_ms = 1.5 };
	struct draw d = draw_start(1, 1, 1);
	assert_int_equal(latency_first(&l, &d), 50 * CLOCK_MS);
	assert_int_equal(latency_token(&l), 1500000);
	l = (struct latency){ .sigma = 2 };
	assert_int_equal(latency_first(&l, &d), 0);
	l = (struct latency){ .ms = 1e12 };
	assert_int_equal(latency_first(&l, &d), 3600 * CLOCK_SECOND);
}

/* Log-normal: half below the median, 84 % below e^sigma times it. */
static void test_spread(void **state)
{
	(void)state;
	enum { N = 20001 };
	static int64_t times[N];
	struct latency l = { .ms = 100, .sigma = 0.5 };
	for (uint64_t i = 0; i < N; i++) {
		struct draw d = draw_start(1, 1, i), again = d;
		times[i] = latency_first(&l, &d);
		assert_true(times[i] > 0);
		assert_int_equal(latency_first(&l, &again), times[i]);
	}
	qsort(times, N, sizeof(*times), by_size);
	assert_in_range(times[N / 2], 98 * CLOCK_MS, 102 * CLOCK_MS);
	assert_in_range(times[N * 8413 / 10000], 161 * CLOCK_MS, 169 * CLOCK_MS);
	assert_in_range(times[N * 1587 / 10000], 58 * CLOCK_MS, 63 * CLOCK_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_spread),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
