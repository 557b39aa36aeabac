#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "terminal/wrap.h"

static void wraps_to(struct wrap w, const char *text, const char *want)
{
	struct buf out = BUF_INIT;
	wrap_text(&out, &w, view_of(text));
	assert_string_equal(out.data, want);
	buf_release(&out);
}

static void between_words(void **state)
{
	(void)state;
	struct wrap w = { .indent = 2, .width = 12 };
	wraps_to(w, "aaaa bbbb cccc", "  aaaa bbbb\n  cccc\n");
	wraps_to(w, "aaaaa bbbb cccc", "  aaaaa bbbb\n  cccc\n");
	wraps_to(w, "aaaaaa bbbb  cccc\n\nd", "  aaaaaa\n  bbbb  cccc\n\n  d\n");
	wraps_to(w, "abcdefghijklm n", "  abcdefghij\n  klm n\n");
	wraps_to(w, "    if x:\n\ty", "      if x:\n   y\n");
	wraps_to(w, "", "");
	wraps_to(w, " \n", "\n");
}

static void by_display_width(void **state)
{
	(void)state;
	struct wrap w = { .width = 10 };
	wraps_to(w, "一二三四五六七", "一二三四五\n六七\n");
	wraps_to(w, "e\xCC\x81" "eeeeeeee e e", "e\xCC\x81" "eeeeeeee\ne e\n");
	assert_int_equal(text_columns(view_of("一é😀")), 5);
}

static void hanging(void **state)
{
	(void)state;
	struct wrap w = { .indent = 3, .width = 12, .hanging = true };
	wraps_to(w, "aaaa bbbb cccc", "aaaa bbbb\n   cccc\n");
}

static void cut(void **state)
{
	(void)state;
	struct wrap w = { .indent = 1, .width = 11, .most = 2 };
	wraps_to(w, "aaaa bbbb\ncccc dddd\n\n", " aaaa bbbb\n cccc dddd\n\n");
	wraps_to(w, "aaaa bbbb\ncccc\nd", " aaaa bbbb\n cccc\n … (1 more word)\n");
	wraps_to(w, "aaaa bbbb cccc dddd e\nf g", " aaaa bbbb\n cccc dddd\n … (3 more words)\n");
}

static void harmless(void **state)
{
	(void)state;
	struct wrap w = { .width = 40 };
	wraps_to(w, "a\033[2Jb\rc\x7F\xFFz\xC2\x9Bq\xE2\x80\xAEr",
		 "a\uFFFD[2Jb c\uFFFD\uFFFDz\uFFFDq\uFFFDr\n");
}

static void words(void **state)
{
	(void)state;
	assert_int_equal(text_words(view_of("")), 0);
	assert_int_equal(text_words(view_of(" a  b\n\tc\u3000d\u00A0e ")), 5);
	assert_int_equal(text_words(view_of("don't stop-it")), 2);
}

/* Columns are what is seen: two for a wide character, none for an accent. */
static void cells(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	wrap_cell(&out, view_of("1,234"), 8);
	wrap_cell(&out, view_of("größer"), -8);
	wrap_cell(&out, view_of("中文"), 5);
	wrap_cell(&out, view_of("too long"), 3);
	assert_string_equal(out.data, "   1,234größer   中文too long");
	buf_clear(&out);
	wrap_label(&out, view_of("a\033"), 4);
	wrap_label(&out, view_of("wider"), 4);
	assert_string_equal(out.data, "a\uFFFD  wider ");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(between_words), cmocka_unit_test(by_display_width),
		cmocka_unit_test(hanging),       cmocka_unit_test(cut),
		cmocka_unit_test(harmless),      cmocka_unit_test(words),
		cmocka_unit_test(cells),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
