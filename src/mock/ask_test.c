#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mock/ask.h"

static const struct ask_rules any = { 0 };

static void read_good(struct ask *a, enum ask_kind kind, const char *body)
{
	struct problem why = { 0 };
	if (ask_read(a, kind, view_of(body), &any, &why))
		fail_msg("%s: %s", body, why.message);
}

static void read_bad(enum ask_kind kind, const struct ask_rules *rules, const char *body,
		     unsigned status, const char *code, const char *message)
{
	struct ask a;
	struct problem why;
	assert_int_equal(ask_read(&a, kind, view_of(body), rules, &why), -1);
	assert_string_equal(why.message, message);
	assert_int_equal(why.status, status);
	if (code)
		assert_string_equal(why.code, code);
	else
		assert_null(why.code);
}

static void test_chat(void **state)
{
	(void)state;
	struct ask a;
	read_good(
		&a, ASK_CHAT,
		"{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"S\"},"
		"{\"role\":\"user\",\"content\":\"one\"},{\"role\":\"assistant\",\"content\":null},"
		"{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"two\"},"
		"{\"type\":\"text\",\"text\":\" three\"}]}],\"max_tokens\":7,"
		"\"stop\":[\"a\",\"b\"],\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
	assert_true(view_eqstr(a.model, "m") && view_eqstr(a.system, "S"));
	assert_true(view_eqstr(a.prompt, "two three"));
	assert_true(a.max_tokens == 7 && a.stop_count == 2 && a.stream && a.stream_usage);
	assert_true(view_eqstr(a.stops[1], "b"));
	assert_int_equal(a.prompt_tokens, (5 * 12 + 13 + 3) / 4);
	ask_release(&a);
	read_good(&a, ASK_COMPLETION,
		  "{\"model\":\"m\",\"prompt\":[\"once\"],\"max_completion_tokens\":3,\"max_tokens\":9,"
		  "\"stop\":\"x\"}");
	assert_true(view_eqstr(a.prompt, "once") && a.max_tokens == 3 && a.stop_count == 1);
	assert_false(a.stream || a.stream_usage);
	ask_release(&a);
}

static uint64_t seed_of(const char *body)
{
	struct ask a;
	read_good(&a, ASK_CHAT, body);
	ask_release(&a);
	return a.seed;
}

/* What an answer depends on, and what it does not. */
static void test_seed(void **state)
{
	(void)state;
#define MESSAGES "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"
	uint64_t seed = seed_of("{\"model\":\"m\"," MESSAGES "}");
	assert_true(seed ==
		    seed_of("{" MESSAGES ",\"model\":\"m\",\"stream\":true,\"user\":\"me\"}"));
	assert_true(seed ==
		    seed_of("{\"model\":\"n\"," MESSAGES ",\"max_tokens\":5,\"stop\":\"x\"}"));
	assert_true(seed != seed_of("{\"model\":\"m\"," MESSAGES ",\"seed\":1}"));
	assert_true(seed != seed_of("{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
				    "\"content\":\"ho\"}]}"));
	assert_true(seed !=
		    seed_of("{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"\"},"
			    "{\"role\":\"user\",\"content\":\"hi\"}]}"));
}

static void test_bad(void **state)
{
	(void)state;
	read_bad(
		ASK_CHAT, &any, "{\"model\":}", 400, NULL,
		"We could not parse the JSON body of your request: line 1, column 10: expected a value.");
	read_bad(ASK_CHAT, &any, "7", 400, NULL,
		 "The JSON body of your request has to be an object, not an integer.");
	read_bad(ASK_COMPLETION, &any, "{\"model\":\"m\"}", 400, "missing_required_parameter",
		 "Missing required parameter: 'prompt'.");
	read_bad(ASK_COMPLETION, &any, "{\"model\":\"m\",\"prompt\":[\"a\",\"b\"]}", 400,
		 "invalid_type",
		 "Invalid type for 'prompt': expected a string, but got an array instead.");
	read_bad(
		ASK_CHAT, &any, "{\"model\":\"m\"," MESSAGES ",\"n\":3}", 400, "invalid_value",
		"Invalid 'n': this server gives one choice a request. Expected 1, but got 3 instead.");
	read_bad(ASK_CHAT, &any, "{\"model\":\"m\"," MESSAGES ",\"max_tokens\":-1}", 400,
		 "integer_below_min_value",
		 "Invalid 'max_tokens': integer below minimum value. Expected a value >= 1, but got -1 "
		 "instead.");
	struct ask_rules big = { .model = "big" };
	read_bad(ASK_CHAT, &big, "{\"model\":\"small\"," MESSAGES "}", 404, "model_not_found",
		 "The model `small` does not exist or you do not have access to it.");
	struct ask_rules few = { .stops = 1 };
	read_bad(ASK_CHAT, &few, "{\"model\":\"m\"," MESSAGES ",\"stop\":[\"a\",\"b\"]}", 400,
		 "array_above_max_length",
		 "Invalid 'stop': array too long. Expected an array with maximum length 1, but got an "
		 "array with length 2 instead.");
	/* a role too long to be shown whole, cut between two characters */
	read_bad(ASK_CHAT, &any,
		 "{\"model\":\"m\",\"messages\":[{\"role\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		 "xxxxxxxxxxxxxx\xC3\xA9yyyy\",\"content\":\"\"}]}", 400, "invalid_value",
		 "Invalid value: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx?'. "
		 "Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and "
		 "'developer'.");
}

static void test_refused(void **state)
{
	(void)state;
	static const char *const names[] = { "max_tokens", "max_completion_tokens", "top_p",
					     "stop" };
	struct ask_rules both = { .refused = names, .refused_count = 4 };
	read_bad(ASK_CHAT, &both, "{\"model\":\"m\"," MESSAGES ",\"max_tokens\":5}", 400,
		 "unsupported_parameter",
		 "Unsupported parameter: 'max_tokens' is not supported with this model.");
	read_bad(ASK_CHAT, &both, "{\"model\":\"m\"," MESSAGES ",\"top_p\":0.5}", 400,
		 "unsupported_value", "Unsupported value: 'top_p' does not support 0.5 with this model. "
		 "Only the default (1) value is supported.");
	struct ask a;
	struct problem why;
	assert_int_equal(ask_read(&a, ASK_CHAT, view_of("{\"model\":\"m\"," MESSAGES ",\"top_p\":1,"
						       "\"stop\":null}"), &both, &why), 0);
	ask_release(&a);
}

static void test_context(void **state)
{
	(void)state;
	struct ask_rules small = { .context = 10 };
	read_bad(
		ASK_COMPLETION, &small,
		"{\"model\":\"m\",\"prompt\":\"12345678\",\"max_tokens\":9}", 400,
		"context_length_exceeded",
		"This model's maximum context length is 10 tokens, however you requested 11 tokens (2 in "
		"your prompt; 9 for the completion). Please reduce your prompt; or completion length.");
	struct ask a;
	struct problem why;
	assert_int_equal(ask_read(&a, ASK_COMPLETION,
				  view_of("{\"model\":\"m\",\"prompt\":\"12345678\","
					  "\"max_tokens\":8}"),
				  &small, &why),
			 0);
	ask_release(&a);
}

/* Anthropic's API: what it takes, and its words where it does not. */
static void test_messages(void **state)
{
	(void)state;
#define HEAD "{\"model\":\"m\",\"max_tokens\":5,"
#define SAY(role, content) "{\"role\":\"" role "\",\"content\":" content "}"
	struct ask a;
	static const char *const names[] = { "temperature" };
	const struct ask_rules picky = { .refused = names, .refused_count = 1 };
	read_good(&a, ASK_MESSAGES, HEAD "\"system\":[{\"type\":\"text\",\"text\":\"S\"}],\"messages\":["
		  SAY("user", "[{\"type\":\"text\",\"text\":\"two\"},{\"type\":\"text\",\"text\":\" three\"}]")
		  "],\"stop_sequences\":[\"a\"],\"stream\":true,\"temperature\":1,\"top_k\":3}");
	assert_true(view_eqstr(a.system, "S") && view_eqstr(a.prompt, "two three"));
	assert_true(a.max_tokens == 5 && a.stop_count == 1 && a.stream);
	ask_release(&a);
	static const struct {
		const char *body, *message;
	} bad[] = {
		{ "{\"model\":\"m\"," MESSAGES "}", "max_tokens: Field required" },
		{ HEAD MESSAGES ",\"seed\":1}", "seed: Extra inputs are not permitted" },
		{ HEAD MESSAGES ",\"temperature\":1.5}", "temperature: Input should be less than or equal to 1" },
		{ HEAD MESSAGES ",\"stop_sequences\":[\"\\n\"]}",
		  "stop_sequences: each stop sequence must contain non-whitespace" },
		{ HEAD "\"messages\":[]}", "messages: at least one message is required" },
		{ HEAD "\"messages\":[" SAY("assistant", "\"a\"") "]}",
		  "messages: first message must use the \"user\" role" },
		{ HEAD "\"messages\":[" SAY("user", "[{\"type\":\"text\",\"text\":\" \"}]") "]}",
		  "messages: text content blocks must contain non-whitespace text" },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		read_bad(ASK_MESSAGES, &any, bad[i].body, 400, NULL, bad[i].message);
	read_bad(ASK_MESSAGES, &picky, HEAD MESSAGES ",\"temperature\":1}", 400, NULL,
		 "`temperature` is deprecated for this model.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chat),
		cmocka_unit_test(test_seed),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_context),
		cmocka_unit_test(test_messages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
