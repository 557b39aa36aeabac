#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/view.h"

#define V(text) view_of(text)

static void assert_view(struct view v, const char *expected)
{
	assert_int_equal(v.len, strlen(expected));
	assert_memory_equal(v.p, expected, v.len);
}

static void test_make(void **state)
{
	(void)state;
	assert_view(view_of(NULL), "");
	assert_non_null(view_of(NULL).p);
	assert_view(view_from(NULL, 7), "");
	assert_view(view_from("abc", 2), "ab");
	assert_view(view_sub(V("abcdef"), 1, 3), "bc");
	assert_view(view_sub(V("abc"), 1, 99), "bc");
	assert_view(view_sub(V("abc"), 5, 99), "");
	assert_view(view_sub(V("abc"), 2, 1), "");
	assert_view(view_sub(V("abc"), 0, VIEW_NONE), "abc");
	char text[8];
	snprintf(text, sizeof(text), "%.*s", VIEW_ARG(view_sub(V("abcdef"), 1, 3)));
	assert_string_equal(text, "bc");
}

static void test_trim(void **state)
{
	(void)state;
	assert_view(view_trim(V(" \t\n\r\f\va b \t\n\r\f\v")), "a b");
	assert_view(view_trim_front(V(" \t a \n")), "a \n");
	assert_view(view_trim_back(V(" \t a \n")), " \t a");
	assert_view(view_trim(V("a")), "a");
	assert_view(view_trim(V(" \n ")), "");
	assert_view(view_trim(V("")), "");
	assert_view(view_trim(V("\xC2\xA0" "a\xC2\x85")), "\xC2\xA0" "a\xC2\x85"); /* ASCII only */
	assert_int_equal(view_trim(view_from("\0 ", 2)).len, 1); /* a NUL is no space */
}

static void test_compare(void **state)
{
	(void)state;
	assert_true(view_eq(V(""), view_of(NULL)));
	assert_true(view_eq(V("ab"), view_from("abc", 2)));
	assert_false(view_eq(V("ab"), V("ac")));
	assert_false(view_eq(V("ab"), V("abc")));
	assert_true(view_eqstr(V("ab"), "ab"));
	assert_false(view_eqstr(view_from("ab\0", 3), "ab"));
	assert_true(view_eqfold(V("aBz-1"), V("AbZ-1")));
	assert_false(view_eqfold(V("[@"), V("{`"))); /* 32 apart, and no letters */
	assert_false(view_eqfold(V("\xC3\x84"), V("\xC3\xA4")));
	assert_false(view_eqfold(V("a"), V("ab")));
}

static void test_ends(void **state)
{
	(void)state;
	assert_true(view_starts(V("abc"), "ab"));
	assert_true(view_starts(V("abc"), ""));
	assert_true(view_starts(V("abc"), "abc"));
	assert_false(view_starts(V("ab"), "abc"));
	assert_false(view_starts(V("xab"), "ab"));
	assert_true(view_ends(V("abc"), "bc"));
	assert_true(view_ends(V("abc"), ""));
	assert_true(view_ends(V(""), ""));
	assert_false(view_ends(V("bc"), "abc"));
	assert_false(view_ends(V("abcx"), "bc"));
}

static void test_find(void **state)
{
	(void)state;
	assert_int_equal(view_find(V("abab"), 0, "ab"), 0);
	assert_int_equal(view_find(V("abab"), 1, "ab"), 2);
	assert_true(view_find(V("abab"), 3, "ab") == VIEW_NONE);
	assert_true(view_find(V("abab"), 99, "ab") == VIEW_NONE);
	assert_true(view_find(view_from("abab", 3), 1, "ab") == VIEW_NONE);
	assert_int_equal(view_find(view_from("a\0b", 3), 0, "b"), 2);
	assert_int_equal(view_find(V("ab"), 2, ""), 2);
	assert_true(view_find((struct view){ 0 }, 0, "a") == VIEW_NONE);
	assert_int_equal(view_find((struct view){ 0 }, 0, ""), 0);
	assert_true(view_find(view_of(NULL), 0, "a") == VIEW_NONE);
}

static void test_lines(void **state)
{
	(void)state;
	struct view rest = V("a\r\n\nb\rc\nlast"), line;
	static const char *const lines[] = { "a", "", "b\rc", "last" };
	for (int i = 0; i < 4; i++) {
		assert_true(view_line(&rest, &line));
		assert_view(line, lines[i]);
	}
	assert_false(view_line(&rest, &line));
	rest = V("\n");
	assert_true(view_line(&rest, &line));
	assert_view(line, "");
	assert_false(view_line(&rest, &line));
	rest = V("");
	assert_false(view_line(&rest, &line));
}

static void test_ascii(void **state)
{
	(void)state;
	int spaces = 0, digits = 0, letters = 0, marks = 0, changed = 0;
	for (int i = 0; i < 256; i++) {
		char c = (char)i;
		spaces += ascii_space(c);
		digits += ascii_digit(c);
		letters += ascii_alpha(c);
		marks += ascii_punct(c);
		changed += ascii_lower(c) != c;
		assert_true(ascii_space(c) + ascii_digit(c) + ascii_alpha(c) + ascii_punct(c) <= 1);
		assert_true(i < 128 || (!ascii_space(c) && !ascii_punct(c) && !ascii_alpha(c)));
	}
	assert_int_equal(spaces, 6);
	assert_int_equal(digits, 10);
	assert_int_equal(letters, 52);
	assert_int_equal(marks, 32);
	assert_int_equal(changed, 26);
	assert_int_equal(ascii_lower('A'), 'a');
	assert_int_equal(ascii_lower('Z'), 'z');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_ascii),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
