#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "mock/wire.h"
#include "sow/sow.h"

/* Golden cases: the bytes that go to the client. */

static const char chat[] =
	"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]%s}";
static const char raw[] = "{\"model\":\"m\",\"prompt\":\"hi\"%s}";

static const char message[] =
	"{\"model\":\"m\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]%s}";

static struct ask ask(enum ask_kind kind, const char *more)
{
	struct buf body = BUF_INIT;
	struct ask a;
	struct problem why;
	const struct ask_rules any = { 0 };
	buf_addf(&body, kind == ASK_CHAT ? chat : kind == ASK_MESSAGES ? message : raw, more);
	assert_int_equal(ask_read(&a, kind, view_from(body.data, body.len), &any, &why), 0);
	buf_release(&body);
	return a;
}

static void check(enum ask_kind kind, const char *more, const struct said *said, bool usage,
		  const char *type, const char *expected)
{
	struct wire w = { .json = json_out_new(), .usage = usage };
	struct ask a = ask(kind, more);
	struct http_reply r = { 0 };
	assert_int_equal(wire_answer(&w, &a, said, "id-1", &r), SOW_OK);
	assert_int_equal(r.body_len, strlen(r.body));
	assert_string_equal(r.body, expected);
	assert_string_equal(r.content_type, type);
	assert_int_equal(r.status, 200);
	assert_int_equal(r.manner, strstr(more, "stream") ? HTTP_EVENTS : HTTP_WHOLE);
	mem_free(r.body);
	ask_release(&a);
	json_out_free(w.json);
}

#define HEAD(object)                                                                               \
	"{\"id\":\"id-1\",\"object\":\"" object "\",\"created\":1735689600,\"model\":\"m\","       \
	"\"system_fingerprint\":\"fp_sow_mock\","

static void test_whole(void **state)
{
	(void)state;
	struct said said = { .text = view_of("One \"two\"\n\xC3\xA9."), .finish = "stop",
			     .prompt_tokens = 11, .completion_tokens = 7 };
	check(ASK_CHAT, "", &said, true, "application/json",
	      HEAD("chat.completion") "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
				      "\"content\":\"One \\\"two\\\"\\n\xC3\xA9.\"},\"logprobs\":null,\"finish_reason\":\"stop\"}],"
				      "\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":7,\"total_tokens\":18}}");
	said.finish = "length";
	check(ASK_COMPLETION, "", &said, false, "application/json",
	      HEAD("text_completion") "\"choices\":[{\"index\":0,\"text\":\"One \\\"two\\\"\\n\xC3\xA9.\","
				      "\"logprobs\":null,\"finish_reason\":\"length\"}]}");
	said.no_choices = true;
	said.cached_tokens = 4;
	said.reasoning_tokens = 3;
	check(ASK_CHAT, "", &said, true, "application/json",
	      HEAD("chat.completion") "\"choices\":[],\"usage\":{\"prompt_tokens\":11,"
	      "\"completion_tokens\":7,\"total_tokens\":18,\"prompt_tokens_details\":{\"cached_tokens\":4},"
	      "\"completion_tokens_details\":{\"reasoning_tokens\":3}}}");
}

#define CHUNK(delta, finish, usage)                                                                \
	"data: " HEAD("chat.completion.chunk") "\"choices\":[{\"index\":0,\"delta\":{" delta       \
					       "},\"logprobs\":null,\"finish_reason\":" finish     \
					       "}]" usage "}\n\n"
#define NO_USAGE ",\"usage\":null"

