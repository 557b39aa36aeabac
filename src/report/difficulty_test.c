#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "report/difficulty.h"

static struct round_difficulty rounds[] = {
	{ .tasks = 52002, .judged = 200, .sum = 630 },
	{ .tasks = 1, .judged = 0, .unread = 1 },
	{ .tasks = 2, .judged = 2, .sum = 13 },
	{ .tasks = 3, .judged = 3, .sum = 30 },
	{ .tasks = 4, .judged = 1, .unread = 2, .sum = 7 },
	{ .tasks = 5, .judged = 5, .sum = 5 },
};
static const struct difficulty six = { .rounds = rounds, .count = 6 };

static int show(const struct difficulty *m, bool is_json, struct buf *out)
{
	struct figures f;
	figures_init(&f);
	difficulty_figures(m, &f);
	int status = figures_show(&f, is_json, out, NULL);
	figures_release(&f);
	return status;
}

static void a_table(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	assert_int_equal(show(&six, false, &out), SOW_OK);
	assert_string_equal(out.data,
		"round         tasks    judged  difficulty  the paper's*\n"
		"initial      52,002       200        3.15          3.00\n"
		"1                 1         0           -          5.48\n"
		"2                 2         2        6.50          6.35\n"
		"3                 3         3       10.00          6.84\n"
		"4                 4         1        7.00          7.08\n"
		"5                 5         5        1.00             -\n"
		"* mean of a judge's 1 to 10: Xu et al. 2023, arXiv:2304.12244, from Alpaca's data\n"
		"3 replies held no number from 1 to 10 and count for nothing\n");
	buf_release(&out);
}

static void as_json(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	const struct difficulty two = { .rounds = rounds, .count = 2 };
	assert_int_equal(show(&two, true, &out), SOW_OK);
	struct view text = view_from(out.data, out.len);
	assert_true(view_find(text, 0, "\"difficulty\": 3.15") != VIEW_NONE);
	assert_true(view_find(text, 0, "\"paper\": 5.48") != VIEW_NONE);
	size_t first = view_find(text, 0, "\"difficulty\"");
	assert_true(view_find(text, first + 1, "\"difficulty\"") == VIEW_NONE);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table), cmocka_unit_test(as_json),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
