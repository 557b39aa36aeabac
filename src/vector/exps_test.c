#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vector/exps.h"

#define MANY 1003

static void fill(float *x, size_t count)
{
	for (size_t i = 0; i < count; i++)
		x[i] = (float)i * -0.0931f + (float)(i % 7) * 0.013f;
}

/* Beside libm's in 64 bits. */
static void are_right(void **state)
{
	float x[MANY], out[MANY];
	double sum = 0;
	(void)state;
	fill(x, MANY);
	double got = exps(x, MANY, 0.5f, out);
	for (size_t i = 0; i < MANY; i++) {
		double want = exp((double)(x[i] - 0.5f));
		if (x[i] - 0.5f < -87)
			assert_true(out[i] == 0);
		else
			assert_true(fabs((double)out[i] - want) <= want * 2.4e-7);
		sum += want;
	}
	assert_true(fabs(got - sum) <= sum * 1e-7);
	assert_true(exps(x, MANY, 0.5f, NULL) == got);
}

/* Whatever the processor has, wherever the numbers end. */
static void are_the_same(void **state)
{
	float x[MANY], fast[MANY], plain[MANY];
	(void)state;
	fill(x, MANY);
	x[5] = -INFINITY;
	x[6] = -90;
	for (size_t count = 0; count < 40; count++) {
		assert_true(exps(x + count, count, 1.25f, fast) == exps_plain(x + count, count, 1.25f, plain));
		assert_memory_equal(fast, plain, count * sizeof(*fast));
	}
	exps_plain(x, MANY, 0, plain);
	exps(x, MANY, 0, x);
	assert_memory_equal(x, plain, sizeof(x));
	assert_true(x[5] == 0 && x[6] == 0);
}

static void the_largest(void **state)
{
	float x[MANY];
	(void)state;
	for (size_t count = 1; count < 60; count++) {
		fill(x, count);
		x[count / 3] = 9;
		x[count - 1] = count % 2 ? 10 : -1;
		float want = x[0];
		for (size_t i = 1; i < count; i++)
			want = x[i] > want ? x[i] : want;
		assert_true(exps_most(x, count) == want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(are_right),
		cmocka_unit_test(are_the_same),
		cmocka_unit_test(the_largest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
