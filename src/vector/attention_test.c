/* What is masked changes nothing but the work. */
#include "vector/attention.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/draw.h"
#include "vector/products.h"

#define ROWS 70
#define WIDTH 150
#define DIMS 21
#define HEAD 48 /* numbers of a place that are summed up */

static float queries[ROWS * DIMS], keys[WIDTH * DIMS], values[HEAD * WIDTH], weights[ROWS * WIDTH];
static float panels[(WIDTH + PANEL) * WIDTH], scores[ROWS * WIDTH], sums[ROWS * HEAD];
static bool shown[ROWS * WIDTH];

static void draw_numbers(float *out, size_t count, uint64_t stream)
{
	struct draw d = draw_start(stream, 1, 0);
	for (size_t i = 0; i < count; i++)
		out[i] = (float)draw_fraction(&d) - 0.5f;
}

/* Texts one behind the other that look at themselves, as far as they have come, and at what all of them
 * begin with. */
static void mask(struct attention *a, size_t rows, size_t width, size_t text, size_t common)
{
	memset(shown, 0, sizeof(shown));
	attention_begin(a, rows, width);
	for (size_t r = 0; r < rows; r++) {
		size_t from = common + r / text * text, end = common + r + 1 < width ? common + r + 1 : width;
		from = from < width ? from : width - 1;
		attention_show(a, r, 0, common);
		attention_show(a, r, from, end - from);
		for (size_t i = 0; i < width; i++)
			shown[r * width + i] = i < common || (i >= from && i < end);
		for (size_t i = 0; i < width; i++)
			weights[r * width + i] *= shown[r * width + i];
	}
}

static float chain(const float *a, const float *b, size_t count)
{
	float sum = 0;
	for (size_t k = 0; k < count; k++)
		sum = fmaf(a[k], b[k], sum);
	return sum;
}

static void check_scores(const struct attention *a, size_t rows, size_t width)
{
	size_t half = width / 2 / PANEL * PANEL;
	memset(scores, 0xff, sizeof(scores));
	panels_pack(panels, keys, DIMS, width, DIMS);
	attention_scores(a, queries, DIMS, panels, 0, half, DIMS, scores, width);
	attention_scores(a, queries, DIMS, panels + half * DIMS, half, width - half, DIMS, scores + half,
			 width);
	for (size_t i = 0; i < rows * width; i++) {
		float want = chain(queries + i / width * DIMS, keys + i % width * DIMS, DIMS);
		if (shown[i])
			assert_memory_equal(&want, &scores[i], sizeof(want));
		else
			assert_true(isnan(scores[i]) || memcmp(&want, &scores[i], sizeof(want)) == 0);
	}
}

static void check_sums(const struct attention *a, size_t rows, size_t width)
{
	float *spare = malloc(attention_spare(a, HEAD / PANEL) * sizeof(*spare));
	memset(sums, 0xff, sizeof(sums));
	panels_pack(panels, values, WIDTH, HEAD, width);
	attention_sums(a, weights, width, panels, HEAD / PANEL, sums, HEAD, spare);
	for (size_t i = 0; i < rows * HEAD; i++) {
		float want = chain(weights + i / HEAD * width, values + i % HEAD * WIDTH, width);
		assert_memory_equal(&want, &sums[i], sizeof(want));
	}
	free(spare);
}

static void masked(void **state)
{
	(void)state;
	static const size_t row_counts[] = { 1, 7, 8, 23, 24, 25, 31, 32, 33, 48, 55, 56, 70 };
	static const size_t widths[] = { 1, 15, 16, 17, 33, 100, 150 }, texts[] = { 1, 9, 30, 200 };
	struct attention a = { 0 };
	draw_numbers(queries, ROWS * DIMS, 1);
	draw_numbers(keys, WIDTH * DIMS, 2);
	draw_numbers(values, HEAD * WIDTH, 3);
	for (size_t r = 0; r < sizeof(row_counts) / sizeof(*row_counts); r++) {
		for (size_t w = 0; w < sizeof(widths) / sizeof(*widths); w++) {
			for (size_t t = 0; t < sizeof(texts) / sizeof(*texts); t++) {
				for (size_t common = 0; common < 60; common += 20) {
					draw_numbers(weights, ROWS * WIDTH, 4);
					mask(&a, row_counts[r], widths[w], texts[t],
					     common < widths[w] ? common : widths[w]);
					check_scores(&a, row_counts[r], widths[w]);
					check_sums(&a, row_counts[r], widths[w]);
				}
			}
		}
	}
	attention_release(&a);
}

/* Rows that are shown nothing have sums of nothing. */
static void nothing_shown(void **state)
{
	(void)state;
	struct attention a = { 0 };
	memset(shown, 0, sizeof(shown));
	memset(weights, 0, sizeof(weights));
	draw_numbers(values, HEAD * WIDTH, 3);
	attention_begin(&a, 40, 50);
	check_scores(&a, 40, 50);
	check_sums(&a, 40, 50);
	attention_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(masked), cmocka_unit_test(nothing_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
