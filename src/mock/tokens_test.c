#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mock/tokens.h"

static void test_tokens(void **state)
{
	(void)state;
	struct view text = view_of("Hello wonderful  world, 12345678 \xC3\xA9\xE2\x82\xAC!");
	static const size_t lens[] = { 5, 6, 4, 1, 6, 1, 6, 3, 1, 2, 3, 1 };
	size_t at = 0;
	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		assert_int_equal(token_len(text, at), lens[i]);
		at += lens[i];
	}
	assert_int_equal(at, text.len);
	assert_int_equal(token_len(text, at), 0);
	assert_int_equal(tokens_count(text), 12);
	assert_int_equal(tokens_count(view_of("")), 0);
	assert_int_equal(token_len(view_from("\xFF\xFE", 2), 0), 1); /* no UTF-8: goes on */
	assert_int_equal(token_len(view_of(" "), 0), 1);
}

static void test_cut(void **state)
{
	(void)state;
	struct view text = view_of("one two three");
	assert_int_equal(tokens_cut(&text, 9), 3);
	assert_true(view_eqstr(text, "one two three"));
	assert_int_equal(tokens_cut(&text, 2), 2);
	assert_true(view_eqstr(text, "one two"));
	assert_int_equal(tokens_cut(&text, 0), 0);
	assert_int_equal(text.len, 0);
	assert_int_equal(tokens_of_prompt(0), 0);
	assert_int_equal(tokens_of_prompt(1), 1);
	assert_int_equal(tokens_of_prompt(8), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
