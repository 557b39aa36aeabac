#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/draw.h"
#include "base/mem.h"
#include "base/timers.h"
#include "sow/sow.h"

static void test_order(void **state)
{
	(void)state;
	int data[4];
	struct timers t = TIMERS_INIT;
	assert_null(timers_take(&t));
	assert_int_equal(timers_due(&t), INT64_MAX);
	timers_add(&t, 30, &data[2]);
	timers_add(&t, 10, &data[0]);
	timers_add(&t, 30, &data[3]); /* as late as the first, added after it */
	timers_add(&t, 20, &data[1]);
	static const int64_t due[] = { 10, 20, 30, 30 };
	for (int i = 0; i < 4; i++) {
		assert_int_equal(timers_due(&t), due[i]);
		assert_ptr_equal(timers_take(&t), &data[i]);
	}
	assert_int_equal(t.count, 0);
	timers_release(&t);
}

/* Many, added and taken in turn, against the plain rule: never earlier than the last. */
static void test_many(void **state)
{
	(void)state;
	static int64_t due[5000];
	struct draw d = draw_start(1, 1, 1);
	struct timers t = TIMERS_INIT;
	for (size_t i = 0; i < 5000; i++) {
		due[i] = (int64_t)draw_below(&d, 1000);
		assert_int_equal(timers_add(&t, due[i], &due[i]), SOW_OK);
	}
	int64_t *last = timers_take(&t);
	for (size_t i = 1; i < 5000; i++) {
		int64_t *next = timers_take(&t);
		assert_true(*next > *last || (*next == *last && next > last));
		last = next;
	}
	assert_null(timers_take(&t));
	timers_release(&t);
}

static void test_no_memory(void **state)
{
	(void)state;
	struct timers t = TIMERS_INIT;
	mem_fail_after(1);
	assert_int_equal(timers_add(&t, 1, NULL), SOW_NOMEM);
	mem_fail_after(0);
	assert_int_equal(t.count, 0);
	timers_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
