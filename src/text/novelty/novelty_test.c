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
#include "text/novelty/scan_test.h"

#define FEW 12
#define ID_OF(i) ((int64_t)(i) * 10 - 500) /* ids are the caller's: any number */

/* An index of each kind and the scan, with the same contents. */
struct pair {
	struct novelty *above, *all;
	struct scan scan;
	double threshold;
};

static void make_words(struct words *w, size_t count)
{
	w->ids = mem_alloc(count * sizeof(*w->ids));
	assert_non_null(w->ids);
	w->count = w->room = count;
}

static void pair_init(struct pair *p, double threshold)
{
	*p = (struct pair){ .scan = SCAN_INIT, .threshold = threshold };
	p->above = novelty_new(threshold, NOVELTY_ABOVE);
	p->all = novelty_new(threshold, NOVELTY_ALL);
	assert_true(p->above && p->all);
}

static void pair_add(struct pair *p, const struct words *w)
{
	int64_t id = ID_OF(p->scan.count);
	scan_add(&p->scan, w, id);
	assert_int_equal(novelty_add(p->above, w, id), SOW_OK);
	assert_int_equal(novelty_add(p->all, w, id), SOW_OK);
	assert_int_equal(novelty_count(p->above), p->scan.count);
}

static void pair_load(struct pair *p)
{
	novelty_load(p->above);
	novelty_load(p->all);
}

static void pair_loaded(struct pair *p)
{
	assert_int_equal(novelty_loaded(p->above, NULL), SOW_OK);
	assert_int_equal(novelty_loaded(p->all, NULL), SOW_OK);
}

static void pair_release(struct pair *p)
{
	novelty_free(p->above);
	novelty_free(p->all);
	scan_release(&p->scan);
}

static void expect_same(const struct near *got, size_t count, const struct near *want,
			size_t want_count)
{
	assert_int_equal(count, want_count);
	for (size_t i = 0; i < count; i++) {
		assert_true(got[i].found);
		assert_true(got[i].score == want[i].score);
		assert_true(got[i].id == want[i].id);
	}
}

/* All questions, with the answers of the scan. True if something was above the threshold. */
static bool expect_all(struct pair *p, const struct words *w, size_t k)
{
	struct near want[FEW], got[FEW], near;
	double mean, got_mean;
	size_t count;
	size_t wanted = scan_above(&p->scan, p->threshold, w, k, want, &mean);
	assert_int_equal(novelty_above(p->above, w, k, got, &count), SOW_OK);
	expect_same(got, count, want, wanted);
	wanted = scan_above(&p->scan, p->threshold, w, 1, want, &mean);
	assert_int_equal(novelty_nearest(p->above, w, &near), SOW_OK);
	assert_int_equal(near.found, wanted);
	expect_same(&near, near.found, want, wanted);
	bool found = near.found;
	struct novelty *kinds[] = { p->above, p->all };
	for (size_t i = 0; i < 2; i++) {
		wanted = scan_above(&p->scan, -1, w, k, want, &mean);
		assert_int_equal(novelty_nearest_few(kinds[i], w, k, got, &count, &got_mean),
				 SOW_OK);
		expect_same(got, count, want, wanted);
		assert_true(mean == got_mean);
	}
	return found;
}

/* Kinds of sequences that make an index err, if it errs. */
enum family { RANDOM, NEAR, SAME_WORDS, PERMUTED, ONE_COMMON, EXTREME, FAMILIES };

static size_t length_of(enum family family)
{
	if (family == EXTREME) {
		static const size_t lengths[] = { 0, 1, 2, 31, 32, 33, 62, 63, 64, 65, 128, 2000 };
		return lengths[corpus_random(12)];
	}
	return corpus_random(corpus_random(5) ? 25 : 150);
}

static void random_words(struct words *w, enum family family)
{
	make_words(w, family == PERMUTED ? 12 : length_of(family));
	for (size_t i = 0; i < w->count; i++) {
		size_t word = 0;
		if (family == PERMUTED)
			word = i;
		else if (family == ONE_COMMON && corpus_random(2))
			word = 1;
		else if (family != SAME_WORDS)
			word = 2 + corpus_random(1 + corpus_random(400));
		w->ids[i] = (uint32_t)word;
	}
	for (size_t i = w->count; family == PERMUTED && i > 1; i--) {
		size_t other = corpus_random(i);
		uint32_t id = w->ids[i - 1];
		w->ids[i - 1] = w->ids[other];
		w->ids[other] = id;
	}
}

