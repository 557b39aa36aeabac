#include "text/novelty.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "text/corpus_test.h"
#include "text/rouge.h"

#define HELD 120
#define ID_OF(i) ((int64_t)(i) * 10 - 500) /* ids are the caller's: any number */

struct pool {
	struct words w[HELD];
	struct novelty *nv;
};

static void make_words(struct words *w, size_t count)
{
	w->ids = mem_alloc(count * sizeof(*w->ids));
	assert_non_null(w->ids);
	w->count = w->room = count;
}

/* A random sequence, or a known one with a few tokens changed, so that all scores occur. */
static void random_words(struct words *w, const struct words *near, size_t longest)
{
	if (!near) {
		make_words(w, corpus_random(longest + 1));
		for (size_t i = 0; i < w->count; i++)
			w->ids[i] = (uint32_t)corpus_random(40);
		return;
	}
	make_words(w, near->count + corpus_random(4));
	for (size_t i = 0; i < w->count; i++)
		w->ids[i] = i < near->count && corpus_random(6) ? near->ids[i]
								: (uint32_t)corpus_random(40);
}

static void pool_fill(struct pool *p, double threshold, size_t count, size_t longest)
{
	p->nv = novelty_new(threshold);
	assert_non_null(p->nv);
	for (size_t i = 0; i < count; i++) {
		const struct words *near = i && corpus_random(2) ? &p->w[corpus_random(i)] : NULL;
		random_words(&p->w[i], near, longest);
		assert_int_equal(novelty_add(p->nv, &p->w[i], ID_OF(i)), SOW_OK);
	}
	assert_int_equal(novelty_count(p->nv), count);
}

static void pool_release(struct pool *p, size_t count)
{
	for (size_t i = 0; i < count; i++)
		words_release(&p->w[i]);
	novelty_free(p->nv);
}

static double score(const struct words *a, const struct words *b)
{
	int lcs = lcs_plain(a->ids, a->count, b->ids, b->count);
	assert_true(lcs >= 0);
	return rouge_f((size_t)lcs, a->count, b->count);
}

static void expect_nearest(struct pool *p, size_t count, const struct words *w, double threshold)
{
	struct near best = { .score = 0 }, near;
	for (size_t i = 0; i < count; i++) {
		double f = score(&p->w[i], w);
		if (f > threshold && (!best.found || f > best.score))
			best = (struct near){ .score = f, .id = ID_OF(i), .found = true };
	}
	assert_int_equal(novelty_nearest(p->nv, w, &near), SOW_OK);
	assert_int_equal(near.found, best.found);
	assert_true(near.score == best.score);
	assert_true(near.id == best.id);
}

static void expect_few(struct pool *p, size_t count, const struct words *w, size_t k)
{
	struct near near[HELD];
	size_t found;
	double mean, sum = 0, scores[HELD];
	assert_int_equal(novelty_nearest_few(p->nv, w, k, near, &found, &mean), SOW_OK);
	for (size_t i = 0; i < count; i++)
		sum += scores[i] = score(&p->w[i], w);
	assert_true(mean == (count ? sum / (double)count : 0));
	assert_int_equal(found, k < count ? k : count);
	for (size_t n = 0; n < found; n++) {
		size_t best = 0;
		for (size_t i = 1; i < count; i++)
			if (scores[i] > scores[best])
				best = i;
		assert_true(near[n].found);
		assert_true(near[n].score == scores[best]);
		assert_true(near[n].id == ID_OF(best));
		scores[best] = -1;
	}
}

static void test_brute_force(void **state)
{
	(void)state;
	static const double thresholds[] = { 0, 0.3, 0.5, 0.7, 0.95, 1 };
	for (size_t round = 0; round < 60; round++) {
		struct pool p;
		double threshold = thresholds[round % 6];
		size_t count = round < 6 ? round % 2 : HELD, longest = round % 5 ? 20 : 150;
		pool_fill(&p, threshold, count, longest);
		for (int query = 0; query < 30; query++) {
			struct words w;
			bool close = count && corpus_random(3);
			random_words(&w, close ? &p.w[corpus_random(count)] : NULL, longest);
			expect_nearest(&p, count, &w, threshold);
			expect_few(&p, count, &w, corpus_random(15));
			words_release(&w);
		}
		if (count)
			expect_few(&p, count, &p.w[0], HELD);
		pool_release(&p, count);
	}
}

