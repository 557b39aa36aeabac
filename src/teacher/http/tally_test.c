#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "teacher/http/tally.h"

static void each_is_told_once(void **state)
{
	(void)state;
	struct tally *t = tally_new();
	struct buf out = BUF_INIT;
	assert_true(tally_note(t, TALLY_TROUBLE, view_of("try again in 3.5 s")));
	assert_false(tally_note(t, TALLY_TROUBLE, view_of("try again in 12 s")));
	assert_true(tally_note(t, TALLY_TROUBLE, view_of("try again in a s")));
	assert_true(tally_note(t, TALLY_TROUBLE, view_of("try again")));
	assert_true(tally_note(t, TALLY_LEARNT, view_of("try again")));
	tally_write(t, TALLY_TROUBLE, &out);
	assert_string_equal(out.data, "2 times: try again in 3.5 s\nonce: try again in a s\nonce: try again\n");
	buf_clear(&out);
	tally_write(t, TALLY_LEARNT, &out);
	assert_string_equal(out.data, "try again\n");
	buf_release(&out);
	tally_free(t);
}

static void there_is_an_end(void **state)
{
	(void)state;
	struct tally *t = tally_new();
	for (int i = 0; i < 100; i++) {
		char text[2] = { (char)('a' + i % 26 - (i / 26) % 2 * 32), '\0' };
		bool is_new = tally_note(t, TALLY_LEARNT, view_of(text));
		assert_true(is_new == (i < 32));
	}
	tally_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_told_once),
		cmocka_unit_test(there_is_an_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
