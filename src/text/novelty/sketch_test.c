#include "text/novelty/sketch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>

#include <cmocka.h>

#include "text/corpus_test.h"

#define LONGEST 300

/* How many of `a` are in `b`, each one there counted once. */
static size_t common(const uint32_t *a, size_t na, const uint32_t *b, size_t nb)
{
	bool used[LONGEST] = { false };
	size_t count = 0;
	for (size_t i = 0; i < na; i++) {
		for (size_t j = 0; j < nb; j++) {
			if (!used[j] && a[i] == b[j]) {
				used[j] = true;
				count++;
				break;
			}
		}
	}
	return count;
}

static void check_wide(const uint32_t *a, size_t na, const uint32_t *b, size_t nb, size_t both)
{
	uint64_t wa[LONGEST / 16], wb[LONGEST / 16];
	size_t size = sketch_wide_size(na), a_missing, b_missing;
	assert_int_equal(size & (size - 1), 0);
	assert_true(na <= SKETCH_ENOUGH ? !size : size * 32 >= na);
	if (!size)
		return;
	sketch_wide(wa, size, a, na);
	sketch_wide(wb, size, b, nb);
	sketch_wide_missing(wa, wb, size, &a_missing, &b_missing);
	assert_true(a_missing <= na - both);
	assert_true(b_missing <= nb - both);
	sketch_wide_missing(wa, wa, size, &a_missing, &b_missing);
	assert_int_equal(a_missing + b_missing, 0);
}

/* Missing bits never say that more words are missing than are; and they say something. */
static void test_bound(void **state)
{
	(void)state;
	uint32_t a[LONGEST], b[LONGEST];
	size_t told = 0;
	for (size_t round = 0; round < 10000; round++) {
		size_t longest = round % 2 ? 40 : LONGEST + 1, words = 1 + corpus_random(2000);
		size_t na = corpus_random(longest), nb = corpus_random(longest);
		for (size_t i = 0; i < LONGEST; i++) {
			a[i] = (uint32_t)corpus_random(words);
			b[i] = corpus_random(3) ? a[i] : (uint32_t)corpus_random(words);
		}
		uint64_t sa = sketch_of(a, na), sb = sketch_of(b, nb);
		assert_int_equal(sketch_length(sa), na < 63 ? na : 63);
		size_t both = common(a, na, b, nb);
		assert_true(sketch_missing(sa, sb) <= na - both);
		assert_true(sketch_missing(sb, sa) <= nb - both);
		told += sketch_missing(sa, sb) * 2 > na - both;
		check_wide(a, na, b, nb, both);
	}
	assert_true(told > 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
