#include "text/novelty/prefix_bounds.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>

#include <cmocka.h>

#include "text/rouge.h"

#define LONGEST 90

static const double bars[] = { 0, 0.05, 0.3, 1.0 / 3, 0.5, 2.0 / 3, 0.7, 0.75, 0.9, 0.99, 1 };

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The fewest common words with which rouge_f itself is above the bar; more than fit: none. */
static size_t fewest(double bar, size_t a, size_t b)
{
	size_t lcs = 1;
	while (lcs <= smaller(a, b) && !(rouge_f(lcs, a, b) > bar))
		lcs++;
	return lcs;
}

/* Never more than rouge_f needs, and at most one less (where F meets the bar). */
static void test_needed(void **state)
{
	(void)state;
	for (size_t t = 0; t < sizeof(bars) / sizeof(bars[0]); t++) {
		for (size_t a = 1; a < LONGEST; a++) {
			for (size_t b = 1; b < LONGEST; b++) {
				size_t needed = common_needed(bars[t], a, b);
				size_t truth = fewest(bars[t], a, b);
				if (truth <= smaller(a, b))
					assert_in_range(needed, truth - 1, truth);
				else
					assert_true(needed >= smaller(a, b));
			}
		}
	}
}

static void check_pair(const struct prefix_bounds *r, double bar, size_t n, size_t m)
{
	size_t truth = fewest(bar, n, m), c = LENGTH_CLASSES - 1;
	size_t length = smaller(m, SKETCH_LENGTHS - 1);
	if (truth > smaller(n, m))
		return;
	while (length_class_start[c] > m)
		c--;
	/* with that many in common, the rarest is at most this far back */
	assert_true(r->prefix >= n - truth + 1);
	assert_true(r->visits[2 * c] >= n - truth + 1 && r->visits[2 * c] <= r->prefix);
	/* the other's word is equally far back: if that is late, the search visits it */
	struct prefix_bounds other;
	prefix_bounds_of(&other, bar, m);
	assert_true(other.early >= m - truth + 1 || r->visits[2 * c + 1] >= n - truth + 1);
	assert_true(r->sieve.ours[length] > smaller(n - truth, SKETCH_BITS));
	assert_true(r->sieve.theirs[length] > smaller(m - truth, SKETCH_BITS));
}

/* What can score above the bar is within the bounds, and little else. */
static void test_prefix_bounds(void **state)
{
	(void)state;
	for (size_t t = 0; t < sizeof(bars) / sizeof(bars[0]); t++) {
		for (size_t n = 1; n < 400; n += n < 80 ? 1 : 9) {
			struct prefix_bounds r;
			prefix_bounds_of(&r, bars[t], n);
			for (size_t m = 1; m < 500; m += m < 80 ? 1 : 7)
				check_pair(&r, bars[t], n, m);
			assert_in_range(r.prefix, 1, n);
		}
	}
	struct prefix_bounds r;
	prefix_bounds_of(&r, 0.7, 17);
	assert_int_equal(r.prefix, 8);
	assert_int_equal(r.early, 6);
	assert_int_equal(r.visits[2 * 6 + 1], 0); /* 14 and 15 words */
	assert_true(r.visits[2 * 6] > 0);
	assert_int_equal(r.sieve.ours[9], 0);
	assert_int_equal(r.sieve.ours[17], 6);
	assert_int_equal(r.sieve.ours[32], 0);
	assert_int_equal(r.visits[POSTING_CLASSES - 2], 0);
	prefix_bounds_of(&r, 0.7, 0);
	assert_int_equal(r.prefix, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_needed),
		cmocka_unit_test(test_prefix_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
