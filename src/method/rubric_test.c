#include "method/rubric.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "data/schema.h"
#include "sow/sow.h"

static int find(void *data, const char *name, struct view *text, struct sow_error *err)
{
	(void)data;
	(void)err;
	if (strcmp(name, "grade/helpful.txt") != 0)
		return SOW_MISSING;
	*text = view_of("1..5\nHow much it helps.\n");
	return SOW_OK;
}

static const struct prompt_shelf shelf = { .find = find };

static void as_it_is_said(void **state)
{
	(void)state;
	static const struct {
		const char *said, *name, *text;
		double least, most;
		bool is_whole;
	} cases[] = {
		{ "helpful", "helpful", "How much it helps.", 1, 5, true },
		{ "tone=1..5 How friendly?", "tone", "How friendly?", 1, 5, true },
		{ "tone = 0..10\nHow friendly?", "tone", "How friendly?", 0, 10, true },
		{ "x=0.5..2 y", "x", "y", 0.5, 2, false },
		{ "x=-1..1 y", "x", "y", -1, 1, true },
		{ "x=0..5 Halves may be given.", "x", "Halves may be given.", 0, 5, false },
		{ "x_2=1.5..2.5 y", "x_2", "y", 1.5, 2.5, false },
		{ "x=-1e15..1e15 y", "x", "y", -1e15, 1e15, true },
	};
	struct arena *a = arena_new();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct rubric r = { 0 };
		struct sow_error err = { 0 };
		if (rubric_read(a, &shelf, cases[i].said, &r, &err))
			fail_msg("%s: %s", cases[i].said, err.text);
		assert_string_equal(r.name, cases[i].name);
		assert_true(view_starts(view_of(r.reason), r.name));
		assert_string_equal(r.reason + strlen(r.name), "_reason");
		assert_true(view_eqstr(r.text, cases[i].text));
		assert_true(r.least == cases[i].least && r.most == cases[i].most);
		assert_int_equal(r.is_whole, cases[i].is_whole);
	}
	arena_free(a);
}

static void refused(void **state)
{
	(void)state;
	static const char *const cases[] = {
		"unknown", "tone=How friendly?", "tone=5..1 x", "tone=1..1 x", "tone=1..5", "=1..5 x", "a b=1..5 x",
		"1a=1..5 x", "tone=1..nan x", "tone=1-5 x", "tone=..5 x", "tone=1..1e308 x",
		"tone=-1e308..1e308 x", "tone=-2e15..1 x",
	};
	struct arena *a = arena_new();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct rubric r = { 0 };
		struct sow_error err = { 0 };
		if (rubric_read(a, &shelf, cases[i], &r, &err) != SOW_USAGE)
			fail_msg("%s was read", cases[i]);
		assert_non_null(strstr(err.text, "--rubric"));
	}
	arena_free(a);
}

/* The schema is one, and takes what the prompt asks for and nothing else. */
static void schema_of_several(void **state)
{
	(void)state;
	const struct rubric list[] = {
		{ .name = "a", .reason = "a_reason", .least = 1, .most = 5, .is_whole = true, .text = { "A.", 2 } },
		{ .name = "b", .reason = "b_reason", .least = 0, .most = 1, .text = { "B.", 2 } },
	};
	static const struct { const char *json; bool fits; } cases[] = {
		{ "{\"a_reason\":\"x\",\"a\":1,\"b_reason\":\"\",\"b\":0.5}", true },
		{ "{\"a_reason\":\"x\",\"a\":5,\"b_reason\":\"\",\"b\":1}", true },
		{ "{\"a_reason\":\"x\",\"a\":6,\"b_reason\":\"\",\"b\":1}", false },
		{ "{\"a_reason\":\"x\",\"a\":0,\"b_reason\":\"\",\"b\":1}", false },
		{ "{\"a_reason\":\"x\",\"a\":1.5,\"b_reason\":\"\",\"b\":1}", false },
		{ "{\"a_reason\":\"x\",\"a\":\"5\",\"b_reason\":\"\",\"b\":1}", false },
		{ "{\"a_reason\":\"x\",\"a\":5}", false },
		{ "{\"a_reason\":\"x\",\"a\":5,\"b_reason\":\"\",\"b\":1,\"c\":1}", false },
	};
	struct arena *a = arena_new();
	struct buf text = BUF_INIT;
	struct sow_error err = { 0 };
	rubrics_schema(list, 2, &text);
	struct schema *s = schema_read(a, "rubrics", view_from(text.data, text.len), &err);
	if (!s)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct json *doc = json_parse(cases[i].json, strlen(cases[i].json), &err);
		struct buf why = BUF_INIT;
		int status = schema_check(s, json_root(doc), &why);
		if ((status == SOW_OK) != cases[i].fits)
			fail_msg("%s: %s", cases[i].json, why.data);
		buf_release(&why);
		json_free(doc);
	}
	buf_clear(&text);
	rubrics_show(list, 2, &text);
	assert_string_equal(text.data, "a, a whole number from 1 to 5. A.\nb, a number from 0 to 1. B.\n");
	buf_clear(&text);
	rubrics_members(list, 2, &text);
	assert_string_equal(text.data, "\"a_reason\", \"a\", \"b_reason\", \"b\"");
	buf_release(&text);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_it_is_said),
		cmocka_unit_test(refused),
		cmocka_unit_test(schema_of_several),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
