#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/compress.h"

static void test_stem(void **state)
{
	(void)state;
	assert_true(view_eqstr(compression_stem("a/b.csv.gz"), "a/b.csv"));
	assert_true(view_eqstr(compression_stem("b.zst"), "b"));
	assert_true(view_eqstr(compression_stem("b.GZ"), "b.GZ"));
	assert_true(compression_stem_ends("a.CSV.zst", ".csv"));
	assert_false(compression_stem_ends(".csv", ".csv"));
	assert_false(compression_stem_ends("csv", ".csv"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stem),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
