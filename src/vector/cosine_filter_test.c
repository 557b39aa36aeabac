/* The filter against the plain way to write it, on many small sets; and of more dimensions, where sketches
 * are shorter than the rows. */
#include "vector/cosine_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/draw.h"

#define SETS 200
#define MANY 3000

static struct vectors v;
static uint32_t order[MANY], near[MANY], expected[MANY];
static double cosines[MANY], best[MANY];

/* Rows in clusters, many twice; some are all zeros. */
static void random_set(uint64_t seed, size_t count, size_t dims)
{
	struct draw d = draw_start(seed, 1, 0);
	double *row = malloc(dims * sizeof(*row)), *centres = malloc(20 * dims * sizeof(*centres));
	vectors_release(&v);
	for (size_t i = 0; i < 20 * dims; i++)
		centres[i] = draw_fraction(&d) - 0.5;
	for (size_t i = 0; i < count; i++) {
		size_t c = draw_below(&d, 20);
		double spread = draw_fraction(&d);
		for (size_t k = 0; k < dims; k++)
			row[k] = (i % 50 == 9) ? 0 : centres[c * dims + k] + spread * (draw_fraction(&d) - 0.5);
		assert_int_equal(vectors_add(&v, row, dims), SOW_OK);
		if (i % 7 == 3) {
			const float *from = v.rows + (i - 1) * v.stride;
			memcpy(v.rows + i * v.stride, from, dims * sizeof(float));
			v.norms[i] = v.norms[i - 1];
		}
		size_t to = draw_below(&d, (uint32_t)i + 1);
		order[i] = order[to];
		order[to] = (uint32_t)i;
	}
	free(row);
	free(centres);
}

static size_t plainly(const struct cosine_filter *w)
{
	size_t kept = 0;
	for (size_t i = 0; i < w->count; i++) {
		uint32_t row = w->order[i];
		expected[row] = COSINE_NONE;
		best[row] = 0;
		if (w->wanted && kept == w->wanted)
			continue;
		for (size_t e = 0; e < i && i >= w->held; e++) {
			uint32_t other = w->order[e];
			if ((w->against == COSINE_KEPT && expected[other] != COSINE_NONE) ||
			    (w->against == COSINE_HELD && e >= w->held))
				continue;
			double c = vectors_cosine(&v, row, other);
			if ((w->above ? c > w->threshold : c >= w->threshold) &&
			    (expected[row] == COSINE_NONE || c > best[row])) {
				expected[row] = other;
				best[row] = c;
			}
		}
		kept += expected[row] == COSINE_NONE;
	}
	return kept;
}

static void check(const struct cosine_filter *w, size_t threads)
{
	size_t kept, reached, wanted = plainly(w);
	struct workers *crew = workers_new(threads);
	cosine_filter_run(w, crew, near, cosines, &kept, &reached);
	workers_free(crew);
	assert_int_equal(kept, wanted);
	assert_memory_equal(near, expected, w->count * sizeof(*near));
	for (size_t i = 0; i < w->count; i++)
		assert_true(near[i] == COSINE_NONE || cosines[i] == best[i]);
}

static void small_sets(void **state)
{
	(void)state;
	struct draw d = draw_start(2, 1, 0);
	for (uint64_t seed = 1; seed <= SETS; seed++) {
		size_t count = 1 + draw_below(&d, 90), dims = 1 + draw_below(&d, 120);
		random_set(seed, count, dims);
		struct cosine_filter w = { .vectors = &v, .order = order, .count = count,
					   .threshold = 0.5 + 0.05 * (double)draw_below(&d, 11),
					   .above = seed % 2 };
		w.against = (enum cosine_filter_against)(seed % 3);
		w.held = seed % 3 == 2 ? draw_below(&d, (uint32_t)count) : 0;
		w.wanted = seed % 5 == 1 && !w.held ? 1 + draw_below(&d, 20) : 0;
		check(&w, 1 + seed % 3);
	}
}

