/* Two rounds against the plain way to say them, and their bound against the best of all choices. */
#include "select/greedi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/draw.h"
#include "base/error.h"
#include "select/pick.h"
#include "vector/products.h"

#define MANY 40
#define SETS 200

static struct vectors v;
static size_t count;

/* Coordinates on a coarse grid: many are equal, and so are many distances. */
static void random_set(uint64_t seed, size_t most)
{
	struct draw d = draw_start(seed, 1, 0);
	vectors_release(&v);
	count = 1 + draw_below(&d, most);
	size_t dims = 1 + draw_below(&d, 11);
	for (size_t i = 0; i < count; i++) {
		double row[11];
		for (size_t k = 0; k < dims; k++)
			row[k] = (double)draw_below(&d, 5) - 1;
		assert_int_equal(vectors_add(&v, row, dims), SOW_OK);
	}
}

static int32_t similarity(size_t a, size_t b)
{
	float product = vectors_product(&v, a, b);
	int32_t out;
	similarities(&product, v.norms[a], &v.norms[b], 1, &out);
	return out;
}

/* The sum over the records that `of` has, as flags, to the nearest of a choice. */
static int64_t value(const bool *of, const size_t *list, size_t n)
{
	int64_t sum = 0;
	for (size_t i = 0; i < count; i++) {
		int32_t best = 0;
		for (size_t m = 0; m < n && of[i]; m++)
			best = similarity(i, list[m]) > best ? similarity(i, list[m]) : best;
		sum += best;
	}
	return sum;
}

/* Of candidates, by what the records `of` have of them; of equals the first. How many were picked. */
static size_t greedy(const bool *of, const bool *candidates, size_t wanted, size_t *list)
{
	size_t n = 0;
	bool left[MANY];
	memcpy(left, candidates, sizeof(left));
	for (; n < wanted; n++) {
		size_t best = PICK_NONE;
		int64_t most = -1;
		for (size_t i = 0; i < count; i++) {
			list[n] = i;
			int64_t sum = left[i] ? value(of, list, n + 1) : -1;
			best = sum > most ? i : best;
			most = sum > most ? sum : most;
		}
		if (best == PICK_NONE)
			break;
		list[n] = best;
		left[best] = false;
	}
	return n;
}

static struct chosen picked(size_t parts, size_t wanted, uint64_t seed, size_t threads)
{
	const struct pick p = { .count = count, .wanted = wanted, .vectors = &v, .seed = seed, .parts = parts };
	struct workers *crew = workers_new(threads);
	struct chosen c;
	struct sow_error err = { 0 };
	if (pick_run(PICK_FACILITY, &p, crew, &c, &err))
		fail_msg("%s", err.text);
	workers_free(crew);
	return c;
}

static void as_said(void **state)
{
	(void)state;
	bool all[MANY];
	memset(all, true, sizeof(all));
	for (uint64_t seed = 1; seed <= SETS; seed++) {
		random_set(seed, MANY);
		struct greedi r = { .parts = 1 + seed % 5, .wanted = 1 + count / 4, .seed = seed };
		bool picks[MANY] = { false };
		size_t list[MANY], n;
		for (size_t p = 0; p < r.parts; p++) {
			bool of[MANY];
			for (size_t i = 0; i < MANY; i++)
				of[i] = i < count && greedi_part(&r, i) == p;
			n = greedy(of, of, r.wanted, list);
			for (size_t k = 0; k < n; k++)
				picks[list[k]] = true;
		}
		n = greedy(all, picks, r.wanted, list);
		struct chosen c = picked(r.parts, r.wanted, seed, 1 + seed % 3);
		assert_int_equal(c.count, n);
		assert_memory_equal(c.list, list, n * sizeof(*list));
		assert_true(c.reached == (double)value(all, list, n));
		chosen_release(&c);
	}
}

static void one_part_is_exact(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SETS; seed++) {
		random_set(seed, MANY);
		struct chosen one = picked(1, count / 2, seed, 2), exact = picked(0, count / 2, seed, 2);
		assert_int_equal(one.count, exact.count);
		assert_memory_equal(one.list, exact.list, one.count * sizeof(*one.list));
		assert_true(one.reached == exact.reached && one.most == exact.most);
		chosen_release(&one);
		chosen_release(&exact);
	}
}

/* The best of all choices of so many. */
static int64_t best_of(const bool *all, size_t *list, size_t n, size_t wanted, size_t from)
{
	if (n == wanted)
		return value(all, list, n);
	int64_t best = 0;
	for (size_t i = from; i < count; i++) {
		list[n] = i;
		int64_t with = best_of(all, list, n + 1, wanted, i + 1);
		best = with > best ? with : best;
	}
	return best;
}

static void bound(void **state)
{
	(void)state;
	bool all[MANY];
	size_t list[MANY], below = 0;
	memset(all, true, sizeof(all));
	for (uint64_t seed = 1; seed <= 2 * SETS; seed++) {
		random_set(seed, 12);
		size_t wanted = 1 + seed % 3, parts = seed % 5;
		wanted = wanted < count ? wanted : count;
		struct chosen c = picked(parts, wanted, seed, 1);
		double best = (double)best_of(all, list, 0, wanted, 0);
		assert_true(c.reached <= best);
		/* distances of equal rows are not quite those of the triangle inequality: rounding */
		assert_true(best <= c.most * (1 + 1e-6));
		assert_true(c.reached >= 0.19 / (double)(parts ? parts : 1) * best);
		below += c.reached < best;
		chosen_release(&c);
	}
	assert_true(below > 20);
}

/* One record in the middle of all others: the part that lacks it has no choice as good, and must not bound what
 * the middle brings it by what its own bring. */
static void a_star(void **state)
{
	(void)state;
	bool all[61];
	size_t middle = 0;
	memset(all, true, sizeof(all));
	vectors_release(&v);
	count = 61;
	for (size_t i = 0; i < count; i++) {
		double row[60] = { 0 };
		if (i)
			row[i - 1] = 1;
		assert_int_equal(vectors_add(&v, row, 60), SOW_OK);
	}
	double best = (double)value(all, &middle, 1);
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct chosen c = picked(2, 1, seed, 1);
		assert_int_equal(c.list[0], middle);
		assert_true(c.reached == best && best <= c.most && c.most < 1.3 * best);
		chosen_release(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_said), cmocka_unit_test(one_part_is_exact), cmocka_unit_test(bound),
		cmocka_unit_test(a_star),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
