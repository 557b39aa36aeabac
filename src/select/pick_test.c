/* Every picker against the plain way to say it, on many small sets; and the numbers of known examples. */
#include "select/pick.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/draw.h"
#include "vector/kmeans.h"
#include "vector/pca.h"
#include "vector/products.h"

#define MANY 40
#define SETS 200

static struct vectors v, targets;
static const size_t *target_group;
static uint32_t tags[MANY * 8];
static size_t tag_starts[MANY + 1];
static struct pick numbers; /* of cluster */
static double score[MANY];
static size_t count;
static bool lean;

/* Coordinates on a coarse grid: many are equal, and so are many distances. */
static void random_set(uint64_t seed)
{
	struct draw d = draw_start(seed, 1, 0);
	vectors_release(&v);
	vectors_release(&targets);
	count = 1 + draw_below(&d, MANY);
	size_t dims = 1 + draw_below(&d, 11);
	for (size_t i = 0; i < count + 3; i++) {
		double row[11];
		for (size_t k = 0; k < dims; k++)
			row[k] = (double)draw_below(&d, 5) - 1;
		assert_int_equal(vectors_add(i < count ? &v : &targets, row, dims), SOW_OK);
	}
	for (size_t i = 0; i < count; i++)
		score[i] = (double)draw_below(&d, 6);
}

static bool is_taken(const struct chosen *c, size_t upto, size_t i)
{
	for (size_t n = 0; n < upto; n++) {
		if (c->list[n] == i)
			return true;
	}
	return false;
}

static float distance(size_t a, size_t b)
{
	return sqrtf(vectors_distance2_of(vectors_product(&v, a, b), v.norms[a], v.norms[b]));
}

static struct chosen picked(enum picker how, size_t wanted, const double *scores, size_t threads)
{
	struct pick p = { .count = count, .wanted = wanted, .score = scores, .vectors = &v,
			  .targets = &targets, .threshold = 0.8, .seed = 7, .is_lean = lean,
			  .target_group = target_group, .tags = tags, .tag_starts = tag_starts, .tag_count = 12,
			  .clusters = numbers.clusters, .overall = numbers.overall, .each = numbers.each };
	struct workers *crew = workers_new(threads);
	struct chosen c;
	struct sow_error err = { 0 };
	if (pick_run(how, &p, crew, &c, &err))
		fail_msg("%s", err.text);
	workers_free(crew);
	return c;
}

static void top_and_random(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SETS; seed++) {
		random_set(seed);
		struct chosen c = picked(PICK_TOP, count, score, 1), r = picked(PICK_RANDOM, count, NULL, 1);
		assert_true(c.count == count && r.count == count);
		for (size_t n = 1; n < count; n++) {
			size_t a = c.list[n - 1], b = c.list[n];
			assert_true(score[a] > score[b] || (score[a] == score[b] && a < b));
			assert_false(is_taken(&r, n, r.list[n]));
		}
		chosen_release(&c);
		chosen_release(&r);
	}
}

static void kcenter(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SETS; seed++) {
		random_set(seed);
		struct chosen c = picked(PICK_KCENTER, count / 2, NULL, 1 + seed % 3);
		assert_true(c.count == count / 2 && (!c.count || c.list[0] == 0));
		for (size_t n = 1; n < c.count; n++) {
			size_t best = PICK_NONE;
			float far = -1;
			for (size_t i = 0; i < count; i++) {
				float least = INFINITY;
				for (size_t m = 0; m < n; m++)
					least = fminf(least, distance(i, c.list[m]));
				if (!is_taken(&c, n, i) && least > far) {
					far = least;
					best = i;
				}
			}
			assert_int_equal(c.list[n], best);
		}
		chosen_release(&c);
	}
}

static double covered(const struct chosen *c, size_t upto, size_t more)
{
	double sum = 0;
	for (size_t i = 0; i < count; i++) {
		float best = 1 / (1 + distance(i, more));
		for (size_t m = 0; m < upto; m++)
			best = fmaxf(best, 1 / (1 + distance(i, c->list[m])));
		sum += (double)best;
	}
	return sum;
}

