#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "method/prompt.h"

static const struct slot statics[] = { { "shown", { "D\n", 2 } }, { "broken", { "D\n\xC3", 3 } },
				       { 0 } };
static const char *const names[] = { "task", NULL };

/* Parts as "role+text|", with "*" for a shared one. */
static void check(const char *text, const char *expected)
{
	const struct slot slots[] = { { "task", view_of("T{{shown}}") }, { 0 } };
	struct arena *a = arena_new();
	struct sow_error err = { 0 };
	struct prompt *p = prompt_new(a, "p.txt", view_of(text), statics, names, &err);
	if (!p) {
		arena_free(a);
		assert_string_equal(err.text, expected);
		return;
	}
	struct request *r = request_new();
	char got[512] = "";
	assert_int_equal(prompt_fill(p, slots, r), 0);
	for (size_t i = 0; i < r->part_count; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s+%.*s|",
			 r->parts[i].shared ? "*" : "", role_names[r->parts[i].role],
			 VIEW_ARG(r->parts[i].text));
	request_free(r);
	arena_free(a);
	assert_string_equal(got, expected);
}

static void raw(void **state)
{
	(void)state;
	check("Go on.\n", "*+Go on.\n|");
	check("Some:\n{{shown}}Task: {{task}}\n", "*+Some:\nD\n|+Task: |+T{{shown}}|+\n|");
	check("{{task}}", "+T{{shown}}|");
	check("a {{ b", "*+a {{ b|");
}

static void chat(void **state)
{
	(void)state;
	check("[system]\nBe brief.\n[user]\n{{shown}}{{task}}\n",
	      "*system+Be brief.|*user+D\n|user+T{{shown}}|");
	check("[user]\n{{task}}\n[assistant]\nYes\n", "user+T{{shown}}|assistant+Yes|");
	check("[system]\n\n[user]\nx", "*user+x|");
}

static void mistakes(void **state)
{
	(void)state;
	check("One\nTwo {{taks}}", "p.txt:2: unknown slot {{taks}}");
	check("", "p.txt: the prompt is empty");
	check("[system]\n[user]\n", "p.txt: the prompt is empty");
	check("One\nTwo caf\xE9", "p.txt:2: expected UTF-8 text, not the byte 0xE9");
	check("{{\xFF}}", "p.txt:1: expected UTF-8 text, not the byte 0xFF");
	check("One\n{{broken}}", "p.txt: {{broken}}:2: expected UTF-8 text, not the byte 0xC3");
}

/* A model's input ends at a zero byte in more than one library. */
static void zero_byte(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct sow_error err = { 0 };
	struct view text = view_from("One\n\nT\0wo", 9);
	assert_null(prompt_new(a, "p.txt", text, statics, names, &err));
	assert_int_equal(err.status, SOW_INVALID);
	assert_string_equal(err.text, "p.txt:3: expected UTF-8 text, not the byte 0x00");
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(raw), cmocka_unit_test(chat), cmocka_unit_test(mistakes),
		cmocka_unit_test(zero_byte),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
