#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "teacher/http/wire.h"

static struct request *request;
static struct body_style style;
static struct param_support support;
static struct params_sent sent;

static int set_up(void **state)
{
	(void)state;
	request = request_new();
	style = (struct body_style){ .model = "\"m\"", .chat = true, .extra = "" };
	support = (struct param_support){ 0 };
	request->sampling = (struct sampling){ .temperature = -1, .top_p = -1 };
	request->seed = 0x123456789abcdef0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	request_free(request);
	return 0;
}

static void add(enum role role, const char *text)
{
	request_add(request, role, false, view_of(text));
}

static void assert_body(const char *want)
{
	struct buf out = BUF_INIT;
	assert_int_equal(wire_openai.write(&out, &style, &support, request, &sent), SOW_OK);
	assert_string_equal(out.data, want);
	buf_release(&out);
}

#define SEED "\"seed\":448585456" /* the lower 31 bits */

static void neighbours_are_one_message(void **state)
{
	(void)state;
	add(ROLE_SYSTEM, "Be \"brief\".");
	add(ROLE_USER, "a\n");
	add(ROLE_USER, "b\\");
	add(ROLE_ASSISTANT, "\x01\t\xC3\xA4");
	assert_body("{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"Be \\\"brief\\\".\"},"
		    "{\"role\":\"user\",\"content\":\"a\\nb\\\\\"},"
		    "{\"role\":\"assistant\",\"content\":\"\\u0001\\t\xC3\xA4\"}]," SEED ",\"stream\":false}");
	support.without = 1u << PARAM_SYSTEM;
	assert_body("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Be \\\"brief\\\"."
		    "\\n\\na\\nb\\\\\"},"
		    "{\"role\":\"assistant\",\"content\":\"\\u0001\\t\xC3\xA4\"}]," SEED ",\"stream\":false}");
}

#define CALL(arguments) \
	"[{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"look\",\"arguments\":" \
	arguments "}}]"

#define CALL(arguments) \
	"[{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"look\",\"arguments\":" \
	arguments "}}]"

/* Each turn that is more than a text is a message of its own; arguments go as a text. */
static void tools_go_whole(void **state)
{
	(void)state;
	const struct turn turns[] = {
		{ .role = ROLE_DEVELOPER, .text = view_of("Look.") },
		{ .role = ROLE_USER, .parts = view_of("[{\"type\":\"image_url\"}]"),
		  .text = view_of("") },
		{ .role = ROLE_ASSISTANT, .is_silent = true,
		  .tool_calls = view_of(CALL("{\"at\":1.50}")) },
		{ .role = ROLE_TOOL, .text = view_of("rain"), .tool_call_id = view_of("c1") },
		{ .role = ROLE_TOOL, .text = view_of(""), .tool_call_id = view_of("c2"),
		  .name = view_of("look") },
		{ .role = ROLE_ASSISTANT, .text = view_of("Rain") },
		{ .role = ROLE_ASSISTANT, .text = view_of(".") },
	};
	for (size_t i = 0; i < sizeof(turns) / sizeof(*turns); i++)
		assert_int_equal(request_add_turn(request, &turns[i]), SOW_OK);
	request_set_tools(request, view_of("[{\"type\":\"function\"}]"));
	assert_body("{\"model\":\"m\",\"messages\":[{\"role\":\"developer\",\"content\":\"Look.\"},"
		    "{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]},"
		    "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":"
		    CALL("\"{\\\"at\\\":1.50}\"") "},"
		    "{\"role\":\"tool\",\"content\":\"rain\",\"tool_call_id\":\"c1\"},"
		    "{\"role\":\"tool\",\"content\":\"\",\"tool_call_id\":\"c2\",\"name\":\"look\"},"
		    "{\"role\":\"assistant\",\"content\":\"Rain.\"}],"
		    "\"tools\":[{\"type\":\"function\"}]," SEED ",\"stream\":false}");
}

/* Nothing is sent in their place. */
static void calls_that_are_no_json_are_refused(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	const struct turn turn = { .role = ROLE_ASSISTANT, .text = view_of("a"), .tool_calls = view_of("[{") };
	assert_int_equal(request_add_turn(request, &turn), SOW_OK);
	assert_int_equal(wire_openai.write(&out, &style, &support, request, &sent), SOW_INVALID);
	buf_clear(&out);
	assert_int_equal(wire_anthropic.write(&out, &style, &support, request, &sent), SOW_INVALID);
	assert_non_null(strstr(body_refusal(SOW_INVALID), "not JSON"));
	buf_release(&out);
}

static void raw_text_is_a_prompt(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	add(ROLE_NONE, "Task 1:");
	add(ROLE_NONE, " go\n");
	assert_body("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Task 1: go\\n\"}]," SEED ",\"stream\":false}");
	style.chat = false;
	assert_body("{\"model\":\"m\",\"prompt\":\"Task 1: go\\n\"," SEED ",\"stream\":false}");
	request->part_count = 0;
	assert_body("{\"model\":\"m\",\"prompt\":\"\"," SEED ",\"stream\":false}");
	add(ROLE_USER, "a chat");
	assert_int_equal(wire_openai.write(&out, &style, &support, request, &sent), SOW_USAGE);
	buf_release(&out);
}