static void facility(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SETS; seed++) {
		random_set(seed);
		struct chosen c = picked(PICK_FACILITY, count / 2, NULL, 1 + seed % 3);
		assert_int_equal(c.count, count / 2);
		lean = true;
		struct chosen same = picked(PICK_FACILITY, count / 2, NULL, 1 + seed % 3);
		lean = false;
		assert_memory_equal(c.list, same.list, c.count * sizeof(*c.list));
		chosen_release(&same);
		for (size_t n = 0; n < c.count; n++) {
			double best = -1;
			for (size_t i = 0; i < count; i++)
				best = is_taken(&c, n, i) ? best : fmax(best, covered(&c, n, i));
			/* sums of floats in another order: as good as the best, if not the first of equals */
			assert_true(covered(&c, n, c.list[n]) > best - 1e-5);
			assert_false(is_taken(&c, n, c.list[n]));
		}
		chosen_release(&c);
	}
}

static void deita(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SETS; seed++) {
		random_set(seed);
		struct chosen ranked = picked(PICK_TOP, count, score, 1), c = picked(PICK_DEITA, count, score, 1);
		size_t n = 0;
		for (size_t m = 0; m < count; m++) {
			size_t at = ranked.list[m], near = PICK_NONE;
			double best = 0.8;
			for (size_t i = 0; i < n; i++) {
				if (vectors_cosine(&v, at, c.list[i]) > best) {
					near = c.list[i];
					best = vectors_cosine(&v, at, near);
				}
			}
			assert_int_equal(c.near[at], near);
			if (near == PICK_NONE)
				assert_int_equal(c.list[n++], at);
			else
				assert_true(c.cosine[at] == best);
		}
		assert_int_equal(n, c.count);
		chosen_release(&c);
		chosen_release(&ranked);
	}
}

/* The volume that rows of q_i x_i/|x_i| span, squared: the determinant of their products. */
static double volume(const size_t *list, size_t n, const double *q)
{
	double m[MANY][MANY], det = 1;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n; k++)
			m[i][k] = q[list[i]] * q[list[k]] * vectors_cosine(&v, list[i], list[k]);
	}
	for (size_t i = 0; i < n; i++) {
		det *= m[i][i];
		for (size_t k = i + 1; k < n && m[i][i] != 0; k++) {
			double f = m[k][i] / m[i][i];
			for (size_t j = i; j < n; j++)
				m[k][j] -= f * m[i][j];
		}
	}
	return det;
}

static void dpp(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SETS; seed++) {
		random_set(seed);
		for (size_t i = 0; i < count; i++)
			score[i] += 1;
		size_t wanted = count < 4 ? count : 4, list[MANY];
		struct chosen c = picked(PICK_DPP, wanted, score, 1 + seed % 3);
		for (size_t n = 0; n < c.count; n++) {
			double best = 0;
			memcpy(list, c.list, n * sizeof(*list));
			for (size_t i = 0; i < count; i++) {
				list[n] = i;
				best = is_taken(&c, n, i) ? best : fmax(best, volume(list, n + 1, score));
			}
			list[n] = c.list[n];
			assert_true(volume(list, n + 1, score) > best * (1 - 1e-4) - 1); /* rounding, of up to 36^4 */
		}
		chosen_release(&c);
	}
}

static double cosine_to(size_t target, size_t i)
{
	float product = products_of(targets.rows + target * targets.stride, v.rows + i * v.stride, v.dims);
	return vectors_cosine_of(product, v.norms[i], targets.norms[target]);
}

static void rds(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SETS; seed++) {
		random_set(seed);
		struct chosen c = picked(PICK_RDS, count, NULL, 1 + seed % 3);
		bool popped[3][MANY] = { 0 };
		size_t n = 0;
		for (size_t turn = 0; n < c.count && turn < 3 * count; turn++) {
			size_t q = turn % 3, best = PICK_NONE;
			double nearest = -2;
			for (size_t i = 0; i < count; i++) {
				double near = cosine_to(q, i);
				if (!popped[q][i] && near > nearest) {
					nearest = near;
					best = i;
				}
			}
			popped[q][best] = true;
			if (!is_taken(&c, n, best))
				assert_int_equal(c.list[n++], best);
		}
		assert_true(n == c.count && n == count);
		chosen_release(&c);
	}
}

