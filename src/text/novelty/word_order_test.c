#include "text/novelty/word_order.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/mem.h"
#include "sow/sow.h"
#include "text/corpus_test.h"

static void test_order(void **state)
{
	(void)state;
	static const uint32_t frequencies[] = { 5, 100, 1, 5, 0 };
	static const uint32_t ids[] = { 1, 7, 0, 2, 9, 3, 1, 4 };
	static const uint32_t unlearnt[] = { 9, 7, 4, 3, 2, 1, 1, 0 };
	static const uint32_t learnt[] = { 9, 7, 4, 2, 3, 0, 1, 1 };
	struct word_order r = WORD_ORDER_INIT;
	uint64_t sorted[8];
	word_order_sort(&r, ids, 8, sorted);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(word_order_word(sorted[i]), unlearnt[i]);
	assert_int_equal(word_order_learn(&r, frequencies, 5), SOW_OK);
	for (long n = 1; n <= 2; n++) {
		mem_fail_after(n);
		assert_int_equal(word_order_learn(&r, frequencies, 1), SOW_NOMEM);
		mem_fail_after(0);
	}
	word_order_sort(&r, ids, 8, sorted);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(word_order_word(sorted[i]), learnt[i]);
	word_order_release(&r);
}

/* Short and long sequences are sorted in different ways, to the same order. */
static void test_any_length(void **state)
{
	(void)state;
	uint32_t ids[300], frequencies[100];
	uint64_t sorted[300];
	struct word_order r = WORD_ORDER_INIT;
	for (size_t i = 0; i < 100; i++)
		frequencies[i] = (uint32_t)corpus_random(20);
	assert_int_equal(word_order_learn(&r, frequencies, 100), SOW_OK);
	for (size_t n = 0; n < 300; n++) {
		uint64_t sum = 0, sorted_sum = 0;
		for (size_t i = 0; i < n; i++)
			sum += ids[i] = (uint32_t)corpus_random(120);
		word_order_sort(&r, ids, n, sorted);
		for (size_t i = 0; i < n; i++) {
			uint32_t word = word_order_word(sorted[i]);
			sorted_sum += word;
			if (!i || word >= 100)
				continue;
			uint32_t before = word_order_word(sorted[i - 1]);
			assert_true(before >= 100 || frequencies[before] <= frequencies[word]);
		}
		assert_true(sum == sorted_sum);
	}
	word_order_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_any_length),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
