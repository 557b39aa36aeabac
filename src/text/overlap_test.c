#include "text/overlap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#include "sow/sow.h"
#include "text/corpus_test.h"

#define HELD 12
#define LONGEST 80

static uint32_t held[HELD][LONGEST];
static size_t lengths[HELD];

struct found {
	bool at[HELD][LONGEST][LONGEST]; /* a run of this sequence, from here, at there */
	const uint32_t *given;
	size_t count, least;
};

static size_t length_of_run(size_t i, size_t start, const uint32_t *given, size_t at, size_t count)
{
	size_t n = 0;
	while (start + n < lengths[i] && at + n < count && held[i][start + n] == given[at + n])
		n++;
	return n;
}

/* It is a run, and it could not be longer. */
static int note(void *data, const struct overlap_run *run)
{
	struct found *f = data;
	size_t i = run->sequence, start = run->start, at = run->at;
	assert_true(i < HELD && run->length >= f->least);
	assert_int_equal(run->length, length_of_run(i, start, f->given, at, f->count));
	assert_true(!start || !at || held[i][start - 1] != f->given[at - 1]);
	f->at[i][start][at] = true;
	return 0;
}

static int stop(void *data, const struct overlap_run *run)
{
	*(struct overlap_run *)data = *run;
	return 7;
}

static void check(const struct overlap *o, const uint32_t *given, size_t count)
{
	static struct found f;
	memset(&f, 0, sizeof(f));
	f.given = given;
	f.count = count;
	f.least = overlap_least(o);
	assert_int_equal(overlap_find(o, given, count, note, &f), 0);
	bool any = false;
	for (size_t i = 0; i < HELD; i++) {
		for (size_t start = 0; start < lengths[i]; start++) {
			for (size_t at = 0; at < count; at++) {
				bool is = !start || !at || held[i][start - 1] != given[at - 1];
				is = is && length_of_run(i, start, given, at, count) >= f.least;
				assert_int_equal(f.at[i][start][at], is);
				any = any || is;
			}
		}
	}
	struct overlap_run run;
	assert_int_equal(overlap_find(o, given, count, stop, &run), any ? 7 : 0);
}

static void test_like_looking_everywhere(void **state)
{
	(void)state;
	static const size_t leasts[] = { 2, 3, 5, 8, 13, 50 };
	for (size_t round = 0; round < 90; round++) {
		size_t words = 2 + corpus_random(round % 2 ? 3 : 50);
		struct overlap *o = overlap_new(leasts[round % 6]);
		for (size_t i = 0; i < HELD; i++) {
			lengths[i] = corpus_random(LONGEST + 1);
			for (size_t j = 0; j < lengths[i]; j++)
				held[i][j] = (uint32_t)corpus_random(words);
			assert_int_equal(overlap_add(o, held[i], lengths[i]), SOW_OK);
		}
		for (size_t query = 0; query < 20; query++) {
			uint32_t given[LONGEST];
			size_t n = corpus_random(LONGEST + 1), from = corpus_random(HELD);
			for (size_t j = 0; j < n; j++)
				given[j] = j < lengths[from] && corpus_random(25)
						   ? held[from][j]
						   : (uint32_t)corpus_random(words + 1);
			check(o, given, n);
		}
		overlap_free(o);
	}
	overlap_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_like_looking_everywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
