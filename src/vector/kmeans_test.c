#include "vector/kmeans.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/draw.h"

static struct vectors v;

static void random_set(uint64_t seed, size_t count, size_t dims, size_t groups)
{
	struct draw d = draw_start(seed, 1, 0);
	double row[40], centres[20 * 40];
	vectors_release(&v);
	for (size_t i = 0; i < groups * dims; i++)
		centres[i] = 20 * (draw_fraction(&d) - 0.5);
	for (size_t i = 0; i < count; i++) {
		size_t of = i % groups;
		for (size_t k = 0; k < dims; k++)
			row[k] = centres[of * dims + k] + 0.5 * (draw_fraction(&d) - 0.5);
		assert_int_equal(vectors_add(&v, row, dims), SOW_OK);
	}
}

/* Where it ends each row is with the nearest centre, and each centre amid its rows. */
static void at_rest(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 100; seed++) {
		bool spherical = seed % 2;
		size_t dims = 1 + seed % 30, count = 1 + seed * 7 % 400;
		struct kmeans m, again;
		random_set(seed, count, dims, 1 + seed % 20);
		struct kmeans_options o = { .clusters = 1 + seed % 30, .spherical = spherical, .seed = seed };
		assert_int_equal(kmeans_run(&m, &v, &o, NULL), SOW_OK);
		assert_int_equal(m.centres.count, o.clusters < count ? o.clusters : count);
		for (size_t i = 0; i < count; i++) {
			double own = 0;
			for (size_t c = 0; c <= m.centres.count; c++) {
				double product = 0, far = 0;
				size_t at = c ? c - 1 : m.cluster[i];
				for (size_t k = 0; k < dims; k++) {
					double x = (double)v.rows[i * v.stride + k];
					double y = (double)m.centres.rows[at * m.centres.stride + k];
					product += x * y;
					far += (x - y) * (x - y);
				}
				far = spherical ? -product : far;
				own = c ? own : far;
				assert_true(own <= far + 1e-3);
			}
		}
		struct workers *crew = workers_new(3);
		assert_int_equal(kmeans_run(&again, &v, &o, crew), SOW_OK);
		workers_free(crew);
		assert_memory_equal(m.cluster, again.cluster, count * sizeof(*m.cluster));
		kmeans_release(&m);
		kmeans_release(&again);
	}
}

/* Groups far apart are found. */
static void groups(void **state)
{
	(void)state;
	struct kmeans m;
	random_set(3, 1200, 24, 6);
	assert_int_equal(kmeans_run(&m, &v, &(struct kmeans_options){ .clusters = 6 }, NULL), SOW_OK);
	for (size_t i = 6; i < v.count; i++)
		assert_int_equal(m.cluster[i], m.cluster[i % 6]);
	for (size_t i = 0; i < 6; i++) {
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(m.cluster[i], m.cluster[k]);
	}
	kmeans_release(&m);
	vectors_release(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(at_rest), cmocka_unit_test(groups) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
