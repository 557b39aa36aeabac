#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/option.h"

struct values {
	const char *text, *choice;
	int64_t whole, seconds, money;
	double number;
	bool flag;
	struct list list, few;
};

#define AT(member) offsetof(struct values, member)

enum { TEXT, CHOICE, WHOLE, SECONDS, LARGE, NUMBER, SIGNED, MONEY, FLAG, LIST, FEW, PATHS, LINES, BLOCKS, COUNT };

static const struct option table[COUNT] = {
	[TEXT] = { "text", 0, OPTION_TEXT, AT(text), "TEXT", "a text", .scope = OPTION_OF_RUN },
	[CHOICE] = { "choice", 0, OPTION_CHOICE, AT(choice), NULL, "one of them", .choices = "a|bc|d" },
	[WHOLE] = { "whole", 0, OPTION_INT, AT(whole), "N", "a number (5: the usual)", -3, 40,
		    .fallback = "5" },
	[SECONDS] = { "seconds", 0, OPTION_INT, AT(seconds), "SECONDS", "a time", 0, 100, 1000 },
	[LARGE] = { "large", 0, OPTION_INT, AT(whole), "N", "any", INT64_MIN, INT64_MAX },
	[NUMBER] = { "number", 0, OPTION_NUMBER, AT(number), "X", "a part", 0, 1, .unsaid = "none" },
	[SIGNED] = { "signed", 0, OPTION_NUMBER, AT(number), "X", "a penalty", -2, 2, .fallback = "0" },
	[MONEY] = { "money", 0, OPTION_MONEY, AT(money), "DOLLARS", "a price", 0, 1000 },
	[FLAG] = { "flag", 0, OPTION_FLAG, AT(flag), NULL, "yes or no" },
	[LIST] = { "list", 0, OPTION_LIST, AT(list), "ITEM", "items", .scope = OPTION_OF_STEP },
	[FEW] = { "few", 0, OPTION_LIST, AT(few), "ITEM", "at most two", .most = 2, .choices = "a|b" },
	[PATHS] = { "paths", 0, OPTION_LIST, AT(few), "FILE", "files" },
	[LINES] = { "lines", 0, OPTION_LIST, AT(list), "TEXT", "texts", .scope = OPTION_OF_STEP,
		    .escapes = true },
	[BLOCKS] = { "blocks", 0, OPTION_LIST, AT(list), "TEXT", "texts", .scope = OPTION_OF_STEP,
		     .lines = true },
};

/* Sets it and says what it is then, or why not. */
static const char *said(int row, const char *text)
{
	static struct buf out = BUF_INIT;
	struct values v = { 0 };
	struct sow_error err = { 0 };
	struct arena *a = arena_new();
	buf_clear(&out);
	if (option_set(&table[row], &v, text, a, &err)) {
		assert_int_equal(err.status, SOW_INVALID);
		buf_addstr(&out, err.text);
	} else {
		option_text(&table[row], &v, &out);
	}
	arena_free(a);
	return out.data;
}

static void bounds_of_whole_numbers(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"-4", "41", "", " ", "x", "5x", "5 ", "1.0", "1e1", "0x10", "99999999999999999999",
		"-99999999999999999999",
	};
	assert_string_equal(said(WHOLE, "-3"), "-3");
	assert_string_equal(said(WHOLE, "40"), "40");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_memory_equal(said(WHOLE, wrong[i]), "expected a whole number from -3 to 40, not", 42);
	assert_string_equal(said(LARGE, "9223372036854775807"), "9223372036854775807");
	assert_string_equal(said(LARGE, "-9223372036854775808"), "-9223372036854775808");
	assert_non_null(strstr(said(LARGE, "9223372036854775808"), "expected"));
	assert_non_null(strstr(said(LARGE, "-9223372036854775809"), "expected"));
}