/* Targets 0 and 2 share a turn. */
static void rds_in_groups(void **state)
{
	(void)state;
	static const size_t groups[] = { 0, 1, 0 };
	for (uint64_t seed = 1; seed <= SETS; seed++) {
		random_set(seed);
		target_group = groups;
		size_t wanted = 1 + count / 2, n = 0;
		struct chosen c = picked(PICK_RDS, wanted, NULL, 1 + seed % 3);
		target_group = NULL;
		bool popped[2][MANY] = { 0 };
		for (size_t turn = 0; n < wanted; turn++) {
			size_t g = turn % 2, best = PICK_NONE;
			double nearest = -2;
			for (size_t i = 0; i < count; i++) {
				double near = g ? cosine_to(1, i) : fmax(cosine_to(0, i), cosine_to(2, i));
				if (!popped[g][i] && near > nearest) {
					nearest = near;
					best = i;
				}
			}
			popped[g][best] = true;
			if (!is_taken(&c, n, best))
				assert_int_equal(c.list[n++], best);
		}
		assert_int_equal(n, c.count);
		chosen_release(&c);
	}
}

static void instag(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SETS; seed++) {
		struct draw d = draw_start(seed, 2, 0);
		bool seen[12] = { 0 }, any = true;
		random_set(seed);
		for (size_t i = 0; i < count; i++) {
			tag_starts[i + 1] = tag_starts[i];
			for (uint32_t tag = 0; tag < 12; tag++) {
				if (draw_below(&d, 6) == 0 && tag_starts[i + 1] < tag_starts[i] + 8)
					tags[tag_starts[i + 1]++] = tag;
			}
		}
		struct chosen c = picked(PICK_INSTAG, 1 + count / 2, NULL, 1);
		size_t n = 0;
		while (n < c.count) {
			/* the record with the most tags that stands behind the last of this pass, with a new one */
			size_t best = PICK_NONE;
			for (size_t i = 0; i < count; i++) {
				size_t of = tag_starts[i + 1] - tag_starts[i];
				bool adds = false;
				for (size_t t = tag_starts[i]; t < tag_starts[i + 1]; t++)
					adds = adds || !seen[tags[t]];
				if (adds && !is_taken(&c, n, i) &&
				    (best == PICK_NONE || of > tag_starts[best + 1] - tag_starts[best]))
					best = i;
			}
			if (best == PICK_NONE) {
				assert_true(any);
				any = false;
				memset(seen, 0, sizeof(seen));
				continue;
			}
			any = true;
			for (size_t t = tag_starts[best]; t < tag_starts[best + 1]; t++)
				seen[tags[t]] = true;
			assert_int_equal(c.list[n++], best);
		}
		size_t tagged = 0;
		for (size_t i = 0; i < count; i++)
			tagged += tag_starts[i + 1] > tag_starts[i];
		assert_int_equal(c.count, tagged < 1 + count / 2 ? tagged : 1 + count / 2);
		chosen_release(&c);
	}
}

/* Each record that is taken is among the best overall or the best of its cluster, and no other is. */
static void cluster(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SETS; seed++) {
		struct vectors less = VECTORS_INIT;
		struct kmeans m;
		random_set(seed);
		numbers = (struct pick){ .clusters = 1 + seed % count, .overall = seed % 5, .each = seed % 3 };
		struct chosen c = picked(PICK_CLUSTER, count, score, 1 + seed % 3);
		const struct kmeans_options o = { .clusters = numbers.clusters, .seed = 7 };
		assert_int_equal(pca_project(&less, &v, 0.95, 0, NULL), SOW_OK);
		assert_int_equal(kmeans_run(&m, &less, &o, NULL), SOW_OK);
		for (size_t i = 0; i < count; i++) {
			size_t before = 0, before_in_cluster = 0;
			for (size_t k = 0; k < count; k++) {
				bool better = score[k] > score[i] || (score[k] == score[i] && k < i);
				before += better;
				before_in_cluster += better && m.cluster[k] == m.cluster[i];
			}
			assert_true(is_taken(&c, c.count, i) ==
				    (before < numbers.overall || before_in_cluster < numbers.each));
		}
		kmeans_release(&m);
		vectors_release(&less);
		chosen_release(&c);
	}
	assert_int_equal(pick_clusters(52002), 161);
}

