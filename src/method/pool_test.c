#include "method/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* A unit is the pool's by the one id that it has everywhere, with its step from the second on. */
static void ids(void **state)
{
	(void)state;
	static const struct { int64_t step; const char *id; } rows[] = {
		{ 1, "task_7_2" }, { 2, "task_2_7_2" }, { 12, "task_12_7_2" },
	};
	struct pool *p = pool_new(WORDS_ASCII, 0.7);
	assert_non_null(p);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct unit u = { .step = rows[i].step, .ticket = 7, .item = 2,
					.instruction = view_of("Name three rivers of France.") };
		struct near_text near[POOL_NEAREST];
		size_t count;
		double mean;
		assert_int_equal(pool_add_machine(p, &u), SOW_OK);
		assert_true(view_eqstr(pool_id(p, i), rows[i].id));
		assert_int_equal(pool_nearest(p, u.instruction, near, &count, &mean), SOW_OK);
		assert_int_equal(count, i + 1);
		assert_true(view_eqstr(near[0].id, "task_7_2"));
	}
	pool_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
