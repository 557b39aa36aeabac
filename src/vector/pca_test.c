#include "vector/pca.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/draw.h"

/* A times each vector is its value times it, and the vectors are orthogonal. */
static void eigenvectors(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct draw d = draw_start(seed, 1, 0);
		size_t n = 1 + draw_below(&d, 40), rank = 1 + draw_below(&d, 45);
		double a[40 * 40] = { 0 }, m[40 * 40], values[40], row[40], largest = 1e-300;
		for (size_t r = 0; r < rank; r++) { /* not of full rank, and with equal rows */
			for (size_t i = 0; i < n; i++)
				row[i] = (double)draw_below(&d, 5) - 2;
			for (size_t i = 0; i < n * n; i++)
				a[i] += row[i / n] * row[i % n];
		}
		memcpy(m, a, sizeof(m));
		pca_eigen(m, n, values);
		for (size_t i = 0; i < n; i++)
			largest = fmax(largest, fabs(values[i]));
		for (size_t v = 0; v < n; v++) {
			assert_true(!v || values[v] <= values[v - 1]);
			for (size_t i = 0; i < n; i++) {
				double sum = 0, product = 0;
				for (size_t k = 0; k < n; k++) {
					sum += a[i * n + k] * m[v * n + k];
					product += m[i * n + k] * m[v * n + k];
				}
				assert_true(fabs(sum - values[v] * m[v * n + i]) < 1e-10 * largest);
				assert_true(fabs(product - (i == v)) < 1e-10);
			}
		}
	}
}

/* Points along one direction, and a little along another. */
static void directions(void **state)
{
	(void)state;
	struct vectors v = VECTORS_INIT, one = VECTORS_INIT, two = VECTORS_INIT;
	struct draw d = draw_start(1, 1, 0);
	for (size_t i = 0; i < 2000; i++) {
		double along = 10 * (draw_fraction(&d) - 0.5), beside = draw_fraction(&d) - 0.5;
		const double row[] = { 7 + 0.6 * along, 0.8 * along - 0.1 * beside, -5, beside };
		assert_int_equal(vectors_add(&v, row, 4), SOW_OK);
	}
	struct workers *crew = workers_new(3);
	assert_int_equal(pca_project(&one, &v, 0.95, 0, crew), SOW_OK);
	assert_int_equal(pca_project(&two, &v, 1, 2, crew), SOW_OK);
	assert_true(one.dims == 1 && two.dims == 2 && two.count == v.count);
	/* what two numbers hold of them, distances are near those of four */
	for (size_t i = 1; i < v.count; i++) {
		double far = 0, near = 0;
		for (size_t k = 0; k < 4; k++)
			far += pow((double)v.rows[i * v.stride + k] - (double)v.rows[k], 2);
		for (size_t k = 0; k < 2; k++)
			near += pow((double)two.rows[i * two.stride + k] - (double)two.rows[k], 2);
		assert_true(fabs(far - near) < 1e-3);
		assert_true(one.rows[i * one.stride] == two.rows[i * two.stride]);
	}
	struct vectors alone = VECTORS_INIT;
	assert_int_equal(pca_project(&alone, &v, 1, 2, NULL), SOW_OK);
	assert_memory_equal(alone.rows, two.rows, two.count * two.stride * sizeof(float));
	workers_free(crew);
	vectors_release(&alone);
	vectors_release(&one);
	vectors_release(&two);
	vectors_release(&v);
}

/* All rows alike: nothing to tell, and no number that is none. */
static void all_alike(void **state)
{
	(void)state;
	struct vectors v = VECTORS_INIT, less = VECTORS_INIT;
	for (size_t i = 0; i < 20; i++)
		assert_int_equal(vectors_add(&v, (const double[]){ 1, 2, 3 }, 3), SOW_OK);
	assert_int_equal(pca_project(&less, &v, 0.95, 0, NULL), SOW_OK);
	assert_true(less.count == 20 && less.dims == 3 && fabsf(less.rows[0]) < 1e-6f);
	vectors_release(&v);
	vectors_release(&less);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eigenvectors), cmocka_unit_test(directions), cmocka_unit_test(all_alike),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
