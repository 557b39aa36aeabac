#include "text/minhash_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "sow/sow.h"
#include "text/buckets.h"
#include "text/corpus_test.h"

#define SETS 1500
#define SIZE 60

static void test_shingles(void **state)
{
	(void)state;
	struct shingles a = SHINGLES_INIT, b = SHINGLES_INIT;
	struct view text = view_of("The cat, the cat; THE CAT the hat");
	shingles_of(&a, WORDS_UNICODE, 1, text);
	assert_int_equal(a.count, 3);
	shingles_of(&a, WORDS_UNICODE, 2, text);
	assert_int_equal(a.count, 3); /* the cat, cat the, the hat */
	shingles_of(&b, WORDS_ASCII, 2, view_of("the hat of the cat"));
	assert_int_equal(b.count, 4);
	assert_int_equal(shingles_common(&a, b.set, b.count, 0), 2);
	assert_int_equal(shingles_common(&b, a.set, a.count, 0), 2);
	assert_true(jaccard(2, 3, 4) == 0.4);
	shingles_of(&a, WORDS_UNICODE, 5, view_of("too short"));
	assert_int_equal(a.count, 1);
	shingles_of(&a, WORDS_UNICODE, 5, view_of("!?"));
	assert_int_equal(a.count, 0);
	assert_int_equal(shingles_common(&a, b.set, b.count, 0), 0);
	shingles_set(&a, b.set, b.count);
	assert_int_equal(shingles_common(&a, b.set, b.count, 4), 4);
	assert_true(shingles_common(&a, b.set, b.count, 5) < 5);
	assert_true(jaccard(0, 0, 0) == 0);
	shingles_release(&a);
	shingles_release(&b);
}

/* The least number that is enough, where scores meet the threshold exactly, too. */
static void test_needed(void **state)
{
	(void)state;
	for (size_t a = 1; a <= 40; a++) {
		for (size_t b = 1; b <= 40; b++) {
			double over = (double)(1 + corpus_random(20));
			double score = over / (double)(1 + corpus_random(20));
			size_t needed = jaccard_needed(score, a, b), least = 0;
			while (least <= a && least <= b && jaccard(least, a, b) < score)
				least++;
			assert_int_equal(needed > a || needed > b, least > a || least > b);
			if (least <= a && least <= b)
				assert_int_equal(needed, least);
		}
	}
}

static void test_minhash(void **state)
{
	(void)state;
	struct minhash m;
	assert_int_equal(minhash_init(&m, 0.7, 0, 0), SOW_OK);
	assert_int_equal(m.bands, 21);
	assert_int_equal(m.rows, 6);
	assert_true(minhash_chance(&m, 0.7) > 0.9 && minhash_chance(&m, 0.3) < 0.02);
	for (double t = 0.05; t <= 1; t += 0.05) {
		assert_int_equal(minhash_init(&m, t, 0, 0), SOW_OK);
		assert_true(m.bands * m.rows <= 128 && m.values <= MINHASH_MOST);
		assert_true(m.rows == 1 || minhash_chance(&m, t) >= 0.9);
	}
	assert_int_equal(minhash_init(&m, 0.7, 16, 8), SOW_OK);
	assert_int_equal(m.values, 128);
	assert_int_equal(minhash_init(&m, 0.7, 16, 17), SOW_USAGE);
	assert_int_equal(minhash_init(&m, 0.7, 0, 8), SOW_USAGE);
}

static void test_buckets(void **state)
{
	(void)state;
	struct buckets b = BUCKETS_INIT;
	uint32_t number;
	size_t at = buckets_first(&b, 5);
	assert_false(buckets_next(&b, 5, &at, &number));
	for (uint32_t i = 0; i < 30000; i++) {
		assert_int_equal(buckets_reserve(&b, 1), SOW_OK);
		buckets_add(&b, i % 9000 * 2654435761u, i);
	}
	for (uint32_t key = 0; key < 10000; key++) {
		size_t found = 0;
		at = buckets_first(&b, key * 2654435761u);
		while (buckets_next(&b, key * 2654435761u, &at, &number)) {
			assert_int_equal(number % 9000, key);
			found++;
		}
		assert_int_equal(found, key < 3000 ? 4 : key < 9000 ? 3 : 0);
	}
	buckets_release(&b);
}

/* A set that shares about as much with a held one as `changes` leave. */
static void change(uint32_t *set, const uint32_t *from, size_t changes)
{
	memcpy(set, from, SIZE * sizeof(*set));
	for (size_t i = 0; i < changes; i++)
		set[corpus_random(SIZE)] = (uint32_t)(1 + corpus_random(1u << 30));
}

/* The best of all held ones by looking at each. */
static double best_of(const struct shingles *s, uint32_t (*held)[SIZE], size_t count, size_t *best)
{
	double score = 0;
	for (size_t i = 0; i < count; i++) {
		double j = jaccard(shingles_common(s, held[i], SIZE, 0), s->count, SIZE);
		if (j > score) {
			score = j;
			*best = i;
		}
	}
	return score;
}

