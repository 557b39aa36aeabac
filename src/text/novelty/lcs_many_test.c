#include "text/novelty/lcs_many.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/mem.h"
#include "sow/sow.h"
#include "text/corpus_test.h"
#include "text/rouge.h"

#define HELD 9000
#define LONGEST 70

static size_t make(uint32_t *ids)
{
	size_t n = corpus_random(corpus_random(20) ? 20 : LONGEST);
	size_t words = 1 + corpus_random(60);
	for (size_t i = 0; i < n; i++)
		ids[i] = (uint32_t)corpus_random(words);
	return n;
}

static uint32_t held[HELD][LONGEST];
static size_t lengths[HELD];

static void check(const struct lcs_many *m, const uint32_t *query, size_t n)
{
	struct lcs_sweep s;
	uint8_t got[LCS_SWEEP];
	size_t count, from = 0;
	assert_int_equal(lcs_sweep_start(&s, m, query, n), SOW_OK);
	while ((count = lcs_sweep_next(&s, kernel_fastest(), got))) {
		for (size_t i = 0; i < count; i++) {
			size_t length = lengths[from + i];
			int want = lcs_plain(held[from + i], length, query, n);
			assert_int_equal(got[i], length > LCS_MANY_LONGEST ? 0 : want);
		}
		from += count;
	}
	assert_int_equal(from, m->count);
	lcs_sweep_end(&s);
}

static void test_like_the_table(void **state)
{
	(void)state;
	struct lcs_many m = LCS_MANY_INIT;
	uint32_t query[LONGEST] = { 0 };
	size_t failures = 0;
	check(&m, query, 0);
	for (size_t i = 0; i < HELD; i++) {
		lengths[i] = make(held[i]);
		mem_fail_after(i % 3 ? 0 : 1);
		int status = lcs_many_add(&m, held[i], lengths[i]);
		mem_fail_after(0);
		failures += status == SOW_NOMEM;
		if (status)
			assert_int_equal(lcs_many_add(&m, held[i], lengths[i]), SOW_OK);
		if (i == LCS_SWEEP - 1 || i == LCS_SWEEP)
			check(&m, query, make(query));
	}
	assert_true(failures > 10);
	for (size_t i = 0; i < 40; i++)
		check(&m, query, make(query));
	query[0] = 1000000; /* a word in no sequence */
	check(&m, query, 1);
	struct lcs_sweep s;
	mem_fail_after(1);
	assert_int_equal(lcs_sweep_start(&s, &m, query, 1), SOW_NOMEM);
	mem_fail_after(0);
	lcs_many_release(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_like_the_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
