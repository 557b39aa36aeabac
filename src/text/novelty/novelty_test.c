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
#include "text/novelty/pair_test.h"

static void test_like_the_scan(void **state)
{
	(void)state;
	static const double thresholds[] = {
		0, 0.1, 0.3, 1.0 / 3, 0.5, 0.6, 2.0 / 3, 0.7, 0.75, 0.8, 6.0 / 7, 0.9, 0.95, 1
	};
	size_t found = 0, asked = 0;
	for (size_t round = 0; round < 14 * FAMILIES; round++) {
		struct pair p;
		enum family family = (enum family)(round % FAMILIES);
		pair_init(&p, thresholds[round / FAMILIES]);
		for (size_t i = 0; i < (family == EXTREME ? 40 : 200); i++) {
			struct words w;
			next_words(&p, &w, family);
			bool is_near = expect_all(&p, &w, corpus_random(FEW + 1));
			bool loads = corpus_random(8) == 0;
			if (loads)
				pair_begin_bulk(&p);
			if (!is_near || corpus_random(2))
				pair_add(&p, &w);
			if (loads)
				pair_end_bulk(&p);
			found += is_near;
			asked++;
			words_release(&w);
		}
		pair_release(&p);
	}
	assert_in_range(found, asked / 4, asked * 3 / 4);
}

/* Some thousand postings of a word, so that they are kept apart by length. */
static void test_many(void **state)
{
	(void)state;
	struct pair p;
	pair_init(&p, 0.7);
	for (size_t i = 0; i < 5000; i++) {
		struct words w;
		make_words(&w, 1 + corpus_random(30));
		for (size_t j = 0; j < w.count; j++)
			w.ids[j] = (uint32_t)corpus_random(j % 3 ? 40 : 4000);
		if (i == 1000)
			pair_begin_bulk(&p);
		pair_add(&p, &w);
		words_release(&w);
		if (i == 4000)
			pair_end_bulk(&p);
	}
	for (size_t i = 0; i < 1500; i++) {
		struct words w;
		nearby_words(&w, &p.scan.w[corpus_random(p.scan.count)]);
		struct neighbour near, want;
		double mean;
		bool wanted = scan_above(&p.scan, 0.7, &w, 1, &want, &mean);
		assert_int_equal(novelty_nearest(p.above, &w, &near), SOW_OK);
		expect_same(&near, near.found, &want, wanted);
		words_release(&w);
	}
	pair_release(&p);
}

/* A batch on any number of threads is the sequence of single questions and additions. */
static void test_filter(void **state)
{
	(void)state;
	for (size_t round = 0; round < 12; round++) {
		struct pair p;
		struct words w[500];
		int64_t ids[500];
		struct neighbour near[500];
		size_t done, threads = round % 4, count = round < 8 ? 500 : round;
		struct workers *crew = threads ? workers_new(threads) : NULL;
		struct novelty *nv = novelty_new(0.7, round % 2 ? NOVELTY_ALL : NOVELTY_ABOVE);
		pair_init(&p, 0.7);
		for (size_t batch = 0; batch < 4; batch++) {
			size_t at = p.scan.count;
			for (size_t i = 0; i < count; i++) {
				size_t twin = corpus_random(i + 1);
				if (twin < i && corpus_random(2))
					nearby_words(&w[i], &w[twin]);
				else
					next_words(&p, &w[i], i % EXTREME);
				ids[i] = -(int64_t)(batch * 1000 + i);
			}
			assert_int_equal(novelty_filter(nv, crew, w, ids, count, near, &done), 0);
			assert_int_equal(done, count);
			for (size_t i = 0; i < count; i++) {
				struct neighbour want;
				double mean;
				bool wanted = scan_above(&p.scan, 0.7, &w[i], 1, &want, &mean);
				expect_same(&near[i], near[i].found, &want, wanted);
				if (!wanted)
					scan_add(&p.scan, &w[i], ids[i]);
				words_release(&w[i]);
			}
			assert_int_equal(novelty_count(nv), p.scan.count);
			assert_true(batch || p.scan.count > at);
		}
		novelty_free(nv);
		workers_free(crew);
		pair_release(&p);
	}
}