/* x repeated `lcs` times, then another token up to `length`. */
static void fill(struct words *w, size_t lcs, size_t length, uint32_t other)
{
	w->count = length;
	for (size_t i = 0; i < length; i++)
		w->ids[i] = i < lcs ? 7 : other;
}

/* Where F is exactly 7/10 rouge_score's doubles decide, and pruning must not. */
static void test_exactly_seven_tenths(void **state)
{
	(void)state;
	struct corpus c = CORPUS_INIT;
	assert_true(corpus_lines(&c, "tests/data/rouge_f.tsv"));
	struct words one, two;
	make_words(&one, 150);
	make_words(&two, 150);
	size_t dropped = 0;
	for (size_t i = 0; i < c.count; i++) {
		size_t lcs, a, b;
		double f;
		assert_int_equal(sscanf(c.texts[i].p, "%zu %zu %zu %lf", &lcs, &a, &b, &f), 4);
		fill(&one, lcs, a, 1);
		fill(&two, lcs, b, 2);
		struct novelty *nv = novelty_new(0.7);
		struct near near;
		assert_int_equal(novelty_add(nv, &one, 5), SOW_OK);
		assert_int_equal(novelty_nearest(nv, &two, &near), SOW_OK);
		assert_int_equal(near.found, f > 0.7);
		dropped += near.found;
		novelty_free(nv);
	}
	assert_int_equal(dropped, 272);
	words_release(&one);
	words_release(&two);
	corpus_release(&c);
}

/* Every score F passes the largest threshold below F, and not F. */
static void test_each_score_at_its_own_threshold(void **state)
{
	(void)state;
	struct words one, two;
	make_words(&one, 32);
	make_words(&two, 32);
	for (size_t i = 0; i < 32 * 32 * 32; i++) {
		size_t lcs = i % 32 + 1, a = i / 32 % 32 + 1, b = i / 1024 + 1;
		if (lcs > a || lcs > b)
			continue;
		fill(&one, lcs, a, 1);
		fill(&two, lcs, b, 2);
		double f = rouge_f(lcs, a, b);
		for (int above = 0; above < 2; above++) {
			struct novelty *nv = novelty_new(above ? f : nextafter(f, 0));
			struct near near;
			assert_int_equal(novelty_add(nv, &one, 5), SOW_OK);
			assert_int_equal(novelty_nearest(nv, &two, &near), SOW_OK);
			assert_int_equal(near.found, !above);
			novelty_free(nv);
		}
	}
	words_release(&one);
	words_release(&two);
}

