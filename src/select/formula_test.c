#include "select/formula.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static const char record[] =
	"{\"a\":2,\"b\":-3.5,\"deita-quality\":4,\"text\":\"Three little words\",\"cell\":\" 7.5 \",\"yes\":true,"
	"\"no\":null,\"deep\":{\"er\":5,\"x-y\":6},\"dot.ted\":8,\"gr\xC3\xB6\xC3\x9F""e\":9,\"zero\":0}";

static void values(void **state)
{
	(void)state;
	static const struct { const char *text; double value; } cases[] = {
		{ "a", 2 }, { "b", -3.5 }, { "-b", 3.5 }, { "a + b", -1.5 }, { "a - b", 5.5 }, { "2*a+1", 5 },
		{ "1+2*a", 5 }, { "(1+2)*a", 6 }, { "8/a/2", 2 }, { "10-a-3", 5 }, { "-(a+1)*2", -6 },
		{ "deita-quality", 4 }, { "deita-quality*deita-quality", 16 }, { "deita-quality -a", 2 },
		{ "a -1", 1 }, { "a-1", 1 }, { "words(text)", 3 }, { "chars(text)", 18 }, { "cell", 7.5 }, { "yes", 1 },
		{ "deep.er", 5 }, { "deep.x-y", 6 }, { "dot.ted", 8 }, { "gr\xC3\xB6\xC3\x9F""e", 9 },
		{ "log(1)", 0 }, { "exp(0)", 1 }, { "sqrt(deita-quality)", 2 }, { "abs(b)", 3.5 }, { "min(a, b)", -3.5 },
		{ "max(a,b)", 2 }, { ".5", 0.5 }, { "1e2", 100 }, { "- - a", 2 }, { "min(a,max(b,1))", 1 },
	};
	struct arena *arena = arena_new();
	struct sow_error err = { 0 };
	struct json *doc = json_parse(record, strlen(record), &err);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		double number;
		const char *missing;
		struct formula *f = formula_read(arena, cases[i].text, &err);
		if (!f)
			fail_msg("%s: %s", cases[i].text, err.text);
		assert_int_equal(formula_value(f, json_root(doc), &number, &missing), SOW_OK);
		if (number != cases[i].value)
			fail_msg("%s is %g", cases[i].text, number);
	}
	json_free(doc);
	arena_free(arena);
}

static void no_value(void **state)
{
	(void)state;
	static const struct { const char *text; int status; const char *missing; } cases[] = {
		{ "c", SOW_MISSING, "c" }, { "a + deep.c", SOW_MISSING, "deep.c" }, { "text", SOW_MISSING, "text" },
		{ "no", SOW_MISSING, "no" }, { "deep", SOW_MISSING, "deep" }, { "words(a)", SOW_MISSING, "a" },
		{ "a/zero", SOW_INVALID, NULL }, { "log(b)", SOW_INVALID, NULL }, { "exp(1000)", SOW_INVALID, NULL },
	};
	struct arena *arena = arena_new();
	struct sow_error err = { 0 };
	struct json *doc = json_parse(record, strlen(record), &err);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		double number;
		const char *missing;
		struct formula *f = formula_read(arena, cases[i].text, &err);
		assert_non_null(f);
		assert_int_equal(formula_value(f, json_root(doc), &number, &missing), cases[i].status);
		if (cases[i].missing)
			assert_string_equal(missing, cases[i].missing);
	}
	json_free(doc);
	arena_free(arena);
}

static void refused(void **state)
{
	(void)state;
	static const struct { const char *text, *column; } cases[] = {
		{ "", "column 1" }, { "a b", "column 3" }, { "a +", "column 4" }, { "(a", "column 3" },
		{ "a)", "column 2" }, { "a * * b", "column 5" }, { "foo(a)", "column 1" }, { "min(a)", "column 6" },
		{ "words(1)", "column 7" }, { "1.2.3", "column 4" }, { "a > 1", "column 3" },
	};
	struct arena *arena = arena_new();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sow_error err = { 0 };
		assert_null(formula_read(arena, cases[i].text, &err));
		if (err.status != SOW_USAGE || !strstr(err.text, cases[i].column))
			fail_msg("%s: %s", cases[i].text, err.text);
	}
	char deep[2001];
	struct sow_error err = { 0 };
	memset(deep, '(', 2000);
	deep[2000] = 0;
	assert_null(formula_read(arena, deep, &err));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(no_value),
		cmocka_unit_test(refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
