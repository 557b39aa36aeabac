#include "text/novelty/postings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "sow/sow.h"
#include "text/corpus_test.h"
#include "text/novelty/sketch.h"

#define WORDS 12
#define MOST 4000

struct expected {
	uint64_t sketches[WORDS][MOST];
	size_t count[WORDS];
};

/* Those with an odd number are late, if they are told apart at all. */
static bool fits(size_t c, uint64_t sketch, uint32_t number)
{
	size_t length = LENGTH_CLASSES - 1;
	while (length_class_start[length] > sketch_length(sketch))
		length--;
	return c == 2 * length || (c == 2 * length + 1 && number % 2);
}

/* All that was added is there once, in the class of its length where words are split. */
static void check(const struct postings *p, const struct expected *e, uint32_t word)
{
	static bool seen[MOST];
	size_t count = 0;
	bool split = postings_split(p, word);
	memset(seen, 0, sizeof(seen));
	for (size_t c = 0; c < (split ? POSTING_CLASSES : 1); c++) {
		for (struct run r = postings_first(p, word, c); r.count; r = postings_next(p, &r)) {
			for (uint32_t i = 0; i < r.count; i++, count++) {
				uint32_t number = r.numbers[i];
				assert_in_range(number, 0, e->count[word] - 1);
				assert_false(seen[number]);
				seen[number] = true;
				assert_true(r.sketches[i] == e->sketches[word][number]);
				assert_true(!split || fits(c, r.sketches[i], number));
			}
		}
	}
	assert_int_equal(count, e->count[word]);
}

static uint64_t random_sketch(void)
{
	return (uint64_t)corpus_random(64) << SKETCH_BITS | corpus_random(1u << 30);
}

static void test_all_there(void **state)
{
	(void)state;
	struct postings *p = postings_new();
	struct expected *e = mem_zalloc(sizeof(*e));
	size_t split = 0;
	assert_int_equal(postings_first(p, 5, 0).count, 0);
	for (size_t i = 0; i < 14000; i++) {
		uint32_t word = (uint32_t)(corpus_random(WORDS) * corpus_random(WORDS) / WORDS);
		uint64_t sketch = random_sketch();
		if (e->count[word] == MOST)
			continue;
		e->sketches[word][e->count[word]] = sketch;
		uint32_t number = (uint32_t)e->count[word]++;
		assert_int_equal(postings_add(p, word, sketch, number % 2, number), SOW_OK);
		if (i % 3001 == 0)
			assert_int_equal(postings_compact(p), SOW_OK);
	}
	for (uint32_t word = 0; word < WORDS; word++) {
		check(p, e, word);
		split += postings_split(p, word);
	}
	assert_in_range(split, 3, WORDS - 1);
	assert_int_equal(postings_first(p, 1000000, 0).count, 0);
	postings_prefetch(p, 1000000);
	postings_prefetch_run(p, 1000000, 0);
	mem_free(e);
	postings_free(p);
	postings_free(NULL);
}

/* Of a word that is kept apart in one of them and not in the others, and of one that few hold. */
static void test_joined(void **state)
{
	(void)state;
	struct postings *list[3];
	struct expected *e = mem_zalloc(sizeof(*e));
	for (size_t i = 0; i < 3; i++) {
		list[i] = postings_new();
		for (size_t n = 0; n < (i == 1 ? 3000 : 100); n++) {
			uint32_t word = (uint32_t)(n % 20 ? 1 : 2 + 4 * i + n / 20 % 2);
			uint64_t sketch = random_sketch();
			uint32_t number = (uint32_t)e->count[word]++;
			e->sketches[word][number] = sketch;
			assert_int_equal(postings_add(list[i], word, sketch, number % 2, number), SOW_OK);
		}
	}
	assert_true(postings_split(list[1], 1));
	for (long n = 1; n <= 4; n++) {
		mem_fail_after(n);
		int status = postings_join(list, 3);
		bool failed = mem_calls() >= n;
		mem_fail_after(0);
		assert_int_equal(status, failed ? SOW_NOMEM : SOW_OK);
		if (!status)
			break;
	}
	if (!postings_first(list[0], 11, 0).count)
		assert_int_equal(postings_join(list, 3), SOW_OK);
	for (uint32_t word = 0; word < WORDS; word++)
		check(list[0], e, word);
	for (size_t i = 0; i < 3; i++)
		postings_free(list[i]);
	mem_free(e);
}

/* Whatever allocation fails, what was added before is there, and the same once more. */
static void test_out_of_memory(void **state)
{
	(void)state;
	struct expected *e = mem_zalloc(sizeof(*e));
	struct postings *p = postings_new();
	size_t failures = 0;
	for (size_t i = 0; i < 3000; i++) {
		uint32_t word = (uint32_t)corpus_random(2);
		uint64_t sketch = random_sketch();
		uint32_t number = (uint32_t)e->count[word];
		mem_fail_after(1);
		int status = postings_add(p, word, sketch, number % 2, number);
		mem_fail_after(0);
		if (status) {
			assert_int_equal(status, SOW_NOMEM);
			failures++;
			check(p, e, word);
			assert_int_equal(postings_add(p, word, sketch, number % 2, number), 0);
		}
		e->sketches[word][e->count[word]++] = sketch;
	}
	assert_true(failures > 5);
	for (long n = 1; n <= 4; n++) {
		mem_fail_after(n);
		int status = postings_compact(p);
		assert_int_equal(status, mem_calls() >= n ? SOW_NOMEM : SOW_OK);
		mem_fail_after(0);
		for (uint32_t word = 0; word < 2; word++)
			check(p, e, word);
	}
	postings_free(p);
	mem_free(e);
	mem_fail_after(1);
	assert_null(postings_new());
	mem_fail_after(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_there),
		cmocka_unit_test(test_joined),
		cmocka_unit_test(test_out_of_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
