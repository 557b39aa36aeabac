#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "terminal/spark.h"

static void reads(struct buf *out, const char *want)
{
	assert_string_equal(out->data, want);
	buf_release(out);
}

static void amounts(void **state)
{
	(void)state;
	static const double value[] = { 0, 1, 2, 4, 7.9, 8, 0 };
	struct buf out = BUF_INIT;
	spark_amounts(value, 7, 40, &out);
	reads(&out, " ▂▃▅██ ");
	spark_amounts(value, 7, 4, &out); /* 1, 6, 15.9, 0 */
	reads(&out, "▁▄█ ");
	spark_amounts(value, 1, 4, &out);
	reads(&out, " ");
	spark_amounts(value, 0, 4, &out);
	reads(&out, "");
}

static void shares(void **state)
{
	(void)state;
	static const double part[] = { 0, 0, 1, 5, 5, 3 }, all[] = { 0, 4, 2, 5, 10, 3 };
	struct buf out = BUF_INIT;
	spark_shares(part, all, 6, 40, &out);
	reads(&out, " ▁▅█▅█");
	spark_shares(part, all, 6, 3, &out); /* 0 of 4, 6 of 7, 8 of 13 */
	reads(&out, "▁▇▅");
}

static void joined(void **state)
{
	(void)state;
	assert_int_equal(spark_join(0, 40), 1);
	assert_int_equal(spark_join(40, 40), 1);
	assert_int_equal(spark_join(41, 40), 2);
	assert_int_equal(spark_join(120, 40), 3);
	assert_int_equal(spark_join(3, 1), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(amounts), cmocka_unit_test(shares), cmocka_unit_test(joined),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
