#include "text/kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "text/corpus_test.h"

#define HELD 300
#define LOWS 48

static uint64_t random_bits(unsigned sparse)
{
	uint64_t bits = UINT64_MAX;
	while (sparse--)
		bits &= (uint64_t)corpus_random(1u << 16) << 48 |
			(uint64_t)corpus_random(1u << 24) << 24 | corpus_random(1u << 24);
	return bits;
}

/* Calls `check` for every kind that runs here. */
static void each_kind(void (*check)(const struct kernel *k))
{
	assert_string_equal(kernels[0].name, "scalar");
	assert_true(kernels[0].can_run());
	assert_true(kernel_fastest()->can_run());
	for (size_t i = 0; i < kernel_count; i++) {
		if (kernels[i].can_run())
			check(&kernels[i]);
		else
			print_message("%s does not run here\n", kernels[i].name);
	}
}

/* Bits of `a` that `b` lacks, but for the six of the length. */
static unsigned missing(uint64_t a, uint64_t b)
{
	unsigned count = 0;
	for (uint64_t bits = a & ~b & SKETCH_WORDS; bits; bits &= bits - 1)
		count++;
	return count;
}

static void check_sift(const struct kernel *k)
{
	uint64_t held[HELD];
	uint32_t hits[HELD];
	size_t passed = 0;
	for (size_t round = 0; round < 4000; round++) {
		size_t n = corpus_random(HELD), from = corpus_random(HELD - n), at = 0;
		struct sieve sieve;
		for (size_t i = 0; i < sizeof(sieve.ours); i++) {
			sieve.ours[i] = (uint8_t)corpus_random(62 - round % 40);
			sieve.theirs[i] = (uint8_t)(corpus_random(9) ? corpus_random(62) : 255);
		}
		for (size_t i = 0; i < HELD; i++)
			held[i] = random_bits((unsigned)corpus_random(4));
		uint64_t ours = random_bits((unsigned)corpus_random(4));
		size_t found = k->sift(&sieve, ours, held + from, n, hits);
		for (uint32_t i = 0; i < n; i++) {
			uint64_t theirs = held[from + i];
			size_t length = theirs >> SKETCH_BITS;
			if (missing(ours, theirs) < sieve.ours[length] &&
			    missing(theirs, ours) < sieve.theirs[length])
				assert_int_equal(hits[at++], i);
		}
		assert_int_equal(found, at);
		passed += found;
	}
	assert_in_range(passed, 10000, 300000);
}

static void check_count(const struct kernel *k)
{
	uint64_t v[HELD];
	uint8_t counts[HELD + 1];
	for (size_t round = 0; round < 1000; round++) {
		size_t n = corpus_random(HELD);
		for (size_t i = 0; i < n; i++)
			v[i] = ~random_bits((unsigned)corpus_random(5));
		memset(counts, 99, sizeof(counts));
		k->count_clear(v, n, counts);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(counts[i], __builtin_popcountll(~v[i]));
		assert_int_equal(counts[n], 99);
	}
}

static void check_minimize(const struct kernel *k)
{
	uint32_t items[30], factors[LOWS], offsets[LOWS], lows[LOWS + 1], want[LOWS];
	for (size_t round = 0; round < 2000; round++) {
		size_t n = corpus_random(30), count = (1 + corpus_random(3)) * KERNEL_LANES;
		for (size_t i = 0; i < n; i++)
			items[i] = (uint32_t)random_bits(1);
		for (size_t j = 0; j < LOWS; j++) {
			factors[j] = (uint32_t)random_bits(1);
			offsets[j] = (uint32_t)random_bits(1);
			lows[j] = want[j] = (uint32_t)random_bits(0) >> corpus_random(4);
			for (size_t i = 0; i < n && j < count; i++) {
				uint32_t h = items[i] * factors[j] + offsets[j];
				want[j] = h < want[j] ? h : want[j];
			}
		}
		k->minimize(items, n, factors, offsets, lows, count);
		assert_memory_equal(lows, want, LOWS * sizeof(*lows));
	}
}

static void test_sift(void **state)
{
	(void)state;
	each_kind(check_sift);
}

static void test_count_clear(void **state)
{
	(void)state;
	each_kind(check_count);
}

static void test_minimize(void **state)
{
	(void)state;
	each_kind(check_minimize);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sift),
		cmocka_unit_test(test_count_clear),
		cmocka_unit_test(test_minimize),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
