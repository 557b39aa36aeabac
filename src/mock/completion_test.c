#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mock/completion.h"
#include "mock/tokens.h"
#include "sow/sow.h"

static const char body[] =
	"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Why?\"}]}";

static struct ask ask(void)
{
	struct ask a;
	struct problem why;
	const struct ask_rules any = { 0 };
	assert_int_equal(ask_read(&a, ASK_CHAT, view_of(body), &any, &why), 0);
	return a;
}

/* A value of the schema that is sent, in either language; one that is none is refused. */
static void test_schema(void **state)
{
#define SCHEMA "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\",\"minimum\":7}," \
	       "\"of\":{\"enum\":[\"a\",\"b\"]},\"words\":{\"type\":\"array\",\"items\":{\"type\":\"string\"," \
	       "\"maxLength\":4},\"maxItems\":2}},\"required\":[\"n\"]}"
#define BEGIN "{\"model\":\"m\",\"max_tokens\":99,\"messages\":[{\"role\":\"user\",\"content\":\"?\"}],"
	static const struct { enum ask_kind kind; const char *body; } asks[] = {
		{ ASK_CHAT, BEGIN "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\","
			    "\"schema\":" SCHEMA "}}}" },
		{ ASK_MESSAGES, BEGIN "\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":" SCHEMA
				"}}}" },
	};
	const struct completion_style how = { .seed = 1 };
	const struct ask_rules any = { 0 };
	struct completion s = COMPLETION_INIT;
	struct problem why;
	struct said said;
	struct ask a;
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(ask_read(&a, asks[i].kind, view_of(asks[i].body), &any, &why), 0);
		assert_int_equal(completion_write(&s, &how, &a, &said), SOW_OK);
		assert_true(view_eqstr(said.text, "{\"n\":7,\"of\":\"a\",\"words\":[\"exam\",\"exam\"]}") ||
			    view_eqstr(said.text, "{\"n\":7,\"of\":\"b\",\"words\":[\"exam\",\"exam\"]}"));
		ask_release(&a);
	}
	assert_int_equal(ask_read(&a, ASK_CHAT, view_of(BEGIN "\"response_format\":{\"type\":\"json_schema\","
						       "\"json_schema\":{\"schema\":{\"type\":3}}}}"),
				  &any, &why), -1);
	assert_int_equal(why.status, 400);
	assert_string_equal(why.param, "response_format");
	completion_release(&s);
#undef BEGIN
#undef SCHEMA
}

static void test_cuts(void **state)
{
	(void)state;
	struct completion s = COMPLETION_INIT;
	struct completion_style how = { .seed = 1 };
	struct said said;
	struct ask a = ask();
	assert_int_equal(completion_write(&s, &how, &a, &said), SOW_OK);
	assert_string_equal(said.finish, "stop");
	assert_int_equal(said.completion_tokens, tokens_count(said.text));
	int64_t all = said.completion_tokens;
	char whole[4096];
	assert_true(said.text.len < sizeof(whole));
	memcpy(whole, said.text.p, said.text.len + 1);

	a.max_tokens = all;
	completion_write(&s, &how, &a, &said);
	assert_string_equal(said.finish, "stop");
	a.max_tokens = all - 1;
	completion_write(&s, &how, &a, &said);
	assert_string_equal(said.finish, "length");
	assert_int_equal(said.completion_tokens, all - 1);
	assert_memory_equal(said.text.p, whole, said.text.len);
	/* the earliest stop counts, whatever their order; an empty one is none */
	a.max_tokens = 0;
	a.stops[0] = view_from(whole + 30, 5);
	a.stops[1] = view_from(whole + 12, 9);
	a.stops[2] = view_of("");
	a.stop_count = 3;
	const char *first = memmem(whole, strlen(whole), a.stops[1].p, a.stops[1].len);
	completion_write(&s, &how, &a, &said);
	assert_int_equal(said.text.len, first - whole);
	assert_string_equal(said.finish, "stop");
	ask_release(&a);
	completion_release(&s);
}

static void test_reasoning(void **state)
{
	(void)state;
	struct completion s = COMPLETION_INIT;
	struct completion_style how = { .seed = 1, .cached_percent = 50 };
	struct said plain, said;
	struct completion first = COMPLETION_INIT;
	struct ask a = ask();
	completion_write(&first, &how, &a, &plain);
	assert_true(plain.reasoning.len == 0 && plain.cached_tokens == plain.prompt_tokens / 2);

	how.reasoning = REASONING_FIELD;
	completion_write(&s, &how, &a, &said);
	assert_true(said.reasoning.len > 0 && view_eq(said.text, plain.text));
	assert_int_equal(said.reasoning_tokens, tokens_count(said.reasoning));
	assert_int_equal(said.completion_tokens, said.reasoning_tokens + plain.completion_tokens);
	/* thought until nothing was left */
	a.max_tokens = said.reasoning_tokens - 1;
	completion_write(&s, &how, &a, &said);
	assert_true(said.text.len == 0 && said.completion_tokens == a.max_tokens);
	assert_string_equal(said.finish, "length");
	a.max_tokens = said.completion_tokens + 3;
	completion_write(&s, &how, &a, &said);
	assert_int_equal(tokens_count(said.text), 2);
	a.max_tokens = 0;

	how.reasoning = REASONING_THINK;
	completion_write(&s, &how, &a, &said);
	assert_true(said.reasoning.len == 0 && view_starts(said.text, "<think>\n"));
	assert_true(said.reasoning_tokens > 0 && said.reasoning_tokens < said.completion_tokens);
	assert_true(view_eq(view_sub(said.text, said.text.len - plain.text.len, said.text.len),
			    plain.text));
	ask_release(&a);
	completion_release(&s);
	completion_release(&first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schema), cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_reasoning),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
