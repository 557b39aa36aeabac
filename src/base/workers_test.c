#include "base/workers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cpu.h"

#define ITEMS 1000

struct squares {
	size_t of[ITEMS];
	size_t times[ITEMS];
};

static void square(void *data, size_t item)
{
	struct squares *s = data;
	s->of[item] = item * item;
	s->times[item]++;
}

static void test_each_item_once(void **state)
{
	(void)state;
	static const size_t threads[] = { 1, 2, 3, 8 };
	for (size_t t = 0; t < 4; t++) {
		struct workers *crew = workers_new(threads[t]);
		assert_non_null(crew);
		assert_in_range(workers_count(crew), 1, threads[t]);
		for (size_t round = 0; round < 200; round++) {
			static struct squares s;
			s = (struct squares){ .of = { 0 } };
			size_t items = round * 5 % (ITEMS + 1);
			workers_run(crew, items, square, &s);
			for (size_t i = 0; i < ITEMS; i++) {
				assert_int_equal(s.times[i], i < items);
				assert_int_equal(s.of[i], i < items ? i * i : 0);
			}
		}
		workers_free(crew);
	}
}

static void test_alone(void **state)
{
	(void)state;
	static struct squares s;
	workers_run(NULL, ITEMS, square, &s);
	assert_int_equal(s.of[ITEMS - 1], (ITEMS - 1) * (ITEMS - 1));
	assert_int_equal(workers_count(NULL), 1);
	workers_free(NULL);
}

static void test_cpu(void **state)
{
	(void)state;
	assert_in_range(cpu_cores(), 1, 1u << 20);
	assert_true(cpu_has(CPU_PLAIN));
	assert_true(!cpu_has(CPU_AVX512) || cpu_has(CPU_AVX2));
	assert_false(cpu_has(CPU_AVX2) && cpu_has(CPU_NEON));
	struct workers *crew = workers_new(0);
	assert_in_range(workers_count(crew), 1, cpu_cores());
	workers_free(crew);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_item_once),
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_cpu),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
