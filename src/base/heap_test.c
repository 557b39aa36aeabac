#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/draw.h"
#include "base/heap.h"
#include "sow/sow.h"

static void test_order(void **state)
{
	(void)state;
	int data[4];
	struct heap h = HEAP_INIT;
	assert_null(heap_pop(&h));
	assert_int_equal(heap_key(&h), HEAP_NONE);
	heap_push(&h, 30, &data[2]);
	heap_push(&h, 10, &data[0]);
	heap_push(&h, 30, &data[3]); /* as large as the first, and after it */
	heap_push(&h, 20, &data[1]);
	static const int64_t keys[] = { 10, 20, 30, 30 };
	for (int i = 0; i < 4; i++) {
		assert_int_equal(heap_key(&h), keys[i]);
		assert_ptr_equal(heap_pop(&h), &data[i]);
	}
	assert_int_equal(h.count, 0);
	heap_release(&h);
}

/* Many, against the plain rule: never smaller than the last, and equal ones as they came. */
static void test_many(void **state)
{
	(void)state;
	static int64_t due[5000];
	struct draw d = draw_start(1, 1, 1);
	struct heap h = HEAP_INIT;
	for (size_t i = 0; i < 5000; i++) {
		due[i] = (int64_t)draw_below(&d, 1000);
		heap_push(&h, due[i], &due[i]);
	}
	int64_t *last = heap_pop(&h);
	for (size_t i = 1; i < 5000; i++) {
		int64_t *next = heap_pop(&h);
		assert_true(*next > *last || (*next == *last && next > last));
		last = next;
	}
	assert_null(heap_pop(&h));
	heap_release(&h);
}

/* Pushed and popped in turn: what is left comes in order all the same. */
static void test_in_turn(void **state)
{
	(void)state;
	static int64_t keys[1000];
	struct draw d = draw_start(1, 1, 0);
	struct heap h = HEAP_INIT;
	for (size_t i = 0; i < 1000; i++) {
		keys[i] = (int64_t)draw_below(&d, 300) - 150;
		heap_push(&h, keys[i], &keys[i]);
		if (i % 3 == 0)
			*(int64_t *)heap_pop(&h) = 999;
	}
	assert_int_equal(h.count, 1000 - 334);
	int64_t last = -999;
	for (int64_t key; (key = heap_key(&h)) != HEAP_NONE; last = key) {
		assert_true(key >= last);
		assert_int_equal(*(int64_t *)heap_pop(&h), key);
	}
	assert_int_equal(h.count, 0);
	heap_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_in_turn),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