static void test_real(void **state)
{
	(void)state;
	struct corpus c = CORPUS_INIT;
	if (!corpus_shared(&c))
		corpus_seeds(&c);
	for (int kind = 0; kind < 2; kind++) {
		struct pair p;
		struct vocabulary *v = vocabulary_new(kind ? WORDS_ASCII : WORDS_UNICODE);
		struct words w = WORDS_INIT;
		pair_init(&p, 0.7);
		for (size_t i = 0; i < c.count && i < 1200; i++) {
			assert_true(words_of(&w, v, c.texts[i].p, c.texts[i].len) >= 0);
			if (!expect_all(&p, &w, 3))
				pair_add(&p, &w);
		}
		pair_release(&p);
		words_release(&w);
		vocabulary_free(v);
	}
	corpus_release(&c);
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
	assert_true(corpus_lines(&c, "tests/fixtures/rouge_f.tsv"));
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
		struct novelty *nv = novelty_new(0.7, NOVELTY_ABOVE);
		struct neighbour near;
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
			double threshold = above ? f : nextafter(f, 0);
			struct novelty *nv = novelty_new(threshold, NOVELTY_ABOVE);
			struct neighbour near;
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
	struct novelty *nv = novelty_new(0.5, NOVELTY_ABOVE);
	for (int64_t id = 30; id > 20; id--) {
		ids[id % 10] += 100; /* each differs from the query in one place */
		assert_int_equal(novelty_add(nv, &w, id), SOW_OK);
		ids[id % 10] -= 100;
	}
	struct neighbour near, few[3];
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
	struct novelty *nv = novelty_new(0, NOVELTY_ABOVE);
	struct neighbour near, few[4];
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

/* So many that several threads post them: the same as one after the other. */
static void test_loaded_by_several(void **state)
{
	(void)state;
	struct workers *crew = workers_new(3);
	struct novelty *one = novelty_new(0.7, NOVELTY_ABOVE), *several = novelty_new(0.7, NOVELTY_ABOVE);
	struct words w;
	assert_true(crew && one && several);
	novelty_begin_bulk(several);
	make_words(&w, 20);
	for (int64_t i = 0; i < 61000; i++) {
		w.count = 1 + corpus_random(20);
		for (size_t j = 0; j < w.count; j++)
			w.ids[j] = (uint32_t)corpus_random(j % 3 ? 100 : 3000);
		assert_int_equal(novelty_add(one, &w, i), SOW_OK);
		assert_int_equal(novelty_add(several, &w, i), SOW_OK);
	}
	assert_int_equal(novelty_end_bulk(several, crew), SOW_OK);
	size_t found = 0;
	for (size_t i = 0; i < 3000; i++) {
		struct neighbour a, b;
		w.count = 1 + corpus_random(7);
		for (size_t j = 0; j < w.count; j++)
			w.ids[j] = (uint32_t)corpus_random(j % 3 ? 100 : 3000);
		assert_int_equal(novelty_nearest(one, &w, &a), SOW_OK);
		assert_int_equal(novelty_nearest(several, &w, &b), SOW_OK);
		assert_int_equal(a.found, b.found);
		assert_true(!a.found || (a.id == b.id && a.score == b.score));
		found += a.found;
	}
	assert_in_range(found, 200, 2900);
	words_release(&w);
	novelty_free(one);
	novelty_free(several);
	workers_free(crew);
}

/* The count of survivors that rouge_score gives. */
static void test_real_survivors(void **state)
{
	(void)state;
	struct corpus c = CORPUS_INIT;
	if (!corpus_shared(&c))
		skip();
	struct vocabulary *v = vocabulary_new(WORDS_ASCII);
	struct novelty *nv = novelty_new(0.7, NOVELTY_ABOVE);
	struct words w = WORDS_INIT;
	for (size_t i = 0; i < 20000; i++) {
		struct neighbour near;
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
		cmocka_unit_test(test_like_the_scan),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_real),
		cmocka_unit_test(test_exactly_seven_tenths),
		cmocka_unit_test(test_each_score_at_its_own_threshold),
		cmocka_unit_test(test_ties),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_loaded_by_several),
		cmocka_unit_test(test_real_survivors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