#define HEAD "{\"model\":\"m\",\"messages\":[]"

static void sampling_is_sent(void **state)
{
	(void)state;
	request->sampling = (struct sampling){
		.temperature = 0.7, .top_p = 0.25, .presence_penalty = 2, .frequency_penalty = -0.5,
		.top_k = 40, .max_tokens = 1024,
	};
	request_add_stop(request, "\n\n");
	request_add_stop(request, "Task");
	assert_body(HEAD ",\"temperature\":0.7,\"top_p\":0.25,\"top_k\":40,\"presence_penalty\":2.0,"
		    "\"frequency_penalty\":-0.5,\"max_tokens\":1024,\"stop\":[\"\\n\\n\",\"Task\"]," SEED ",\"stream\":false}");
	assert_int_equal(sent.stops, 2);
	support.stops_most = 1;
	style.max_completion_tokens = 2000; /* room to think */
	assert_body(HEAD ",\"temperature\":0.7,\"top_p\":0.25,\"top_k\":40,\"presence_penalty\":2.0,"
		    "\"frequency_penalty\":-0.5,\"max_completion_tokens\":2000,\"stop\":[\"\\n\\n\"]," SEED
		    ",\"stream\":false}");
	request->sampling.top_p = 0; /* greedy, as the paper's table writes it */
	request->sampling.stop_count = 0;
	assert_body(HEAD ",\"temperature\":0.0,\"top_k\":40,\"presence_penalty\":2.0,"
		    "\"frequency_penalty\":-0.5,\"max_completion_tokens\":2000," SEED ",\"stream\":false}");
	support.without = 1u << PARAM_TEMPERATURE | 1u << PARAM_TOP_K | 1u << PARAM_PRESENCE |
			  1u << PARAM_FREQUENCY | 1u << PARAM_SEED |
			  1u << PARAM_MAX_COMPLETION_TOKENS;
	assert_body(HEAD ",\"max_tokens\":2000,\"stream\":false}");
	assert_int_equal(sent.left_out & ~(1u << PARAM_MAX_COMPLETION_TOKENS),
			 support.without & ~(1u << PARAM_MAX_COMPLETION_TOKENS));
	assert_false(sent.without & 1u << PARAM_MAX_TOKENS);
	assert_true(sent.without & 1u << PARAM_MAX_COMPLETION_TOKENS);
	assert_true(sent.without & 1u << PARAM_SYSTEM);
}

static void the_users_own_comes_last(void **state)
{
	(void)state;
	char *members;
	uint32_t overridden;
	struct sow_error err = { 0 };
	assert_int_equal(body_extra(" { \"temperature\" : 1, \"a\": {\"b\": [null]} } ", &members,
				    &overridden, &err), SOW_OK);
	assert_string_equal(members, "\"temperature\":1,\"a\":{\"b\":[null]}");
	style.extra = members;
	style.overridden = overridden;
	style.stream = true;
	request->sampling.temperature = 0.7;
	request->sampling.max_tokens = 5;
	assert_body(HEAD ",\"max_tokens\":5," SEED ",\"stream\":true,\"stream_options\":{\"include_usage\":"
		    "true},\"temperature\":1,\"a\":{\"b\":[null]}}");
	mem_free(members);
	assert_int_equal(body_extra("{\"max_completion_tokens\": 9}", &members, &style.overridden, &err),
			 SOW_OK);
	style.extra = members;
	style.stream = false;
	assert_body(HEAD ",\"temperature\":0.7," SEED ",\"stream\":false,\"max_completion_tokens\":9}");
	mem_free(members);
	style.extra = "";
	style.overridden = 0;
	request_set_schema(request, view_of("{\"type\":\"object\"}"));
	assert_body(HEAD ",\"temperature\":0.7,\"max_tokens\":5," SEED ",\"response_format\":{\"type\":"
		    "\"json_schema\",\"json_schema\":{\"name\":\"reply\",\"schema\":{\"type\":\"object\"}}},"
		    "\"stream\":false}");
	assert_int_equal(body_extra("{}", &members, &overridden, &err), SOW_OK);
	assert_string_equal(members, "");
	mem_free(members);
	static const char *const wrong[] = {
		"", "[]", "{", "{\"model\":1}", "{\"messages\":1}", "{\"stream\":true}", "{\"n\":2}", "3",
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_int_equal(body_extra(wrong[i], &members, &overridden, &err), SOW_USAGE);
		assert_non_null(strstr(err.text, "--extra-body"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(neighbours_are_one_message, set_up, tear_down),
		cmocka_unit_test_setup_teardown(tools_go_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(calls_that_are_no_json_are_refused, set_up, tear_down),
cmocka_unit_test_setup_teardown(raw_text_is_a_prompt, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sampling_is_sent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_users_own_comes_last, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
