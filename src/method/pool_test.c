#include "method/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

/* Loaded by a thread of its own, and added one by one: the same. */
static void loaded(void **state)
{
	(void)state;
	struct pool *one = pool_new(WORDS_ASCII, 0.7), *many = pool_new(WORDS_ASCII, 0.7);
	uint64_t random = 1;
	char text[64];
	assert_true(one && many);
	pool_begin_bulk(many);
	for (int64_t i = 1; i <= 25000; i++) {
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
		snprintf(text, sizeof(text), "Name %d of the %d things in box %d.", (int)(random >> 60),
			 (int)(random >> 40 & 255), (int)(random >> 33 & 127));
		const struct unit u = { .step = 1, .ticket = i, .item = 1, .instruction = view_of(text) };
		assert_int_equal(pool_add_machine(one, &u), SOW_OK);
		assert_int_equal(pool_add_machine(many, &u), SOW_OK);
	}
	assert_int_equal(pool_end_bulk(many), SOW_OK);
	for (int i = 0; i < 300; i++) {
		struct near_text a, b;
		snprintf(text, sizeof(text), "Name the %d things %s box %d.", i, i % 2 ? "in the" : "of", i % 128);
		int is_new = pool_is_new(one, view_of(text), &a);
		assert_int_equal(pool_is_new(many, view_of(text), &b), is_new);
		assert_true(is_new || (view_eq(a.id, b.id) && a.score == b.score));
	}
	pool_free(one);
	pool_free(many);
	many = pool_new(WORDS_ASCII, 0.7); /* and one that is given up while it loads */
	pool_begin_bulk(many);
	const struct unit u = { .step = 1, .ticket = 1, .item = 1, .instruction = view_of("Name a tree.") };
	for (int i = 0; i < 5000; i++)
		assert_int_equal(pool_add_machine(many, &u), SOW_OK);
	pool_free(many);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids),
		cmocka_unit_test(loaded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
