#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/embedded.h"
#include "base/error.h"
#include "method/judge.h"

static int find(void *data, const char *name, struct view *text, struct sow_error *err)
{
	char path[128] = "prompts/";
	(void)data;
	for (size_t i = 0; name[i]; i++)
		path[8 + i] = name[i];
	const struct embedded_file *f = embedded_find(path);
	if (!f)
		return error_set(err, SOW_MISSING, "%s: missing", name);
	*text = view_from(f->text, f->len);
	return SOW_OK;
}

static void grades(void **state)
{
	(void)state;
	static const struct {
		const char *reply;
		double grade;
	} cases[] = {
		{ "7", 7 }, { " 10", 10 }, { "Grade: 8", 8 }, { "7.5", 7.5 }, { "8/10", 8 },
		{ "1.", 1 }, { "", 0 }, { "good", 0 }, { "0", 0 }, { "11", 0 }, { "100", 0 },
		{ "99999999999999999999999999", 0 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_true(judge_read(view_of(cases[i].reply)) == cases[i].grade);
}

static void plans(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct arena *a = arena_new();
	for (int chat = 0; chat < 2; chat++) {
		const struct prompt_shelf shelf = { .find = find, .chat = chat };
		struct judge *j = judge_new(a, &shelf, &stage_judging, &err);
		const struct method_state run = { .o.judge = j };
		struct request *r;
		assert_non_null(j);
		/* a prompt shows no white space at the ends, which the record keeps */
		const struct unit u = { .instruction = view_of(" What is {{answer}}?\n"),
					.input = view_of(" ") };
		assert_int_equal(stage_judging.plan_grade(&run, &u, view_of("42"), &r), SOW_OK);
		assert_int_equal(r->parts[0].role, chat ? ROLE_SYSTEM : ROLE_NONE);
		struct view last = r->parts[r->part_count - 1].text;
		assert_true(view_ends(last, chat ? "from 1 to 10:" : "Grade:"));
		bool asked = false;
		for (size_t i = 0; i < r->part_count; i++)
			asked = asked || view_eqstr(r->parts[i].text, "What is {{answer}}?");
		assert_true(asked);
		request_free(r);
	}
	arena_free(a);
}

static void conversations(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct arena *a = arena_new();
	const struct prompt_shelf shelf = { .find = find, .chat = true };
	struct judge *j = judge_new(a, &shelf, &stage_judging, &err);
	const struct method_state run = { .o.judge = j };
	struct request *r;
	struct unit u = { .instruction = view_of("b"), .turns = view_of(
		"[{\"role\":\"system\",\"content\":\"a\"},{\"role\":\"user\",\"content\":\"b\"}]") };
	assert_int_equal(stage_judging.plan_grade(&run, &u, view_of("c"), &r), SOW_OK);
	bool asked = false;
	for (size_t i = 0; i < r->part_count; i++)
		asked = asked || view_eqstr(r->parts[i].text, "system: a\nuser: b");
	assert_true(asked);
	request_free(r);
	u.turns = view_of("[{\"role\":\"user\",\"content\":\"b\"},{\"role\":\"assistant\",\"content\":null,"
			  "\"tool_calls\":[{\"function\":{\"name\":\"look\",\"arguments\":{}}}]}]");
	assert_int_equal(stage_judging.plan_grade(&run, &u, view_of("c"), &r), SOW_OK);
	asked = false;
	for (size_t i = 0; i < r->part_count; i++)
		asked = asked || view_find(r->parts[i].text, 0, "\"name\":\"look\"") != VIEW_NONE;
	assert_true(asked);
	request_free(r);
	u.turns = view_of("{}");
	assert_int_equal(stage_judging.plan_grade(&run, &u, view_of("c"), &r), SOW_INVALID);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(grades), cmocka_unit_test(plans),
					    cmocka_unit_test(conversations) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
