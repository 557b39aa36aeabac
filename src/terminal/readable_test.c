#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "terminal/readable.h"

static void numbers(void **state)
{
	(void)state;
	static const struct {
		int64_t n;
		const char *count, *duration;
	} rows[] = {
		{ 0, "0", "0.0 s" },
		{ 999, "999", "0.0 s" },
		{ -1000, "-1,000", "-0.0 s" },
		{ 1500 * CLOCK_MS, "1,500,000,000", "1.5 s" },
		{ 59 * CLOCK_SECOND, "59,000,000,000", "59 s" },
		{ 61 * CLOCK_SECOND, "61,000,000,000", "1 min 1 s" },
		{ 7265 * CLOCK_SECOND, "7,265,000,000,000", "2 h 1 min" },
	};
	struct buf out = BUF_INIT;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&out);
		readable_count(&out, rows[i].n);
		assert_string_equal(out.data, rows[i].count);
		buf_clear(&out);
		readable_duration(&out, rows[i].n);
		assert_string_equal(out.data, rows[i].duration);
	}
	buf_clear(&out);
	readable_date(&out, INT64_C(1772374000) * CLOCK_SECOND);
	assert_string_equal(out.data, "2026-03-01 14:06 UTC");
	buf_clear(&out);
	readable_money(&out, 0);
	readable_money(&out, 4200000);
	readable_money(&out, INT64_C(12345000000));
	assert_string_equal(out.data, "$0$0.0042$12.35");
	buf_release(&out);
}

static void shell(void **state)
{
	(void)state;
	static const char *const pairs[][2] = {
		{ "build/demo", "build/demo" }, { "", "''" }, { "a b", "'a b'" },
		{ "it's", "'it'\\''s'" },       { "$x", "'$x'" }, { "grün", "grün" },
	};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct buf out = BUF_INIT;
		shell_word(&out, view_of(pairs[i][0]));
		assert_string_equal(out.data, pairs[i][1]);
		buf_release(&out);
	}
}

static void paces(void **state)
{
	(void)state;
	static const struct {
		int64_t done, seconds, left;
		const char *rate, *eta;
	} rows[] = {
		{ 6, 60, 4, "6.0/min", "ETA 40 s" },
		{ 6, 60, 0, "6.0/min", "" },
		{ 1, 86400, 10000, "0.00/min", "" },
		{ 0, 60, 4, "", "" },
		{ 6, 0, 4, "", "" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf rate = BUF_INIT, eta = BUF_INIT;
		readable_pace(&rate, &eta, rows[i].done, rows[i].seconds * CLOCK_SECOND, rows[i].left);
		assert_string_equal(rate.data, rows[i].rate);
		assert_string_equal(eta.data, rows[i].eta);
		buf_release(&rate);
		buf_release(&eta);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(numbers), cmocka_unit_test(paces),
					    cmocka_unit_test(shell) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