/* What is found is true, and nearly all that is true is found. */
static void test_against_all(void **state)
{
	(void)state;
	static uint32_t held[SETS][SIZE];
	struct minhash_index *a = minhash_index_new(0.7, 0, 0);
	struct minhash_query q = MINHASH_QUERY_INIT;
	size_t count = 0, there = 0, found = 0;
	for (size_t i = 0; count < SETS; i++) {
		uint32_t set[SIZE], none[SIZE] = { 0 };
		change(set, i % 3 && count ? held[corpus_random(count)] : none,
		       i % 3 ? corpus_random(20) : 4000);
		shingles_set(&q.shingles, set, SIZE);
		if (q.shingles.count < SIZE)
			continue;
		struct minhash_neighbour near;
		size_t best = 0;
		double truth = best_of(&q.shingles, held, count, &best);
		minhash_index_prepare(a, &q);
		bool is = minhash_index_nearest(a, &q, &near);
		there += truth >= 0.7;
		found += is;
		assert_true(!is || truth >= 0.7);
		assert_true(!is || near.score <= truth);
		if (is && near.score == truth)
			assert_int_equal(near.id, best * 10);
		memcpy(held[count], set, sizeof(set));
		assert_int_equal(minhash_index_add(a, &q, count++ * 10), SOW_OK);
	}
	assert_true(there > 300);
	assert_true((double)found > 0.95 * (double)there);
	shingles_set(&q.shingles, NULL, 0);
	struct minhash_neighbour near;
	minhash_index_prepare(a, &q);
	assert_false(minhash_index_nearest(a, &q, &near));
	assert_int_equal(minhash_index_add(a, &q, 5), SOW_OK);
	assert_false(minhash_index_nearest(a, &q, &near));
	minhash_query_release(&q);
	minhash_index_free(a);
	minhash_index_free(NULL);
	assert_null(minhash_index_new(0.7, 100, 100));
}

/* Held first and entered from the last to the first: each step finds what adding them in that
 * order finds. */
static void test_held(void **state)
{
	(void)state;
	static uint32_t sets[SETS][SIZE];
	struct minhash_index *a = minhash_index_new(0.7, 0, 0), *added = minhash_index_new(0.7, 0, 0);
	struct minhash_query q = MINHASH_QUERY_INIT;
	uint32_t none[SIZE] = { 0 };
	size_t found = 0;
	for (size_t i = 0; i < SETS; i++) {
		change(sets[i], i % 3 ? sets[corpus_random(i)] : none,
		       i % 3 ? corpus_random(20) : 4000);
		shingles_set(&q.shingles, sets[i], i == 700 ? 0 : SIZE);
		assert_int_equal(minhash_index_store(a, &q, i * 10), SOW_OK);
		assert_int_equal(minhash_index_id(a, i), i * 10);
	}
	for (size_t n = SETS; n--;) {
		struct minhash_neighbour near = { 0 }, want = { 0 };
		minhash_index_load(a, n, &q);
		bool is = minhash_index_nearest(a, &q, &near);
		assert_int_equal(minhash_index_nearest(added, &q, &want), is);
		assert_true(near.score == want.score);
		assert_true(near.id <= want.id); /* the first of equals */
		found += is;
		assert_int_equal(minhash_index_insert(a, &q, n), SOW_OK);
		assert_int_equal(minhash_index_add(added, &q, n * 10), SOW_OK);
	}
	assert_true(found > 300);
	minhash_query_release(&q);
	minhash_index_free(added);
	minhash_index_free(a);
}

/* The index is as large as the input: it fails, and is as before. */
static void test_no_memory(void **state)
{
	(void)state;
	static const uint32_t set[] = { 1, 2, 3 };
	struct minhash_query q = MINHASH_QUERY_INIT;
	struct minhash_neighbour near;
	shingles_set(&q.shingles, set, 3);
	bool failed = true;
	for (long n = 1; failed; n++) {
		struct minhash_index *a = minhash_index_new(0.7, 0, 0);
		minhash_index_prepare(a, &q);
		mem_fail_after(n);
		int status = minhash_index_add(a, &q, 1);
		failed = mem_calls() >= n;
		mem_fail_after(0);
		assert_int_equal(status, failed ? SOW_NOMEM : SOW_OK);
		assert_int_equal(minhash_index_nearest(a, &q, &near), !failed);
		if (failed)
			assert_int_equal(minhash_index_add(a, &q, 1), SOW_OK);
		assert_true(minhash_index_nearest(a, &q, &near) && near.score == 1 && near.id == 1);
		minhash_index_free(a);
	}
	minhash_query_release(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shingles),
		cmocka_unit_test(test_needed),
		cmocka_unit_test(test_minhash),
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_against_all),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
