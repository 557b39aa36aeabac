#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/draw.h"
#include "base/map.h"
#include "sow/sow.h"

static void test_put_get(void **state)
{
	(void)state;
	struct map m = MAP_INIT;
	assert_null(map_get(&m, "a", 1));
	char key[] = "abc";
	map_put(&m, key, 3, 7);
	key[0] = 'x'; /* keys are copied */
	assert_int_equal(*map_get(&m, "abc", 3), 7);
	assert_null(map_get(&m, "xbc", 3));
	assert_null(map_get(&m, "ab", 2));
	map_put(&m, "abc", 3, 8);
	assert_int_equal(*map_get(&m, "abc", 3), 8);
	assert_int_equal(m.count, 1);
	(*map_get(&m, "abc", 3))++;
	assert_int_equal(*map_get(&m, "abc", 3), 9);
	/* any bytes are a key, none too */
	map_put(&m, NULL, 0, 1);
	map_put(&m, "\0", 1, 2);
	map_put(&m, "\0\0", 2, UINT64_MAX);
	assert_int_equal(*map_get(&m, "", 0), 1);
	assert_int_equal(*map_get(&m, NULL, 0), 1);
	assert_int_equal(*map_get(&m, "\0", 1), 2);
	assert_true(*map_get(&m, "\0\0", 2) == UINT64_MAX);
	map_release(&m);
	assert_null(map_get(&m, "abc", 3));
	map_put(&m, "abc", 3, 1);
	map_release(&m);
	map_release(&m);
}

static void test_many(void **state)
{
	(void)state;
	struct map m = MAP_INIT;
	for (uint32_t i = 0; i < 200000; i++) {
		char key[16];
		int len = snprintf(key, sizeof(key), "key %u", (unsigned)i);
		map_put(&m, key, (size_t)len, i);
	}
	assert_int_equal(m.count, 200000);
	assert_true(m.room >= m.count + m.count / 4); /* so that a search ends */
	for (uint32_t i = 0; i < 400000; i++) {
		char key[16];
		int len = snprintf(key, sizeof(key), "key %u", (unsigned)i);
		uint64_t *value = map_get(&m, key, (size_t)len);
		assert_true((value != NULL) == (i < 200000));
		assert_true(!value || *value == i);
	}
	map_release(&m);
}

/* Numbers come and go at random; a plain array says which are there. */
static void test_remove(void **state)
{
	(void)state;
	enum { NUMBERS = 600 };
	bool there[NUMBERS] = { false };
	size_t count = 0;
	struct map m = MAP_INIT;
	map_remove(&m, "x", 1);
	struct draw d = draw_start(1, 1, 1);
	for (int i = 0; i < 100000; i++) {
		size_t n = draw_below(&d, NUMBERS);
		if (draw_below(&d, 2)) {
			map_put(&m, (const char *)&n, sizeof(n), n);
			count += !there[n];
			there[n] = true;
		} else {
			map_remove(&m, (const char *)&n, sizeof(n));
			count -= there[n];
			there[n] = false;
		}
		assert_int_equal(m.count, count);
		size_t look = draw_below(&d, NUMBERS);
		uint64_t *value = map_get(&m, (const char *)&look, sizeof(look));
		assert_int_equal(value != NULL, there[look]);
		assert_true(!value || *value == look);
	}
	map_release(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put_get),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_remove),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