static void larger_sets(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++) {
		random_set(seed, MANY / 2, 200);
		struct cosine_filter w = { .vectors = &v, .order = order, .count = MANY / 2,
					   .threshold = seed % 2 ? 0.95 : 0.8,
					   .against = (enum cosine_filter_against)(seed % 3) };
		w.held = seed % 3 == 2 ? 700 : 0;
		check(&w, 1 + seed % 3);
	}
}

/* Cosines of a and b .96, of b and c .96, of a and c .90: SemDeDup keeps a, the greedy way a and c. */
static void a_chain(void **state)
{
	(void)state;
	static const double rows[][3] = { { 1, 0, 0 }, { 0.96, 0.28, 0 }, { 0.90, 0.342857142857, 0.26916 } };
	vectors_release(&v);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(vectors_add(&v, rows[i], 3), SOW_OK);
		order[i] = i;
	}
	struct cosine_filter w = { .vectors = &v, .order = order, .count = 3, .threshold = 0.95 };
	check(&w, 1);
	assert_true(near[0] == COSINE_NONE && near[1] == 0 && near[2] == COSINE_NONE);
	w.against = COSINE_EARLIER;
	w.above = true;
	check(&w, 1);
	assert_true(near[0] == COSINE_NONE && near[1] == 0 && near[2] == 1);
	vectors_release(&v);
}

/* Three that hold the kept rows in turn find what one does. */
static void in_steps(void **state)
{
	(void)state;
	enum { SHARES = 3 };
	static struct cosine_match found[SHARES][COSINE_BLOCK], all[COSINE_BLOCK];
	uint64_t ids[COSINE_BLOCK];
	random_set(7, MANY / 2, 100);
	for (uint32_t i = 0; i < MANY / 2; i++)
		order[i] = i;
	const struct cosine_filter w = { .vectors = &v, .order = order, .count = MANY / 2, .threshold = 0.9 };
	size_t kept = plainly(&w), mine = 0;
	struct workers *crew = workers_new(2);
	struct cosine_filter_part *steps[SHARES];
	for (size_t k = 0; k < SHARES; k++)
		steps[k] = cosine_filter_part_new(&w, k, SHARES);
	float *rows = malloc(COSINE_BLOCK * v.dims * sizeof(*rows));
	for (size_t from = 0, count; from < w.count; from += count) {
		count = w.count - from < 300 ? w.count - from : 300;
		for (size_t i = 0; i < count; i++) {
			memcpy(rows + i * v.dims, v.rows + (from + i) * v.stride, v.dims * sizeof(*rows));
			ids[i] = 10 * (from + i);
			all[i] = (struct cosine_match){ 0, COSINE_NO_ID };
		}
		for (size_t k = 0; k < SHARES; k++) {
			assert_int_equal(cosine_filter_part_nearest(steps[k], crew, rows, count, v.dims,
								    found[k]), SOW_OK);
			for (size_t i = 0; i < count; i++) {
				const struct cosine_match *one = &found[k][i];
				if (one->id != COSINE_NO_ID &&
				    (all[i].id == COSINE_NO_ID || one->cosine > all[i].cosine ||
				     (one->cosine == all[i].cosine && one->id < all[i].id)))
					all[i] = *one;
			}
		}
		for (size_t k = 0; k < SHARES; k++) {
			memcpy(found[k], all, sizeof(all));
			cosine_filter_part_decide(steps[k], ids, found[k]);
		}
		for (size_t i = 0; i < count; i++) {
			uint32_t want = expected[from + i];
			mine += want == COSINE_NONE;
			for (size_t k = 0; k < SHARES; k++) {
				assert_true(found[k][i].id ==
					    (want == COSINE_NONE ? COSINE_NO_ID : 10 * (uint64_t)want));
				assert_true(want == COSINE_NONE || found[k][i].cosine == best[from + i]);
			}
		}
	}
	assert_true(kept == mine && kept < w.count - 100);
	for (size_t k = 0; k < SHARES; k++)
		cosine_filter_part_free(steps[k]);
	workers_free(crew);
	free(rows);
	vectors_release(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_sets), cmocka_unit_test(larger_sets), cmocka_unit_test(a_chain),
		cmocka_unit_test(in_steps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