static void test_stream(void **state)
{
	(void)state;
	struct said said = { .text = view_of("One two"),
			     .reasoning = view_of("hm"),
			     .finish = "stop",
			     .prompt_tokens = 1,
			     .completion_tokens = 3,
			     .reasoning_tokens = 1 };
	check(ASK_CHAT, ",\"stream\":true", &said, true, "text/event-stream; charset=utf-8",
	      CHUNK("\"role\":\"assistant\",\"content\":\"\"", "null", "")
	      CHUNK("\"reasoning_content\":\"hm\"", "null", "")
	      CHUNK("\"content\":\"One\"", "null", "")
	      CHUNK("\"content\":\" two\"", "null", "")
	      CHUNK("", "\"stop\"", "") "data: [DONE]\n\n");
	said.reasoning = view_of("");
	said.text = view_of("One");
	said.reasoning_tokens = 0;
	check(ASK_CHAT, ",\"stream\":true,\"stream_options\":{\"include_usage\":true}", &said, true,
	      "text/event-stream; charset=utf-8",
	      CHUNK("\"role\":\"assistant\",\"content\":\"\"", "null", NO_USAGE)
	      CHUNK("\"content\":\"One\"", "null", NO_USAGE) CHUNK("", "\"stop\"", NO_USAGE)
	      "data: " HEAD("chat.completion.chunk") "\"choices\":[],\"usage\":{\"prompt_tokens\":1,"
	      "\"completion_tokens\":3,\"total_tokens\":4}}\n\ndata: [DONE]\n\n");
	check(ASK_COMPLETION, ",\"stream\":true", &said, true, "text/event-stream; charset=utf-8",
	      "data: " HEAD("text_completion") "\"choices\":[{\"index\":0,\"text\":\"One\",\"logprobs\":null,"
	      "\"finish_reason\":null}]}\n\n"
	      "data: " HEAD("text_completion") "\"choices\":[{\"index\":0,\"text\":\"\",\"logprobs\":null,"
	      "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
}

static void test_problem_and_models(void **state)
{
	(void)state;
	struct wire w = { .json = json_out_new() };
	struct http_reply r = { 0 };
	struct problem p;
	problem_set(&p, 404, "invalid_request_error", "model_not_found", NULL, "No \"%s\".", "big");
	assert_int_equal(wire_problem(&w, &p, &r), SOW_OK);
	assert_int_equal(r.status, 404);
	assert_string_equal(
		r.body, "{\"error\":{\"message\":\"No \\\"big\\\".\",\"type\":"
			"\"invalid_request_error\",\"param\":null,\"code\":\"model_not_found\"}}");
	mem_free(r.body);
	assert_int_equal(wire_models(&w, "big", &r), SOW_OK);
	assert_string_equal(r.body,
			    "{\"object\":\"list\",\"data\":[{\"id\":\"big\",\"object\":\"model\","
			    "\"created\":1735689600,\"owned_by\":\"sow\"}]}");
	mem_free(r.body);
	json_out_free(w.json);
}

#define MESSAGE "\"id\":\"id-1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":"
#define EVENT(type, more) "event: " type "\ndata: {\"type\":\"" type "\"" more "}\n\n"

static void test_messages(void **state)
{
	(void)state;
	struct said said = { .text = view_of("One"), .reasoning = view_of("hm"), .finish = "length",
			     .prompt_tokens = 11, .cached_tokens = 4, .completion_tokens = 7 };
	check(ASK_MESSAGES, "", &said, true, "application/json",
	      "{" MESSAGE "[{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"\"},{\"type\":\"text\","
	      "\"text\":\"One\"}],\"stop_reason\":\"max_tokens\",\"stop_sequence\":null,\"usage\":{"
	      "\"input_tokens\":7,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":4,"
	      "\"output_tokens\":7}}");
	said = (struct said){ .text = view_of("A b"), .reasoning = view_of(""), .finish = "content_filter" };
	check(ASK_MESSAGES, ",\"stream\":true", &said, false, "text/event-stream; charset=utf-8",
	      EVENT("message_start", ",\"message\":{" MESSAGE "[],\"stop_reason\":null,\"stop_sequence\":null}")
	      EVENT("ping", "")
	      EVENT("content_block_start", ",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}")
	      EVENT("content_block_delta", ",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"A\"}")
	      EVENT("content_block_delta", ",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" b\"}")
	      EVENT("content_block_stop", ",\"index\":0")
	      EVENT("message_delta", ",\"delta\":{\"stop_reason\":\"refusal\",\"stop_sequence\":null,"
		    "\"stop_details\":{\"type\":\"refusal\",\"category\":null,\"explanation\":\"This request was "
		    "refused by a policy.\"}}")
	      EVENT("message_stop", ""));
	struct wire w = { .json = json_out_new(), .is_messages = true };
	struct http_reply r = { 0 };
	struct problem p;
	problem_set(&p, 529, "server_error", NULL, NULL, "Overloaded");
	assert_int_equal(wire_problem(&w, &p, &r), SOW_OK);
	assert_int_equal(r.status, 529);
	assert_string_equal(r.body, "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":"
				    "\"Overloaded\"},\"request_id\":\"req_sow_mock\"}");
	mem_free(r.body);
	json_out_free(w.json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_problem_and_models),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
