#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "teacher/throttle.h"

static int64_t now, cpu;

/* Computes for `ms` while this thread has `share` percent of a core. */
static void compute(struct throttle *p, int64_t ms, int64_t share)
{
	for (; ms > 0; ms -= 10) {
		throttle_begin(p, now, cpu);
		now += 10 * CLOCK_MS;
		cpu += share * CLOCK_MS / 10;
		throttle_end(p, now, cpu);
	}
}

static void alone(void **state)
{
	(void)state;
	struct throttle p;
	throttle_init(&p, 8);
	compute(&p, 5000, 98);
	assert_int_equal(p.threads, 8);
}

static void crowded(void **state)
{
	(void)state;
	struct throttle p;
	throttle_init(&p, 8);
	compute(&p, 200, 60);
	assert_int_equal(p.threads, 4);
	compute(&p, 400, 60);
	assert_int_equal(p.threads, 1);
	compute(&p, 1000, 60);
	assert_int_equal(p.threads, 1);
}

static void tries_again(void **state)
{
	(void)state;
	struct throttle p;
	throttle_init(&p, 2);
	compute(&p, 200, 60);
	assert_int_equal(p.threads, 1);
	compute(&p, 3900, 99);
	assert_int_equal(p.threads, 1);
	compute(&p, 200, 99);
	assert_int_equal(p.threads, 2);
	/* still crowded: it waits twice as long, up to a minute */
	compute(&p, 200, 60);
	assert_int_equal(p.threads, 1);
	assert_int_equal(p.patience, 8 * CLOCK_SECOND);
	for (int i = 0; i < 10; i++) {
		compute(&p, p.patience / CLOCK_MS, 99);
		compute(&p, 200, 60);
	}
	assert_in_range(p.patience, 60 * CLOCK_SECOND, 64 * CLOCK_SECOND);
	/* and soon again once it was alone for a while */
	compute(&p, 70000, 99);
	assert_int_equal(p.threads, 2);
	assert_int_equal(p.patience, 2 * CLOCK_SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alone), cmocka_unit_test(crowded), cmocka_unit_test(tries_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
