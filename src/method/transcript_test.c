/* A conversation as notes, and with its sides exchanged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "method/transcript.h"

#define MAX_TURNS 8

/* The messages behind "Go.", "role: text|role: text", and what was said last behind "||". */
static void assert_exchanged(const struct turn *turns, const char *expected)
{
	size_t count = 0;
	struct request *r = request_new();
	struct buf got = BUF_INIT;
	struct view said;
	while (count < MAX_TURNS && (turns[count].text.len || turns[count].tool_calls.len))
		count++;
	assert_int_equal(request_add(r, ROLE_USER, false, view_of("Go.")), 0);
	assert_int_equal(transcript_exchange(turns, count, r, &said), 0);
	for (size_t i = 0; i < r->part_count; i++) {
		const struct part *p = &r->parts[i];
		if (!i || p->role != r->parts[i - 1].role)
			buf_addf(&got, "%s%s: ", i ? "|" : "", p->role == ROLE_USER ? "user" : "assistant");
		buf_addf(&got, "%.*s", VIEW_ARG(p->text));
	}
	buf_addf(&got, "||%.*s", VIEW_ARG(said));
	assert_string_equal(got.data, expected);
	buf_release(&got);
	request_free(r);
}

#define SAYS(role, said) TURN(role, view_of(said))

static void sides_are_exchanged(void **state)
{
	(void)state;
	const struct turn talk[MAX_TURNS] = {
		SAYS(ROLE_SYSTEM, "Be kind."), SAYS(ROLE_USER, "Why?"), SAYS(ROLE_ASSISTANT, "So."),
		SAYS(ROLE_USER, "\"How\"?"), SAYS(ROLE_ASSISTANT, "Thus."),
	};
	assert_exchanged(talk, "user: Go.|assistant: {\"next\":\"ask\",\"message\":\"Why?\"}|user: The assistant "
			 "says:\nSo.|assistant: {\"next\":\"ask\",\"message\":\"\\\"How\\\"?\"}||Thus.");
	const struct turn one[MAX_TURNS] = { SAYS(ROLE_ASSISTANT, "Hello.") };
	assert_exchanged(one, "user: Go.\n\n||Hello.");
	const struct turn greeted[MAX_TURNS] = {
		SAYS(ROLE_ASSISTANT, "Hello."), SAYS(ROLE_USER, "Why?"), SAYS(ROLE_ASSISTANT, "So."),
	};
	assert_exchanged(greeted, "user: Go.\n\nThe assistant says:\nHello.|assistant: {\"next\":\"ask\","
			 "\"message\":\"Why?\"}||So.");
}

/* One side's turns are one message, whatever stands between them. */
static void sides_alternate(void **state)
{
	(void)state;
	const struct turn talk[MAX_TURNS] = {
		SAYS(ROLE_USER, "One?"), SAYS(ROLE_DEVELOPER, "Be brief."), SAYS(ROLE_USER, "Two?"),
		SAYS(ROLE_ASSISTANT, "I look."), { .role = ROLE_ASSISTANT, .tool_calls = view_of("[{}]") },
		SAYS(ROLE_TOOL, "42"),
		SAYS(ROLE_ASSISTANT, "It is 42."),
	};
	assert_exchanged(talk, "user: Go.|assistant: {\"next\":\"ask\",\"message\":\"One?\\n\\nTwo?\"}||"
			 "I look.\n\n[{}]\n\nTool: 42\n\nIt is 42.");
}

static void notes_have_names(void **state)
{
	(void)state;
	const struct turn talk[] = {
		SAYS(ROLE_SYSTEM, "Be kind."), SAYS(ROLE_USER, "Why?"), SAYS(ROLE_ASSISTANT, "So."),
	};
	struct buf got = BUF_INIT;
	transcript_add(talk, 3, &got);
	assert_string_equal(got.data, "User: Why?\n\nAssistant: So.");
	buf_release(&got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sides_are_exchanged),
		cmocka_unit_test(sides_alternate),
		cmocka_unit_test(notes_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