/* A held one with some words replaced, left out and put in. */
static void nearby_words(struct words *w, const struct words *near)
{
	size_t changes = 2 + corpus_random(8), n = 0;
	make_words(w, near->count * 2 + 4);
	for (size_t i = 0; i < near->count; i++) {
		size_t change = corpus_random(changes * 3);
		if (change != 0)
			w->ids[n++] = change == 1 ? (uint32_t)corpus_random(400) : near->ids[i];
		if (change == 2)
			w->ids[n++] = (uint32_t)corpus_random(400);
	}
	w->count = n;
}

static void next_words(struct pair *p, struct words *w, enum family family)
{
	if (p->scan.count && corpus_random(3))
		nearby_words(w, &p->scan.w[corpus_random(p->scan.count)]);
	else
		random_words(w, family);
}

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
				pair_load(&p);
			if (!is_near || corpus_random(2))
				pair_add(&p, &w);
			if (loads)
				pair_loaded(&p);
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
			pair_load(&p);
		pair_add(&p, &w);
		words_release(&w);
		if (i == 4000)
			pair_loaded(&p);
	}
	for (size_t i = 0; i < 1500; i++) {
		struct words w;
		nearby_words(&w, &p.scan.w[corpus_random(p.scan.count)]);
		struct near near, want;
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
		struct near near[500];
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
				struct near want;
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
			double threshold = above ? f : nextafter(f, 0);
			struct novelty *nv = novelty_new(threshold, NOVELTY_ABOVE);
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
	struct novelty *nv = novelty_new(0.5, NOVELTY_ABOVE);
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
	struct novelty *nv = novelty_new(0, NOVELTY_ABOVE);
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

/* Each allocation fails in turn, and each after it: nothing is lost, and the same works when
 * there is memory again. */
static void check_out_of_memory(enum novelty_kind kind, const struct words *w,
				const struct words *longer)
{
	for (long n = 1; n <= 40; n++) {
		struct novelty *nv = novelty_new(0.7, kind);
		struct near near = { .found = true }, few[2];
		mem_fail_after(n);
		int status = novelty_add(nv, w, 1);
		bool failed = mem_calls() >= n;
		mem_fail_after(0);
		assert_int_equal(status, failed ? SOW_NOMEM : SOW_OK);
		assert_int_equal(novelty_count(nv), failed ? 0 : 1);
		if (failed) {
			assert_int_equal(novelty_nearest(nv, w, &near), SOW_OK);
			assert_false(near.found);
			assert_int_equal(novelty_add(nv, w, 1), SOW_OK);
		}
		assert_int_equal(novelty_add(nv, longer, 2), SOW_OK);
		mem_fail_after(n);
		status = novelty_nearest(nv, w, &near);
		failed = mem_calls() >= n;
		assert_int_equal(status, failed ? SOW_NOMEM : SOW_OK);
		assert_int_equal(near.found, !failed);
		assert_true(failed || near.id == 1);
		mem_fail_after(n);
		size_t count = 9;
		double mean;
		status = novelty_nearest_few(nv, w, 2, few, &count, &mean);
		failed = mem_calls() >= n;
		assert_int_equal(status, failed ? SOW_NOMEM : SOW_OK);
		assert_int_equal(count, failed ? 0 : 2);
		mem_fail_after(n);
		status = novelty_above(nv, w, 2, few, &count);
		failed = mem_calls() >= n;
		assert_int_equal(status, failed ? SOW_NOMEM : SOW_OK);
		assert_int_equal(count, failed ? 0 : 1);
		mem_fail_after(0);
		novelty_free(nv);
	}
}

static void test_out_of_memory(void **state)
{
	(void)state;
	mem_fail_after(1);
	assert_null(novelty_new(0.7, NOVELTY_ABOVE));
	mem_fail_after(2);
	assert_null(novelty_new(0.7, NOVELTY_ABOVE));
	mem_fail_after(0);
	struct words w, longer; /* neither query nor carries fit where no heap is needed */
	make_words(&w, 300);
	make_words(&longer, 900);
	for (size_t i = 0; i < longer.count; i++)
		longer.ids[i] = (uint32_t)i;
	memcpy(w.ids, longer.ids, w.count * sizeof(*w.ids));
	check_out_of_memory(NOVELTY_ABOVE, &w, &longer);
	w.count = 40; /* short enough for NOVELTY_ALL's lists */
	check_out_of_memory(NOVELTY_ALL, &w, &longer);
	w.count = 300;
	words_release(&w);
	words_release(&longer);
}

/* Additions, questions and new orders with now and then no memory: what is held is exact. */
static void test_now_and_then_no_memory(void **state)
{
	(void)state;
	struct novelty *nv = novelty_new(0.7, NOVELTY_ALL);
	struct scan scan = SCAN_INIT;
	size_t failures = 0;
	for (size_t i = 0; i < 4000; i++) {
		struct words w;
		struct near near, want;
		double mean;
		if (scan.count && corpus_random(3))
			nearby_words(&w, &scan.w[corpus_random(scan.count)]);
		else
			random_words(&w, RANDOM);
		bool wanted = scan_above(&scan, 0.7, &w, 1, &want, &mean);
		assert_int_equal(novelty_nearest(nv, &w, &near), SOW_OK);
		expect_same(&near, near.found, &want, wanted);
		mem_fail_after(i % 2 ? 0 : 1 + (long)corpus_random(12));
		int status = wanted ? SOW_OK : novelty_add(nv, &w, (int64_t)i);
		mem_fail_after(0);
		failures += status == SOW_NOMEM;
		if (!wanted && !status)
			scan_add(&scan, &w, (int64_t)i);
		assert_int_equal(novelty_count(nv), scan.count);
		words_release(&w);
	}
	assert_true(failures > 20 && scan.count > 600);
	scan_release(&scan);
	novelty_free(nv);
}

/* What could not be posted all at once is posted when there is memory. */
/* So many that several threads post them: the same as one after the other. */
static void test_loaded_by_several(void **state)
{
	(void)state;
	struct workers *crew = workers_new(3);
	struct novelty *one = novelty_new(0.7, NOVELTY_ABOVE), *several = novelty_new(0.7, NOVELTY_ABOVE);
	struct words w;
	assert_true(crew && one && several);
	novelty_load(several);
	make_words(&w, 20);
	for (int64_t i = 0; i < 61000; i++) {
		w.count = 1 + corpus_random(20);
		for (size_t j = 0; j < w.count; j++)
			w.ids[j] = (uint32_t)corpus_random(j % 3 ? 100 : 3000);
		assert_int_equal(novelty_add(one, &w, i), SOW_OK);
		assert_int_equal(novelty_add(several, &w, i), SOW_OK);
	}
	assert_int_equal(novelty_loaded(several, crew), SOW_OK);
	size_t found = 0;
	for (size_t i = 0; i < 3000; i++) {
		struct near a, b;
		w.count = 1 + corpus_random(7);
		for (size_t j = 0; j < w.count; j++)
			w.ids[j] = (uint32_t)corpus_random(j % 3 ? 100 : 3000);
		assert_int_equal(novelty_nearest(one, &w, &a), SOW_OK);
		assert_int_equal(novelty_nearest(several, &w, &b), SOW_OK);
		assert_int_equal(a.found, b.found);
		assert_true(!a.found || (a.id == b.id && a.score == b.score));
		found += a.found;
	}
	assert_in_range(found, 300, 2900);
	words_release(&w);
	novelty_free(one);
	novelty_free(several);
	workers_free(crew);
}

static void test_loaded_without_memory(void **state)
{
	(void)state;
	size_t failures = 0;
	for (long n = 1; n < 60; n++) {
		struct pair p;
		pair_init(&p, 0.5);
		pair_load(&p);
		for (size_t i = 0; i < 40; i++) {
			struct words w;
			next_words(&p, &w, RANDOM);
			pair_add(&p, &w);
			words_release(&w);
		}
		mem_fail_after(n);
		int status = novelty_loaded(p.all, NULL);
		bool failed = mem_calls() >= n;
		mem_fail_after(0);
		assert_true(status == SOW_OK || (status == SOW_NOMEM && failed));
		failures += status == SOW_NOMEM;
		pair_loaded(&p);
		pair_loaded(&p);
		for (size_t i = 0; i < 40; i++) {
			struct words w;
			next_words(&p, &w, RANDOM);
			expect_all(&p, &w, FEW);
			words_release(&w);
		}
		pair_release(&p);
	}
	assert_in_range(failures, 5, 58);
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
		cmocka_unit_test(test_like_the_scan),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_real),
		cmocka_unit_test(test_exactly_seven_tenths),
		cmocka_unit_test(test_each_score_at_its_own_threshold),
		cmocka_unit_test(test_ties),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_now_and_then_no_memory),
		cmocka_unit_test(test_loaded_by_several),
		cmocka_unit_test(test_loaded_without_memory),
		cmocka_unit_test(test_real_survivors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
