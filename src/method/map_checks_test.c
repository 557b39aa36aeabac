#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/error.h"
#include "method/map_checks.h"

static const char record[] = "{\"item\":{\"answer\":\"Four, of course.\",\"n\":4},\"expected\":4.0,"
			     "\"zh\":\"\xE4\xBD\xA0\xE5\xA5\xBD\",\"tags\":[\"a\",\"b\"],\"no\":null}";

static const struct { const char *check, *why; /* "": it holds */ } cases[] = {
	{ "item.n == 4", "" },
	{ "item.n > 4", "this does not hold: item.n > 4" },
	{ "{\"that\":\"item.n > 4\"}", "this does not hold: item.n > 4" },
	{ "{\"name\":\"large\",\"that\":\"item.n > 4\"}", "large: this does not hold: item.n > 4" },
	{ "{\"field\":\"item.answer\",\"min-words\":3}", "" },
	{ "{\"field\":\"item.answer\",\"min-words\":4}",
	  "min-words: item.answer has 3 words, expected at least 4" },
	{ "{\"field\":\"item.n\",\"min-words\":2}", "min-words: item.n has 1 word, expected at least 2" },
	{ "{\"field\":\"item.answer\",\"max-words\":2}",
	  "max-words: item.answer has 3 words, expected at most 2" },
	{ "{\"name\":\"long enough\",\"field\":\"item.answer\",\"min-words\":4}",
	  "long enough: item.answer has 3 words, expected at least 4" },
	{ "{\"field\":\"zh\",\"min-words\":2,\"max-chars\":2,\"min-chars\":2}", "" },
	{ "{\"field\":\"zh\",\"min-words\":2,\"max-chars\":1}",
	  "max-chars: zh has 2 characters, expected at most 1" },
	{ "{\"field\":\"zh\",\"min-chars\":3}", "min-chars: zh has 2 characters, expected at least 3" },
	{ "{\"field\":\"tags | join('-')\",\"matches\":\"^[a-z]-[a-z]$\"}", "" },
	{ "{\"field\":\"item.answer\",\"matches\":\"^F.*r$\"}",
	  "matches: item.answer is \"Four, of course.\", which does not match the pattern" },
	{ "{\"field\":\"nope\",\"min-words\":0}", "min-words: there is no field 'nope'" },
	{ "{\"equal\":[\"item.n\",\"expected\"]}", "" },
	{ "{\"equal\":[\"item.n\",4]}", "" },
	{ "{\"equal\":[\"item.answer\",\"'Four, of course.'\"]}", "" },
	{ "{\"equal\":[\"item.answer\",\"expected\"]}",
	  "equal: item.answer is \"Four, of course.\", which is not what was expected" },
	{ "{\"equal\":[\"no\",\"none\"]}", "equal: there is no field 'no'" },
	{ "{\"differ\":[\"item.n\",\"expected\"]}", "differ: item.n is \"4\", and so is expected" },
	{ "{\"differ\":[\"item.n\",\"zh\"]}", "" },
};

static void holds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct arena *a = arena_new();
		struct sow_error err = { 0 };
		struct buf why = BUF_INIT;
		const json_value *v = json_root(json_parse_lenient(view_of(record), a, NULL, NULL, &err));
		struct map_checks *c = map_checks_read(a, &cases[i].check, 1, &err);
		if (!c)
			fail_msg("%s: %s", cases[i].check, err.text);
		int status = map_checks_hold(c, v, &why);
		assert_int_equal(status, *cases[i].why ? SOW_INVALID : SOW_OK);
		assert_string_equal(why.data, cases[i].why);
		buf_release(&why);
		arena_free(a);
	}
}

/* The first that does not hold is told. */
static void several(void **state)
{
	static const char *const list[] = { "item.n == 4", "{\"field\":\"zh\",\"min-words\":9}", "item.n > 4" };
	struct arena *a = arena_new();
	struct sow_error err = { 0 };
	struct buf why = BUF_INIT;
	(void)state;
	const json_value *v = json_root(json_parse_lenient(view_of(record), a, NULL, NULL, &err));
	struct map_checks *c = map_checks_read(a, list, 3, &err);
	assert_non_null(c);
	assert_int_equal(map_checks_hold(c, v, &why), SOW_INVALID);
	assert_string_equal(why.data, "min-words: zh has 2 words, expected at least 9");
	c = map_checks_read(a, NULL, 0, &err);
	assert_int_equal(map_checks_hold(c, v, &why), SOW_OK);
	buf_release(&why);
	arena_free(a);
}

static void mistakes(void **state)
{
	static const char *const wrong[] = {
		"", "item.n >", "{", "{}", "{\"field\":\"a\"}", "{\"min-words\":3}", "{\"fields\":\"a\",\"min-words\":3}",
		"{\"field\":\"a\",\"min-words\":-1}", "{\"field\":\"a\",\"min-words\":\"3\"}", "{\"field\":\"a }} b\",\"min-words\":1}",
		"{\"field\":\"a b\",\"min-words\":1}", "{\"field\":\"a\",\"matches\":\"(\"}", "{\"equal\":[\"a\"]}",
		"{\"equal\":\"a\"}", "{\"field\":\"a\",\"equal\":[\"a\",\"b\"]}", "{\"equal\":[\"a\",[]]}",
		"{\"that\":\"a >\"}", "{\"field\":\"a\",\"min-word\":3}",
	};
	struct arena *a = arena_new();
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct sow_error err = { 0 };
		if (map_checks_read(a, &wrong[i], 1, &err))
			fail_msg("'%s' was taken", wrong[i]);
		assert_true(strncmp(err.text, "check:", 6) == 0);
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds), cmocka_unit_test(several), cmocka_unit_test(mistakes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
