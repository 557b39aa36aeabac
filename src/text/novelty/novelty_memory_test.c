#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "text/corpus_test.h"
#include "text/novelty/pair_test.h"

/* Each allocation fails in turn, and each after it: nothing is lost, and the same works when
 * there is memory again. */
static void check_out_of_memory(enum novelty_kind kind, const struct words *w,
				const struct words *longer)
{
	for (long n = 1; n <= 40; n++) {
		struct novelty *nv = novelty_new(0.7, kind);
		struct neighbour near = { .found = true }, few[2];
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
		struct neighbour near, want;
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

#define BATCH 400

/* A batch that fails keeps what it says is done, and nothing else; the rest can be asked again. */
static void check_batch(struct pair *p, struct novelty *nv, long n, size_t *failures)
{
	static struct words w[BATCH];
	int64_t ids[BATCH];
	struct neighbour near[BATCH];
	size_t done = 0, rest;
	for (size_t i = 0; i < BATCH; i++) {
		if (i && corpus_random(2))
			nearby_words(&w[i], &w[corpus_random(i)]);
		else
			next_words(p, &w[i], RANDOM);
		ids[i] = (int64_t)(p->scan.count + i);
	}
	mem_fail_after(n);
	int status = novelty_filter(nv, NULL, w, ids, BATCH, near, &done);
	bool failed = mem_calls() >= n;
	mem_fail_after(0);
	assert_true(status == SOW_OK ? done == BATCH : status == SOW_NOMEM && failed);
	*failures += status == SOW_NOMEM;
	assert_int_equal(novelty_filter(nv, NULL, w + done, ids + done, BATCH - done, near + done, &rest), SOW_OK);
	assert_int_equal(done + rest, BATCH);
	for (size_t i = 0; i < BATCH; i++) {
		struct neighbour want;
		double mean;
		bool wanted = scan_above(&p->scan, 0.7, &w[i], 1, &want, &mean);
		expect_same(&near[i], near[i].found, &want, wanted);
		if (!wanted)
			scan_add(&p->scan, &w[i], ids[i]);
		words_release(&w[i]);
	}
	assert_int_equal(novelty_count(nv), p->scan.count);
}

static void test_batch_without_memory(void **state)
{
	(void)state;
	size_t failures = 0;
	for (long n = 1; n < 200; n += n < 40 ? 1 : 9) {
		struct pair p;
		struct novelty *nv = novelty_new(0.7, n % 2 ? NOVELTY_ALL : NOVELTY_ABOVE);
		pair_init(&p, 0.7);
		check_batch(&p, nv, n, &failures);
		check_batch(&p, nv, n + 3, &failures);
		novelty_free(nv);
		pair_release(&p);
	}
	assert_true(failures > 60);
}

/* What could not be posted all at once is posted when there is memory. */
static void test_loaded_without_memory(void **state)
{
	(void)state;
	size_t failures = 0, tries = 0;
	for (long n = 1; n < 600; n += n < 60 ? 1 : 11, tries++) {
		struct pair p;
		pair_init(&p, 0.5);
		pair_begin_bulk(&p);
		for (size_t i = 0; i < 40; i++) {
			struct words w;
			next_words(&p, &w, RANDOM);
			pair_add(&p, &w);
			words_release(&w);
		}
		mem_fail_after(n);
		int status = novelty_end_bulk(p.all, NULL);
		bool failed = mem_calls() >= n;
		mem_fail_after(0);
		assert_true(status == SOW_OK || (status == SOW_NOMEM && failed));
		failures += status == SOW_NOMEM;
		pair_end_bulk(&p);
		pair_end_bulk(&p);
		for (size_t i = 0; i < 40; i++) {
			struct words w;
			next_words(&p, &w, RANDOM);
			expect_all(&p, &w, FEW);
			words_release(&w);
		}
		pair_release(&p);
	}
	assert_in_range(failures, 60, tries - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_now_and_then_no_memory),
		cmocka_unit_test(test_batch_without_memory),
		cmocka_unit_test(test_loaded_without_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
