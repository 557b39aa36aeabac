/* Products are the same for every kernel that this processor runs, whatever the shape of the block. */
#include "vector/products.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/draw.h"

#define ROWS 29
#define OTHERS 200
#define DIMS_MOST 384

static float rows[ROWS * DIMS_MOST], others[OTHERS * DIMS_MOST], panels[(OTHERS + PANEL) * DIMS_MOST];
static float out[ROWS * (OTHERS + PANEL)];

static float plainly(const float *a, const float *b, size_t dims)
{
	float sum = 0;
	for (size_t k = 0; k < dims; k++)
		sum = fmaf(a[k], b[k], sum);
	return sum;
}

static void draw_numbers(void)
{
	struct draw d = draw_start(1, 1, 0);
	for (size_t i = 0; i < ROWS * DIMS_MOST; i++)
		rows[i] = (float)draw_fraction(&d) - 0.5f;
	for (size_t i = 0; i < OTHERS * DIMS_MOST; i++)
		others[i] = (float)draw_fraction(&d) - 0.5f;
}

static void blocks(void **state)
{
	(void)state;
	static const size_t lengths[] = { 1, 2, 7, 63, 64, 384 };
	size_t wide = panels_of(OTHERS) * PANEL;
	draw_numbers();
	for (size_t k = 0; products_kernel(k); k++) {
		products_use(k);
		for (size_t l = 0; l < sizeof(lengths) / sizeof(*lengths); l++) {
			size_t dims = lengths[l];
			uint32_t list[OTHERS];
			panels_pack(panels, others, DIMS_MOST, OTHERS, dims);
			for (size_t count = 1; count <= ROWS; count += 7) {
				memset(out, 0xff, sizeof(out));
				products(rows, DIMS_MOST, count, panels, wide / PANEL, dims, out, wide);
				for (size_t r = 0; r < count; r++) {
					for (size_t i = 0; i < OTHERS; i++) {
						float one = plainly(rows + r * DIMS_MOST, others + i * DIMS_MOST, dims);
						assert_memory_equal(&one, &out[r * wide + i], sizeof(one));
					}
				}
			}
			for (size_t i = 0; i < OTHERS; i++)
				list[i] = (uint32_t)(OTHERS - 1 - i);
			products_listed(rows, others, DIMS_MOST, list, OTHERS - 1, dims, out);
			for (size_t i = 0; i + 1 < OTHERS; i++) {
				float one = products_of(others + list[i] * DIMS_MOST, rows, dims);
				assert_memory_equal(&one, &out[i], sizeof(one));
			}
		}
	}
}

/* Tiles of several panels leave some over. */
static void few_panels(void **state)
{
	(void)state;
	const size_t dims = 37;
	draw_numbers();
	panels_pack(panels, others, DIMS_MOST, OTHERS, dims);
	for (size_t k = 0; products_kernel(k); k++) {
		products_use(k);
		for (size_t few = 1; few <= 9; few++) {
			size_t wide = few * PANEL;
			memset(out, 0xff, sizeof(out));
			products(rows, DIMS_MOST, ROWS, panels, few, dims, out, wide + 3);
			for (size_t r = 0; r < ROWS; r++) {
				for (size_t i = 0; i < wide; i++) {
					float one = plainly(rows + r * DIMS_MOST, others + i * DIMS_MOST, dims);
					assert_memory_equal(&one, &out[r * (wide + 3) + i], sizeof(one));
				}
			}
		}
	}
}

static void pairs(void **state)
{
	(void)state;
	struct draw d = draw_start(4, 1, 0);
	struct products_pair list[40];
	draw_numbers();
	for (size_t i = 0; i < 40; i++)
		list[i] = (struct products_pair){ (uint32_t)draw_below(&d, OTHERS), (uint32_t)draw_below(&d, OTHERS) };
	for (size_t k = 0; products_kernel(k); k++) {
		products_use(k);
		for (size_t count = 0; count <= 40; count++) {
			memset(out, 0xff, sizeof(out));
			products_paired(others, DIMS_MOST, list, count, 100, out);
			for (size_t i = 0; i < count; i++) {
				float one = plainly(others + list[i].a * DIMS_MOST, others + list[i].b * DIMS_MOST, 100);
				assert_memory_equal(&one, &out[i], sizeof(one));
			}
			assert_true(isnan(out[count])); /* no more than that is written */
		}
	}
}

static void those_that_reach(void **state)
{
	(void)state;
	struct draw d = draw_start(2, 1, 0);
	for (size_t k = 0; products_kernel(k); k++) {
		products_use(k);
		for (size_t count = 0; count < OTHERS; count++) {
			uint32_t list[OTHERS];
			size_t n = 0;
			for (size_t i = 0; i < count; i++)
				out[i] = (float)draw_below(&d, 5);
			size_t found = products_reaching(out, count, 3, list);
			for (size_t i = 0; i < count; i++) {
				if (out[i] >= 3)
					assert_int_equal(list[n++], i);
			}
			assert_int_equal(n, found);
		}
	}
}

static void how_alike(void **state)
{
	(void)state;
	struct draw d = draw_start(3, 1, 0);
	float norms[OTHERS];
	int32_t first[OTHERS], likes[OTHERS];
	for (size_t i = 0; i < OTHERS; i++) {
		out[i] = (float)draw_fraction(&d);
		norms[i] = (float)draw_fraction(&d) + 0.5f;
	}
	out[0] = norms[0] = 0.75f;
	for (size_t k = 0; products_kernel(k); k++) {
		products_use(k);
		similarities(out, 0.75f, norms, OTHERS - 1, likes);
		assert_int_equal(likes[0], SIMILARITY_ONE);
		if (!k)
			memcpy(first, likes, sizeof(first));
		assert_memory_equal(likes, first, (OTHERS - 1) * sizeof(*first));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks), cmocka_unit_test(few_panels), cmocka_unit_test(pairs),
		cmocka_unit_test(those_that_reach), cmocka_unit_test(how_alike),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
