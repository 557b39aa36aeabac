#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/draw.h"
#include "teacher/http/concurrency.h"

/* A server in round trips: all that is in flight is answered at the end of one; what is over
 * `room` is refused, and of the rest a share. Returns the requests answered. */
static int64_t play(struct concurrency *a, int rounds, int room, double share, int64_t *refused)
{
	static uint64_t numbers[4096];
	struct draw d = draw_start(7, 1, 0);
	int64_t answered = 0;
	*refused = 0;
	for (int i = 0; i < rounds; i++) {
		int n = 0;
		while (n < concurrency_limit(a)) {
			n++;
			numbers[n - 1] = concurrency_sent(a, n);
		}
		for (int k = 0; k < n; k++) {
			if (k >= room || (double)draw_below(&d, 1000000) < share * 1e6) {
				concurrency_refused(a, numbers[k]);
				++*refused;
			} else {
				concurrency_answered(a, numbers[k]);
				answered++;
			}
		}
	}
	return answered;
}

static void doubles_until_the_first_refusal(void **state)
{
	(void)state;
	int64_t refused;
	struct concurrency a = concurrency_start(10);
	assert_int_equal(concurrency_limit(&a), 10);
	a = concurrency_start(4000);
	assert_int_equal(concurrency_limit(&a), 64);
	for (int want = 128; want < 4000; want *= 2) {
		play(&a, 1, 4000, 0, &refused);
		assert_int_equal(concurrency_limit(&a), want);
	}
	play(&a, 2, 4000, 0, &refused);
	assert_int_equal(concurrency_limit(&a), 4000);
	uint64_t number = concurrency_sent(&a, 4000);
	concurrency_refused(&a, number);
	assert_int_equal(concurrency_limit(&a), 2000);
}

/* What was in flight at the cut tells nothing new. */
static void cuts_once_a_window(void **state)
{
	(void)state;
	struct concurrency a = concurrency_start(64);
	uint64_t numbers[64];
	for (int i = 0; i < 64; i++)
		numbers[i] = concurrency_sent(&a, i + 1);
	for (int i = 0; i < 64; i++)
		concurrency_refused(&a, numbers[i]);
	assert_int_equal(concurrency_limit(&a), 32);
	uint64_t next = concurrency_sent(&a, 1);
	concurrency_refused(&a, next);
	assert_in_range(concurrency_limit(&a), 16, 31);
}

static void finds_what_a_server_bears(void **state)
{
	(void)state;
	static const int rooms[] = { 1, 3, 8, 20, 100, 300 };
	for (size_t i = 0; i < sizeof(rooms) / sizeof(*rooms); i++) {
		int64_t refused;
		struct concurrency a = concurrency_start(512);
		play(&a, 60, rooms[i], 0, &refused); /* it finds out */
		int64_t answered = play(&a, 400, rooms[i], 0, &refused);
		assert_true(answered >= (int64_t)rooms[i] * 400 * 9 / 10);
		assert_true(refused <= answered / 6 + 400);
	}
}

/* A server that refuses a few at any load is not asked less and less. */
static void a_steady_share_of_refusals_costs_little(void **state)
{
	(void)state;
	static const double shares[] = { 0.01, 0.05, 0.08 };
	for (size_t i = 0; i < sizeof(shares) / sizeof(*shares); i++) {
		int64_t refused;
		struct concurrency a = concurrency_start(256);
		play(&a, 500, 4096, shares[i], &refused);
		assert_true(concurrency_limit(&a) >= 128);
	}
}

static void comes_back_from_the_bottom(void **state)
{
	(void)state;
	int64_t refused;
	struct concurrency a = concurrency_start(256);
	play(&a, 200, 0, 0, &refused);
	assert_int_equal(concurrency_limit(&a), 1);
	play(&a, 100, 4096, 0, &refused);
	assert_true(concurrency_limit(&a) >= 64);
}

static void does_not_grow_unused(void **state)
{
	(void)state;
	struct concurrency a = concurrency_start(1000);
	for (int i = 0; i < 10000; i++)
		concurrency_answered(&a, concurrency_sent(&a, 10));
	assert_int_equal(concurrency_limit(&a), 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_until_the_first_refusal),
		cmocka_unit_test(cuts_once_a_window),
		cmocka_unit_test(finds_what_a_server_bears),
		cmocka_unit_test(a_steady_share_of_refusals_costs_little),
		cmocka_unit_test(comes_back_from_the_bottom),
		cmocka_unit_test(does_not_grow_unused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
