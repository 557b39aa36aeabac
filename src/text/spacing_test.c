#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "text/letter.h"
#include "text/spacing.h"

static void trimming(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{ "", "" }, { "a", "a" }, { " \t\r\n\v\fa b\n", "a b" }, { "\x1c\x1d\x1e\x1f", "" },
		{ "\xC2\xA0", "" }, { "\xE2\x80\x83\xC2\x85x\xE3\x80\x80", "x" }, { "\xE2\x80\xAF\xC3\xA9\xE2\x80\xA8", "\xC3\xA9" },
		/* no white space: zero width space, byte order mark, bytes that are no character */
		{ "\xE2\x80\x8B", "\xE2\x80\x8B" }, { "\xEF\xBB\xBFx", "\xEF\xBB\xBFx" }, { "\xA0 ", "\xA0" },
		{ " \xC2", "\xC2" }, { "\x80\x80\x80\x80\x80 ", "\x80\x80\x80\x80\x80" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_true(view_eqstr(spacing_trim(view_of(cases[i][0])), cases[i][1]));
	assert_int_equal(spacing_trim((struct view){ 0 }).len, 0);
}

static void digits_and_small_letters(void **state)
{
	(void)state;
	assert_int_equal(letter_decimal('0'), 0);
	assert_int_equal(letter_decimal('9'), 9);
	assert_int_equal(letter_decimal(0x0669), 9);  /* Arabic */
	assert_int_equal(letter_decimal(0xFF10), 0);  /* full width */
	assert_int_equal(letter_decimal('a'), -1);
	assert_int_equal(letter_decimal(0xB2), -1);   /* superscript */
	assert_int_equal(letter_decimal(0x4E5D), -1); /* 九 */
	assert_int_equal(letter_small('Z'), 'z');
	assert_int_equal(letter_small('1'), '1');
	assert_int_equal(letter_small(0x0417), 0x0437); /* З */
	assert_int_equal(letter_small(0x4E5D), 0x4E5D);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trimming), cmocka_unit_test(digits_and_small_letters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