static void bounds_of_numbers(void **state)
{
	(void)state;
	static const char *const wrong[] = { "-0.001", "1.001", "", "x", "1x", "nan", "inf", "-inf" };
	assert_string_equal(said(NUMBER, "0"), "0");
	assert_string_equal(said(NUMBER, "1"), "1");
	assert_string_equal(said(NUMBER, "0.7"), "0.7");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_memory_equal(said(NUMBER, wrong[i]), "expected a number from 0 to 1, not", 34);
	assert_string_equal(said(SIGNED, "-2"), "-2");
	assert_string_equal(said(SIGNED, "-1"), "-1"); /* said, and no NOT_SAID */
	assert_non_null(strstr(said(SIGNED, "-2.5"), "expected"));
}

static void bounds_of_money(void **state)
{
	(void)state;
	static const char *const wrong[] = { "-1", "", "x", "1,5", "1000.01", "0.0000000001", "1e2" };
	assert_string_equal(said(MONEY, "0"), "0.00");
	assert_string_equal(said(MONEY, "0.000000001"), "0.000000001");
	assert_string_equal(said(MONEY, "1000"), "1000.00");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_memory_equal(said(MONEY, wrong[i]), "expected an amount in dollars", 29);
}

static void flags_and_choices(void **state)
{
	(void)state;
	assert_string_equal(said(FLAG, "yes"), "yes");
	assert_string_equal(said(FLAG, "no"), "no");
	assert_string_equal(said(FLAG, "true"), "expected yes or no, not 'true'");
	assert_string_equal(said(CHOICE, "a"), "a");
	assert_string_equal(said(CHOICE, "d"), "d");
	assert_string_equal(said(CHOICE, "b"), "expected a|bc|d, not 'b'");
	assert_string_equal(said(CHOICE, "a|bc"), "expected a|bc|d, not 'a|bc'");
	assert_string_equal(said(CHOICE, ""), "expected a|bc|d, not an empty text");
	assert_int_equal(option_choice("a|bc|d", "bc"), 1);
	assert_int_equal(option_choice("a|bc|d", "d"), 2);
	assert_int_equal(option_choice("a|bc|d", ""), -1);
}

/* A recipe and run.db keep UTF-8, and lists a line each; what a command is given may be anything. */
static void texts(void **state)
{
	(void)state;
	assert_string_equal(said(TEXT, "two\nlines"), "two\nlines");
	assert_string_equal(said(TEXT, ""), "expected TEXT, not an empty text");
	assert_string_equal(said(TEXT, "\xff"), "expected UTF-8");
	assert_string_equal(said(LIST, "one"), "one");
	assert_string_equal(said(LIST, "two\nlines"), "expected a text of one line");
	assert_string_equal(said(LIST, "two\rlines"), "expected a text of one line");
	assert_string_equal(said(PATHS, "\xff\n"), "\xff\n");
	assert_string_equal(said(LINES, "a\n\nb\r\\n"), "a\\n\\nb\\r\\n");
}

/* Items of several lines come back as they were. */
static void blocks(void **state)
{
	static const char *const items[] = { "one", "two\nlines", "\n", "three\n\tmore\n", "x" };
	struct values v = { 0 };
	struct sow_error err = { 0 };
	struct buf text = BUF_INIT, item = BUF_INIT;
	struct arena *a = arena_new();
	(void)state;
	assert_string_equal(said(BLOCKS, "two\nlines"), "two\n\tlines");
	assert_non_null(strstr(said(BLOCKS, "\ta"), "no tab before it"));
	assert_non_null(strstr(said(BLOCKS, "a\r\nb"), "without carriage returns"));
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(option_set(&table[BLOCKS], &v, items[i], a, &err), 0);
	assert_int_equal(option_text(&table[BLOCKS], &v, &text), 0);
	struct view rest = view_from(text.data, text.len);
	for (size_t i = 0; i < 5; i++) {
		assert_true(option_take_item(&rest, &item));
		assert_string_equal(item.data, items[i]);
		buf_clear(&item);
	}
	assert_false(option_take_item(&rest, &item));
	buf_release(&text);
	buf_release(&item);
	arena_free(a);
}

