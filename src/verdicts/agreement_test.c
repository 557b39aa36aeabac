#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "io/folder.h"
#include "verdicts/agreement.h"

static void check_share(int64_t count, int64_t of, double low, double high)
{
	struct share s = share_of(count, of);
	assert_true(s.low > low - 5e-5 && s.low < low + 5e-5);
	assert_true(s.high > high - 5e-5 && s.high < high + 5e-5);
}

/* By the formula in exact arithmetic; 5 of 10 is the textbook value. */
static void test_wilson(void **state)
{
	(void)state;
	check_share(92, 100, 0.85002, 0.95891);
	check_share(184, 200, 0.87401, 0.95016);
	check_share(5, 10, 0.23659, 0.76341);
	check_share(0, 10, 0, 0.27753);
	check_share(10, 10, 0.72247, 1);
	struct share none = share_of(0, 0);
	assert_true(none.low == 0 && none.high == 1);
}

static void judge(struct verdicts *v, const char *by, int key, enum verdict verdict)
{
	char name[16];
	snprintf(name, sizeof(name), "k%d", key);
	const struct verdict_action a = { .key = view_of(name), .by = view_of(by), .verdict = verdict };
	assert_int_equal(verdicts_append(v, &a, NULL), SOW_OK);
}

/* The example of many textbooks: 20 and 15 alike, 5 and 10 not; kappa is 0.4. */
static void test_kappa(void **state)
{
	(void)state;
	struct buf dir = BUF_INIT, path = BUF_INIT;
	assert_int_equal(folder_scratch(&dir, NULL), SOW_OK);
	buf_addf(&path, "%s/log", dir.data);
	struct verdicts *v = verdicts_open(path.data, NULL);
	for (int i = 0; i < 50; i++) {
		judge(v, "ada", i, i < 25 ? VERDICT_KEEP : VERDICT_DROP);
		judge(v, "bo", i, i < 20 || i >= 40 ? VERDICT_KEEP : VERDICT_DROP);
	}
	judge(v, "ada", 99, VERDICT_KEEP); /* hers alone */
	struct view *people;
	size_t count;
	verdicts_people(v, &people, &count);
	assert_int_equal(count, 2);
	struct kappa k = kappa_of(v, people[0], people[1]);
	assert_int_equal(k.both, 50);
	assert_int_equal(k.same, 35);
	assert_true(k.kappa > 0.39999 && k.kappa < 0.40001);
	struct review_counts c = review_count(v);
	assert_int_equal(c.judged, 51);
	assert_int_equal(c.kept, 21);
	assert_int_equal(c.dropped, 15);
	assert_int_equal(c.disputed, 15);
	mem_free(people);
	verdicts_close(v);
	folder_remove(dir.data);
	buf_release(&dir);
	buf_release(&path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wilson),
		cmocka_unit_test(test_kappa),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
