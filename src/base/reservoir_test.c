#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/reservoir.h"

#define THINGS 100
#define SLOTS 10

static void choose(struct reservoir *r, int kept[THINGS])
{
	for (int i = 0; i < THINGS; i++) {
		size_t slot = reservoir_slot(r);
		if (slot == RESERVOIR_NONE)
			continue;
		assert_true(slot < (r->most ? r->most : THINGS));
		kept[slot] = i;
	}
	assert_int_equal(r->passed, THINGS);
}

static void all_of_few(void **state)
{
	(void)state;
	struct reservoir all = { .seed = 1 };
	struct reservoir enough = { .most = THINGS, .seed = 1 };
	int kept[THINGS];
	choose(&all, kept);
	for (int i = 0; i < THINGS; i++)
		assert_int_equal(kept[i], i);
	choose(&enough, kept);
	for (int i = 0; i < THINGS; i++)
		assert_int_equal(kept[i], i);
}

/* Over many seeds each thing is kept about as often: 10 % of 20,000, within five deviations. */
static void none_is_favoured(void **state)
{
	(void)state;
	int times[THINGS] = { 0 };
	for (uint64_t seed = 0; seed < 20000; seed++) {
		struct reservoir r = { .most = SLOTS, .seed = seed, .stream = 7 };
		int kept[THINGS];
		choose(&r, kept);
		for (int i = 0; i < SLOTS; i++)
			times[kept[i]]++;
	}
	for (int i = 0; i < THINGS; i++)
		assert_in_range(times[i], 2000 - 212, 2000 + 212);
}

static void a_seed_chooses_the_same(void **state)
{
	(void)state;
	struct reservoir a = { .most = SLOTS, .seed = 5 }, b = a, other = { .most = SLOTS, .seed = 6 };
	int first[THINGS] = { 0 }, second[THINGS] = { 0 }, third[THINGS] = { 0 };
	choose(&a, first);
	choose(&b, second);
	choose(&other, third);
	assert_memory_equal(first, second, sizeof(first));
	assert_int_not_equal(memcmp(first, third, sizeof(first)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_few), cmocka_unit_test(none_is_favoured),
		cmocka_unit_test(a_seed_chooses_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
