#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/error.h"
#include "method/join.h"

#define MANY 1000

static const struct view prices[] = {
	{ "{\"id\":7,\"price\":1.50}", 21 }, { "{\"id\":\"b\",\"price\":2,\"title\":\"B\"}", 32 },
};
static const struct map_file file = { "prices.csv", prices, 2 };

static const struct { const char *object; bool replace; const char *expected; /* "!": why not */ } cases[] = {
	{ "{\"id\":\"7\",\"a\":1}", false, "{\"id\":\"7\",\"a\":1,\"price\":1.50}" },
	{ "{\"id\":7}", false, "{\"id\":7,\"price\":1.50}" },
	{ "{\"id\":\"b\",\"price\":\"2\"}", false, "{\"id\":\"b\",\"price\":\"2\",\"title\":\"B\"}" },
	{ "{\"id\":8}", false, "{\"id\":8}" },
	{ "{\"a\":1}", false, "{\"a\":1}" },
	{ "{\"id\":null}", false, "{\"id\":null}" },
	{ "{\"title\":\"B\",\"id\":\"b\"}", false, "{\"title\":\"B\",\"id\":\"b\",\"price\":2}" },
	{ "{\"title\":\"C\",\"id\":\"b\"}", false, "!there is a field 'title', and prices.csv has another" },
	{ "{\"title\":\"C\",\"id\":\"b\"}", true, "{\"title\":\"B\",\"id\":\"b\",\"price\":2}" },
};

static void joins(void **state)
{
	struct arena *a = arena_new();
	struct sow_error err = { 0 };
	(void)state;
	struct join *j = join_new(a, &file, "id", &err);
	assert_non_null(j);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf why = BUF_INIT;
		struct view made;
		int status = join_add(j, view_of(cases[i].object), cases[i].replace, a, &made, &why);
		if (*cases[i].expected == '!') {
			assert_int_equal(status, SOW_USAGE);
			assert_string_equal(why.data, cases[i].expected + 1);
		} else {
			assert_int_equal(status, SOW_OK);
			assert_true(view_eqstr(made, cases[i].expected));
		}
		buf_release(&why);
	}
	arena_free(a);
}

/* In whatever order they stand. */
static void many(void **state)
{
	struct arena *a = arena_new();
	struct view *list = arena_array(a, MANY, sizeof(*list));
	struct sow_error err = { 0 };
	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		struct buf text = BUF_INIT;
		buf_addf(&text, "{\"k\":%zu,\"v\":%zu}", i * 7919 % MANY, i);
		list[i] = arena_takebuf(a, &text);
	}
	const struct map_file all = { "all", list, MANY };
	struct join *j = join_new(a, &all, "k", &err);
	for (size_t i = 0; i < MANY; i++) {
		struct buf text = BUF_INIT, why = BUF_INIT;
		struct view made, expected;
		buf_addf(&text, "{\"k\":%zu,\"v\":%zu}", i * 7919 % MANY, i);
		expected = arena_takebuf(a, &text);
		buf_addf(&text, "{\"k\":%zu}", i * 7919 % MANY);
		assert_int_equal(join_add(j, arena_takebuf(a, &text), false, a, &made, &why), SOW_OK);
		assert_true(view_eq(made, expected));
		buf_release(&why);
	}
	arena_free(a);
}

static void mistakes(void **state)
{
	static const struct view twice[] = { { "{\"id\":7}", 8 }, { "{\"id\":1}", 8 }, { "{\"id\":\"7\"}", 10 } };
	static const struct map_file same = { "same.csv", twice, 3 };
	struct arena *a = arena_new();
	struct sow_error err = { 0 };
	(void)state;
	assert_null(join_new(a, &same, "id", &err));
	assert_string_equal(err.text, "same.csv: records 1 and 3 have the same 'id', which they are joined by: 7");
	assert_null(join_new(a, &file, "title", &err));
	assert_string_equal(err.text, "prices.csv: record 1 has no field 'title' to join by");
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joins), cmocka_unit_test(many), cmocka_unit_test(mistakes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
