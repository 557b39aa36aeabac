#include "text/novelty/sequences.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "sow/sow.h"
#include "text/corpus_test.h"

#define LONGEST 200

static size_t make(uint32_t *words, size_t seed)
{
	size_t n = seed * 7 % LONGEST;
	for (size_t i = 0; i < n; i++)
		words[i] = (uint32_t)((seed * 2654435761u + i * 40503u) >> (i * seed % 32));
	return n;
}

static void test_what_went_in_comes_out(void **state)
{
	(void)state;
	struct sequences s = SEQUENCES_INIT;
	uint32_t words[LONGEST], got[LONGEST];
	size_t failures = 0;
	for (size_t i = 0; i < 1000; i++) {
		size_t n = make(words, i);
		mem_fail_after(1 + (long)(i % 3));
		int status = sequences_add(&s, words, n, -(int64_t)i);
		mem_fail_after(0);
		if (status) {
			assert_int_equal(s.count, i);
			failures++;
			assert_int_equal(sequences_add(&s, words, n, -(int64_t)i), SOW_OK);
		}
		if (i % 5 == 0) {
			assert_int_equal(sequences_add(&s, words, n, 99), SOW_OK);
			sequences_drop_last(&s);
		}
	}
	assert_true(failures > 10);
	for (size_t i = 0; i < 1000; i++) {
		size_t n = make(words, i);
		assert_int_equal(sequences_length(&s, i), n);
		assert_int_equal(s.ids[i], -(int64_t)i);
		sequences_prefetch(&s, i);
		sequences_get(&s, i, got);
		assert_memory_equal(got, words, n * sizeof(*words));
	}
	sequences_release(&s);
}

static void test_limits(void **state)
{
	(void)state;
	struct sequences s = SEQUENCES_INIT;
	size_t n = SEQUENCE_LONGEST;
	uint32_t *words = mem_zalloc((n + 1) * sizeof(*words));
	words[n - 1] = UINT32_MAX;
	assert_int_equal(sequences_add(&s, words, n + 1, 0), SOW_TOOBIG);
	assert_int_equal(sequences_add(&s, words, n, 0), SOW_OK);
	assert_int_equal(sequences_length(&s, 0), n);
	memset(words, 1, n * sizeof(*words));
	sequences_get(&s, 0, words);
	assert_true(words[0] == 0 && words[n - 1] == UINT32_MAX);
	sequences_release(&s);
	mem_free(words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_went_in_comes_out),
		cmocka_unit_test(test_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
