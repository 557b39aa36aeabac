#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/draw.h"

/* Known answers of the Random123 distribution (kat_vectors). */
static void test_known_answers(void **state)
{
	(void)state;
	static const struct {
		uint32_t counter[4];
		uint32_t key[2];
		uint32_t out[4];
	} cases[] = {
		{ { 0 }, { 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
		{ { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff }, { 0xffffffff, 0xffffffff },
		  { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
		{ { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 }, { 0xa4093822, 0x299f31d0 },
		  { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t out[4];
		philox4x32(cases[i].counter, cases[i].key, out);
		assert_memory_equal(out, cases[i].out, sizeof(out));
	}
}

/* Which number goes where: a change here changes every data set that was ever grown. */
static void test_layout(void **state)
{
	(void)state;
	uint32_t out[4];
	struct draw d = draw_start(UINT64_C(0x1122334455667788), 7, UINT64_C(0x99AABBCCDDEEFF00));
	for (uint32_t number = 0; number < 3; number++) {
		const uint32_t counter[4] = { number, 7, 0xDDEEFF00, 0x99AABBCC };
		const uint32_t key[2] = { 0x55667788, 0x11223344 };
		philox4x32(counter, key, out);
		assert_true(draw_u64(&d) == ((uint64_t)out[1] << 32 | out[0]));
	}
}

static void test_repeats(void **state)
{
	(void)state;
	struct draw a = draw_start(1, 2, 3), b = draw_start(1, 2, 3);
	for (int i = 0; i < 100; i++)
		assert_true(draw_u64(&a) == draw_u64(&b));
	struct draw others[] = { draw_start(2, 2, 3), draw_start(1, 3, 3), draw_start(1, 2, 4),
				 draw_start(1, 2, 3 + (UINT64_C(1) << 32)) };
	a = draw_start(1, 2, 3);
	uint64_t first = draw_u64(&a);
	for (int i = 0; i < 4; i++)
		assert_true(draw_u64(&others[i]) != first);
}

static void test_below(void **state)
{
	(void)state;
	struct draw d = draw_start(1, 2, 3);
	size_t counts[175] = { 0 };
	for (int i = 0; i < 175000; i++) {
		size_t n = draw_below(&d, 175);
		assert_true(n < 175);
		counts[n]++;
	}
	for (int i = 0; i < 175; i++) /* 1000 expected, 32 a standard deviation */
		assert_in_range(counts[i], 840, 1160);
	for (int i = 0; i < 100; i++)
		assert_int_equal(draw_below(&d, 1), 0);
	/* plain multiplication would give every third of these numbers two chances */
	size_t n = SIZE_MAX / 4 * 3 + 3, thirds = 0;
	for (int i = 0; i < 30000; i++)
		thirds += draw_below(&d, n) % 3 == 0;
	assert_in_range(thirds, 9600, 10400);
}

static void test_sample(void **state)
{
	(void)state;
	struct draw d = draw_start(4, 5, 6);
	size_t out[DRAW_SAMPLE_MAX], first[10] = { 0 };
	for (int round = 0; round < 10000; round++) {
		bool seen[10] = { false };
		draw_sample(&d, 10, 4, out);
		for (int i = 0; i < 4; i++) {
			assert_true(out[i] < 10 && !seen[out[i]]);
			seen[out[i]] = true;
		}
		first[out[0]]++;
	}
	for (int i = 0; i < 10; i++)
		assert_in_range(first[i], 850, 1150);
	draw_sample(&d, DRAW_SAMPLE_MAX, DRAW_SAMPLE_MAX, out);
	size_t sum = 0;
	for (size_t i = 0; i < DRAW_SAMPLE_MAX; i++)
		sum += out[i];
	assert_int_equal(sum, DRAW_SAMPLE_MAX * (DRAW_SAMPLE_MAX - 1) / 2);
	draw_sample(&d, 3, 0, NULL);
}

/* Of ten things three are held at the end: each as often as any other. */
static void test_place(void **state)
{
	(void)state;
	size_t held[10] = { 0 };
	for (uint64_t round = 0; round < 10000; round++) {
		size_t places[3];
		for (size_t n = 0; n < 10; n++) {
			struct draw d = draw_start(round, 1, n);
			size_t place = draw_place(&d, n, 3);
			assert_true(place < 3 || place == DRAW_NOWHERE);
			assert_true(n >= 3 || place == n);
			if (place < 3)
				places[place] = n;
		}
		for (size_t i = 0; i < 3; i++)
			held[places[i]]++;
	}
	for (int i = 0; i < 10; i++)
		assert_in_range(held[i], 2850, 3150);
	struct draw d = draw_start(0, 0, 0);
	assert_int_equal(draw_place(&d, 0, 0), DRAW_NOWHERE);
}

static void test_shuffle(void **state)
{
	(void)state;
	struct draw d = draw_start(7, 8, 9);
	size_t seen[6] = { 0 };
	for (int round = 0; round < 6000; round++) {
		size_t a[3] = { 0, 1, 2 };
		draw_shuffle(&d, a, 3);
		assert_int_equal((1u << a[0]) + (1u << a[1]) + (1u << a[2]), 7);
		seen[a[0] * 2 + (a[1] > a[2])]++;
	}
	for (int i = 0; i < 6; i++) /* each of the six orders, 1000 expected */
		assert_in_range(seen[i], 850, 1150);
	size_t one = 5;
	draw_shuffle(&d, &one, 1);
	assert_int_equal(one, 5);
	draw_shuffle(&d, NULL, 0);
}

/* The numbers are in every data set that was ever made: they may only be added to. */
static void test_streams(void **state)
{
	(void)state;
	static const struct { enum draw_stream stream; uint32_t number; } rows[] = {
		{ DRAW_SELF_INSTRUCT_EXAMPLES, 1 }, { DRAW_SELF_INSTRUCT_INSTANCES, 2 },
		{ DRAW_EVOL_OPERATION, 3 }, { DRAW_EVOL_DATA, 4 }, { DRAW_ALPACA_EXAMPLES, 5 },
		{ DRAW_MEASURED, 6 }, { DRAW_TOKENS, 7630699 }, { DRAW_BACKOFF, 1650549611 },
		{ DRAW_MINHASH, 1835626088 }, { DRAW_TEMPLATE, 1953329260 },
		{ DRAW_SPLIT, 1936747636 }, { DRAW_SHUFFLE, 1869767794 }, { DRAW_REJECTED, 1919248996 },
		{ DRAW_SHOWN, 1936224119 }, { DRAW_SHOWN_ORDER, 1936224120 },
		{ DRAW_RECORDS, 1919247219 }, { DRAW_RECORDS_ORDER, 1919247220 },
		{ DRAW_NEAR_REJECTS, 1852137842 }, { DRAW_NEAR_REJECTS_ORDER, 1852137843 },
		{ DRAW_REJECTS, 1919248997 }, { DRAW_REJECTS_ORDER, 1919248998 },
		{ DRAW_SENTENCES, 1936027252 },
	};
	const size_t count = sizeof(rows) / sizeof(*rows);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(rows[i].stream, rows[i].number);
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(rows[i].stream, rows[j].stream);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_answers),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_below),
		cmocka_unit_test(test_sample),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_shuffle),
		cmocka_unit_test(test_streams),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