/* Points 0, 1, 2 and 10 on a line. */
static void on_a_line(void **state)
{
	(void)state;
	static const double points[] = { 0, 1, 2, 10 };
	vectors_release(&v);
	count = 4;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(vectors_add(&v, &points[i], 1), SOW_OK);
	struct chosen f = picked(PICK_FACILITY, 3, NULL, 2), k = picked(PICK_KCENTER, 3, NULL, 2);
	static const size_t facilities[] = { 1, 3, 0 }, centers[] = { 0, 3, 2 };
	assert_memory_equal(f.list, facilities, sizeof(facilities));
	assert_memory_equal(k.list, centers, sizeof(centers));
	chosen_release(&f);
	chosen_release(&k);
}

static void no_matter_how_many_threads(void **state)
{
	(void)state;
	static const enum picker hows[] = { PICK_KCENTER, PICK_FACILITY, PICK_DPP, PICK_RDS,
					     PICK_DEITA, PICK_CLUSTER };
	numbers = (struct pick){ .overall = 20, .each = 1 };
	struct draw d = draw_start(3, 1, 0);
	double row[24], *scores = malloc(2000 * sizeof(*scores));
	vectors_release(&v);
	vectors_release(&targets);
	count = 2000;
	for (size_t i = 0; i < count + 5; i++) {
		for (size_t k = 0; k < 24; k++)
			row[k] = draw_fraction(&d) - 0.5;
		assert_int_equal(vectors_add(i < count ? &v : &targets, row, 24), SOW_OK);
		if (i < count)
			scores[i] = draw_fraction(&d);
	}
	for (size_t h = 0; h < sizeof(hows) / sizeof(*hows); h++) {
		struct chosen one = picked(hows[h], 50, scores, 1);
		for (size_t threads = 2; threads <= 5; threads++) {
			struct chosen more = picked(hows[h], 50, scores, threads);
			assert_int_equal(one.count, more.count);
			assert_memory_equal(one.list, more.list, one.count * sizeof(*one.list));
			chosen_release(&more);
		}
		chosen_release(&one);
	}
	free(scores);
	vectors_release(&v);
	vectors_release(&targets);
}

static void groups_take_turns(void **state)
{
	(void)state;
	size_t list[] = { 5, 4, 3, 2, 1, 0 };
	static const size_t group_of[] = { 0, 0, 1, 0, 1, 0 };
	static const size_t expected[] = { 5, 4, 3, 2, 1, 0 };
	pick_balance(list, 6, group_of, 2);
	assert_memory_equal(list, expected, sizeof(expected));
	static const size_t other[] = { 0, 0, 0, 1, 0, 2 }, turns[] = { 5, 4, 3, 2, 1, 0 };
	pick_balance(list, 6, other, 3);
	assert_memory_equal(list, turns, sizeof(turns));
	static const size_t two[] = { 1, 1, 0, 0, 0, 0 }, mixed[] = { 5, 1, 4, 0, 3, 2 };
	pick_balance(list, 6, two, 2);
	assert_memory_equal(list, mixed, sizeof(mixed));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(top_and_random), cmocka_unit_test(kcenter), cmocka_unit_test(facility),
		cmocka_unit_test(deita), cmocka_unit_test(dpp), cmocka_unit_test(rds),
		cmocka_unit_test(rds_in_groups), cmocka_unit_test(instag), cmocka_unit_test(cluster),
		cmocka_unit_test(on_a_line), cmocka_unit_test(no_matter_how_many_threads),
		cmocka_unit_test(groups_take_turns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