static void test_ties(void **state)
{
	(void)state;
	uint32_t ids[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
	struct words w = { .ids = ids, .count = 10 };
	struct novelty *nv = novelty_new(0.5);
	for (int64_t id = 30; id > 20; id--) {
		ids[id % 10] += 100; /* each differs from the query in one place */
		assert_int_equal(novelty_add(nv, &w, id), SOW_OK);
		ids[id % 10] -= 100;
	}
	struct near near, few[3];
	assert_int_equal(novelty_nearest(nv, &w, &near), SOW_OK);
	assert_true(near.found && near.id == 30 && near.score == rouge_f(9, 10, 10));
	size_t count;
	double mean;
	assert_int_equal(novelty_nearest_few(nv, &w, 3, few, &count, &mean), SOW_OK);
	assert_int_equal(count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(few[i].id, 30 - (int64_t)i);
	assert_int_equal(novelty_add(nv, &w, 99), SOW_OK);
	assert_int_equal(novelty_nearest(nv, &w, &near), SOW_OK);
	assert_true(near.id == 99 && near.score == 1);
	novelty_free(nv);
}

static void test_empty(void **state)
{
	(void)state;
	uint32_t ids[] = { 1, 2 };
	struct words none = WORDS_INIT, some = { .ids = ids, .count = 2 };
	struct novelty *nv = novelty_new(0);
	struct near near, few[4];
	size_t count;
	double mean;
	assert_int_equal(novelty_nearest(nv, &some, &near), SOW_OK);
	assert_false(near.found);
	assert_int_equal(novelty_nearest_few(nv, &some, 4, few, &count, &mean), SOW_OK);
	assert_int_equal(count, 0);
	assert_true(mean == 0);
	assert_int_equal(novelty_add(nv, &none, 1), SOW_OK);
	assert_int_equal(novelty_add(nv, &some, 2), SOW_OK);
	assert_int_equal(novelty_add(nv, &none, 3), SOW_OK);
	assert_int_equal(novelty_nearest(nv, &none, &near), SOW_OK);
	assert_false(near.found);
	assert_int_equal(novelty_nearest(nv, &some, &near), SOW_OK);
	assert_true(near.found && near.id == 2);
	assert_int_equal(novelty_nearest_few(nv, &none, 4, few, &count, &mean), SOW_OK);
	assert_int_equal(count, 3);
	assert_true(few[0].id == 1 && few[0].score == 0 && mean == 0);
	assert_int_equal(novelty_nearest_few(nv, &some, 0, NULL, &count, &mean), SOW_OK);
	assert_int_equal(count, 0);
	assert_true(mean == 1.0 / 3);
	novelty_free(nv);
	novelty_free(NULL);
}

static void test_out_of_memory(void **state)
{
	(void)state;
	mem_fail_after(1);
	assert_null(novelty_new(0.7));
	mem_fail_after(0);
	struct words w, longer; /* neither query nor carries fit where no heap is needed */
	make_words(&w, 300);
	make_words(&longer, 900);
	for (size_t i = 0; i < longer.count; i++)
		longer.ids[i] = (uint32_t)i;
	memcpy(w.ids, longer.ids, w.count * sizeof(*w.ids));
	for (long n = 1; n <= 5; n++) {
		mem_fail_after(0);
		struct novelty *nv = novelty_new(0.7);
		struct near near = { .found = true };
		mem_fail_after(n);
		int status = novelty_add(nv, &w, 1);
		bool failed = mem_calls() >= n;
		mem_fail_after(0);
		assert_int_equal(status, failed ? SOW_NOMEM : SOW_OK);
		assert_int_equal(novelty_count(nv), failed ? 0 : 1);
		if (failed)
			assert_int_equal(novelty_add(nv, &w, 1), SOW_OK);
		assert_int_equal(novelty_add(nv, &longer, 2), SOW_OK);
		mem_fail_after(n);
		status = novelty_nearest(nv, &w, &near);
		failed = mem_calls() >= n;
		assert_int_equal(status, failed ? SOW_NOMEM : SOW_OK);
		assert_int_equal(near.found, !failed);
		assert_true(failed || near.id == 1);
		mem_fail_after(n);
		struct near few[2];
		size_t count = 9;
		double mean;
		status = novelty_nearest_few(nv, &w, 2, few, &count, &mean);
		failed = mem_calls() >= n;
		assert_int_equal(status, failed ? SOW_NOMEM : SOW_OK);
		assert_int_equal(count, failed ? 0 : 2);
		novelty_free(nv);
	}
	mem_fail_after(0);
	words_release(&w);
	words_release(&longer);
}

/* The count of survivors that rouge_score gives. */
static void test_real_survivors(void **state)
{
	(void)state;
	struct corpus c = CORPUS_INIT;
	if (!corpus_shared(&c))
		skip();
	struct vocabulary *v = vocabulary_new(WORDS_ASCII);
	struct novelty *nv = novelty_new(0.7);
	struct words w = WORDS_INIT;
	for (size_t i = 0; i < 20000; i++) {
		struct near near;
		assert_true(words_of(&w, v, c.texts[i].p, c.texts[i].len) >= 0);
		assert_int_equal(novelty_nearest(nv, &w, &near), SOW_OK);
		if (!near.found)
			assert_int_equal(novelty_add(nv, &w, (int64_t)i), SOW_OK);
	}
	assert_int_equal(novelty_count(nv), 16386);
	words_release(&w);
	novelty_free(nv);
	vocabulary_free(v);
	corpus_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_brute_force),
		cmocka_unit_test(test_exactly_seven_tenths),
		cmocka_unit_test(test_each_score_at_its_own_threshold),
		cmocka_unit_test(test_ties),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_real_survivors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
