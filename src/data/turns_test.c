#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "data/turns.h"

static const struct turn talk[] = {
	{ ROLE_SYSTEM, { "Be \"brief\".", 11 } },
	{ ROLE_USER, { "Zwei\nZeilen", 11 } },
	{ ROLE_ASSISTANT, { "", 0 } },
};

static void there_and_back(void **state)
{
	(void)state;
	struct buf text = BUF_INIT;
	struct arena *a = arena_new();
	struct turn *turns;
	size_t count;
	assert_int_equal(turns_write(talk, 3, &text), SOW_OK);
	assert_string_equal(text.data,
			    "[{\"role\":\"system\",\"content\":\"Be \\\"brief\\\".\"},"
			    "{\"role\":\"user\",\"content\":\"Zwei\\nZeilen\"},"
			    "{\"role\":\"assistant\",\"content\":\"\"}]");
	assert_int_equal(turns_read(view_from(text.data, text.len), a, &turns, &count), SOW_OK);
	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(turns[i].role, talk[i].role);
		assert_true(view_eq(turns[i].text, talk[i].text));
	}
	buf_release(&text);
	arena_free(a);
}

static void what_is_no_conversation(void **state)
{
	(void)state;
	static const char *const texts[] = { "", "{}", "[1]", "[{\"role\":\"clown\",\"content\":\"\"}]",
					     "[{\"role\":\"user\"" };
	struct arena *a = arena_new();
	struct turn *turns;
	size_t count;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_int_equal(turns_read(view_of(texts[i]), a, &turns, &count), SOW_INVALID);
	arena_free(a);
}

static void joined(void **state)
{
	(void)state;
	struct buf text = BUF_INIT;
	turns_join(view_of("Add."), view_of(""), &text);
	assert_string_equal(text.data, "Add.");
	buf_clear(&text);
	turns_join(view_of("Add."), view_of("1 2"), &text);
	assert_string_equal(text.data, "Add.\n\n1 2");
	buf_release(&text);
}

static void out_of_memory(void **state)
{
	(void)state;
	int status = SOW_NOMEM;
	for (long n = 1; status; n++) {
		struct buf text = BUF_INIT;
		mem_fail_after(n);
		status = turns_write(talk, 3, &text);
		mem_fail_after(0);
		buf_release(&text);
		assert_true(status == SOW_NOMEM || status == SOW_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(what_is_no_conversation),
		cmocka_unit_test(joined),
		cmocka_unit_test(out_of_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
