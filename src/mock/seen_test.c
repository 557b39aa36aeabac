#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mock/seen.h"
#include "sow/sow.h"

static struct hash body(uint32_t n)
{
	struct hash h = { { 0 } };
	memcpy(h.bytes, &n, sizeof(n));
	return h;
}

static uint32_t attempt(struct seen *s, uint32_t n)
{
	uint32_t before = 99;
	struct hash h = body(n);
	seen_attempt(s, &h, &before);
	return before;
}

static uint32_t answer(struct seen *s, uint32_t n)
{
	uint32_t before = 99;
	struct hash h = body(n);
	seen_answer(s, &h, &before);
	return before;
}

static void test_counts(void **state)
{
	(void)state;
	struct seen s = SEEN_INIT(1000);
	assert_int_equal(attempt(&s, 1), 0);
	assert_int_equal(attempt(&s, 1), 1);
	assert_int_equal(attempt(&s, 2), 0);
	assert_int_equal(answer(&s, 1), 0);
	assert_int_equal(answer(&s, 1), 1);
	assert_int_equal(attempt(&s, 1), 2);
	assert_int_equal(answer(&s, 3), 0);
	assert_int_equal(attempt(&s, 3), 0);
	seen_release(&s);
}

/* What was asked for last is remembered, what was not for long is forgotten. */
static void test_bound(void **state)
{
	(void)state;
	struct seen s = SEEN_INIT(100);
	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(attempt(&s, 7), i);
		assert_int_equal(attempt(&s, 1000 + i), 0);
		assert_true(s.young.count + s.old.count <= 100);
	}
	assert_int_equal(attempt(&s, 1999), 1);
	assert_int_equal(attempt(&s, 1960), 1);
	assert_int_equal(attempt(&s, 1000), 0);
	seen_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_bound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