static void lists_grow_to_their_bound(void **state)
{
	(void)state;
	struct values v = { 0 };
	struct sow_error err = { 0 };
	struct buf out = BUF_INIT;
	struct arena *a = arena_new();
	assert_int_equal(option_set(&table[FEW], &v, "a", a, &err), 0);
	assert_int_equal(option_set(&table[FEW], &v, "c", a, &err), SOW_INVALID);
	assert_string_equal(err.text, "expected a|b, not 'c'");
	assert_int_equal(option_set(&table[FEW], &v, "b", a, &err), 0);
	assert_int_equal(option_set(&table[FEW], &v, "a", a, &err), SOW_INVALID);
	assert_string_equal(err.text, "expected at most 2");
	option_text(&table[FEW], &v, &out);
	assert_string_equal(out.data, "a\nb");
	assert_int_equal(option_reset(&table[FEW], NULL, &v, a, &err), 0);
	assert_int_equal(v.few.count, 0);
	buf_release(&out);
	arena_free(a);
}

static void units(void **state)
{
	(void)state;
	struct values v = { 0 };
	struct arena *a = arena_new();
	assert_int_equal(option_set(&table[SECONDS], &v, "7", a, NULL), 0);
	assert_int_equal(v.seconds, 7000);
	assert_string_equal(said(SECONDS, "100"), "100");
	assert_non_null(strstr(said(SECONDS, "101"), "from 0 to 100"));
	arena_free(a);
}

/* What was not said reads as nothing, and reading that back changes nothing. */
static void not_said(void **state)
{
	(void)state;
	static const char *const expected[COUNT] = {
		[WHOLE] = "5", [SECONDS] = "0", [LARGE] = "0", [SIGNED] = "0", [FLAG] = "no",
	};
	struct values v;
	struct buf out = BUF_INIT;
	struct arena *a = arena_new();
	for (int i = 0; i < COUNT; i++) {
		memset(&v, 0x5a, sizeof(v));
		assert_int_equal(option_reset(&table[i], table[i].fallback, &v, a, NULL), 0);
		buf_clear(&out);
		option_text(&table[i], &v, &out);
		assert_string_equal(out.data, expected[i] ? expected[i] : "");
	}
	buf_release(&out);
	arena_free(a);
}

static const char *described(int row, const char *fallback)
{
	static struct buf out = BUF_INIT;
	buf_clear(&out);
	option_describe(&table[row], fallback, &out);
	return out.data;
}

static void descriptions(void **state)
{
	(void)state;
	assert_string_equal(described(WHOLE, "5"), "a number (5: the usual)");
	assert_string_equal(described(WHOLE, "6"), "a number (5: the usual; default: 6)");
	assert_string_equal(described(NUMBER, NULL), "a part (default: none)");
	assert_string_equal(described(NUMBER, "0.5"), "a part (default: 0.5)");
	assert_string_equal(described(FLAG, "no"), "yes or no");
	assert_null(option_value(&table[FLAG]));
	assert_string_equal(option_value(&table[CHOICE]), "a|bc|d");
	assert_string_equal(option_value(&table[FEW]), "ITEM");
	assert_true(option_is_path(&table[PATHS]));
	assert_false(option_is_path(&table[TEXT]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_of_whole_numbers),
		cmocka_unit_test(bounds_of_numbers),
		cmocka_unit_test(bounds_of_money),
		cmocka_unit_test(flags_and_choices),
		cmocka_unit_test(texts), cmocka_unit_test(blocks),
		cmocka_unit_test(lists_grow_to_their_bound),
		cmocka_unit_test(units),
		cmocka_unit_test(not_said),
		cmocka_unit_test(descriptions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
