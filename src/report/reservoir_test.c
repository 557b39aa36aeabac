#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/reservoir.h"

/* Puts `n` numbers in, each as text of `width` bytes. */
static void fill(struct reservoir *r, int n, int width)
{
	for (int i = 0; i < n; i++) {
		struct kept *k = reservoir_next(r);
		if (k)
			buf_addf(&k->text, "%0*d", width, i);
	}
}

static void test_all_of_few(void **state)
{
	(void)state;
	struct reservoir r;
	reservoir_init(&r, 10, 0, 1);
	fill(&r, 7, 3);
	reservoir_finish(&r, 21);
	assert_int_equal(r.count, 7);
	assert_int_equal(r.seen, 7);
	for (size_t i = 0; i < 7; i++) {
		assert_int_equal(r.list[i].number, i);
		assert_int_equal(r.list[i].text.data[2], '0' + (char)i);
	}
	reservoir_release(&r);
}

/* Each of a hundred is held about as often, whether there were too many or too long ones. */
static void test_fair(void **state)
{
	(void)state;
	int held[2][100] = { { 0 } };
	for (uint32_t round = 0; round < 4000; round++) {
		for (int k = 0; k < 2; k++) {
			struct reservoir r;
			reservoir_init(&r, k ? 100 : 10, round, 1);
			fill(&r, 100, 4);
			reservoir_finish(&r, 43);
			assert_int_equal(r.count, 10);
			for (size_t i = 0; i < r.count; i++) {
				assert_true(!i || r.list[i].number > r.list[i - 1].number);
				held[k][r.list[i].number]++;
			}
			reservoir_release(&r);
		}
	}
	for (int i = 0; i < 100; i++) {
		assert_in_range(held[0][i], 300, 500);
		assert_in_range(held[1][i], 300, 500);
	}
}

static void test_none(void **state)
{
	(void)state;
	struct reservoir r;
	reservoir_init(&r, 0, 0, 1);
	fill(&r, 5, 1);
	reservoir_finish(&r, 100);
	assert_int_equal(r.count, 0);
	assert_int_equal(r.seen, 5);
	reservoir_release(&r);
	reservoir_init(&r, 5, 0, 1);
	fill(&r, 5, 9);
	reservoir_finish(&r, 8);
	assert_int_equal(r.count, 0);
	reservoir_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_of_few), cmocka_unit_test(test_fair),
		cmocka_unit_test(test_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
