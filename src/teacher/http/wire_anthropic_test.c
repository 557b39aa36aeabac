#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "teacher/http/failure.h"
#include "teacher/http/stream.h"
#include "teacher/http/wire.h"

static struct request *request;
static struct body_style style;
static struct param_support support;
static struct params_sent sent;
static struct answer a;
static struct stream s;

static int set_up(void **state)
{
	(void)state;
	request = request_new();
	request->sampling = (struct sampling){ .temperature = -1, .top_p = -1 };
	style = (struct body_style){ .model = "\"m\"", .chat = true, .extra = "" };
	support = (struct param_support){ 0 };
	a = (struct answer)ANSWER_INIT;
	s = (struct stream)STREAM_INIT;
	s.wire = &wire_anthropic;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	request_free(request);
	answer_release(&a);
	stream_release(&s);
	return 0;
}

static void add(enum role role, const char *text)
{
	request_add(request, role, false, view_of(text));
}

static void assert_body(const char *want)
{
	struct buf out = BUF_INIT;
	assert_int_equal(wire_anthropic.write(&out, &style, &support, request, &sent), SOW_OK);
	assert_string_equal(out.data, want);
	struct json *doc = json_parse(out.data, out.len, NULL);
	assert_non_null(doc);
	json_free(doc);
	buf_release(&out);
}

#define HEAD "{\"model\":\"m\",\"max_tokens\":4096,"
#define TAIL ",\"stream\":false}"
#define TEXT(t) "{\"type\":\"text\",\"text\":\"" t "\"}"
#define SAYS(role, blocks) "{\"role\":\"" role "\",\"content\":[" blocks "]}"

static void the_system_stands_apart(void **state)
{
	(void)state;
	add(ROLE_SYSTEM, "Be \"brief\".");
	add(ROLE_DEVELOPER, "No lists.");
	add(ROLE_USER, "a\n");
	add(ROLE_USER, "b");
	add(ROLE_ASSISTANT, "c");
	assert_body(HEAD "\"system\":[" TEXT("Be \\\"brief\\\".") "," TEXT("No lists.") "],\"messages\":["
		    SAYS("user", TEXT("a\\nb")) "," SAYS("assistant", TEXT("c")) "]" TAIL);
	assert_false(sent.without & 1u << PARAM_SYSTEM);
}

static void roles_alternate(void **state)
{
	(void)state;
	add(ROLE_USER, "a");
	add(ROLE_SYSTEM, "b"); /* one in the middle is said by the user */
	add(ROLE_USER, "c");
	add(ROLE_ASSISTANT, "d");
	assert_body(HEAD "\"messages\":[" SAYS("user", TEXT("a") "," TEXT("b") "," TEXT("c")) ","
		    SAYS("assistant", TEXT("d")) "]" TAIL);
}

static void raw_text_is_the_users(void **state)
{
	(void)state;
	add(ROLE_NONE, "Task 1:");
	style.stream = true;
	style.extra = "\"metadata\":{}";
	assert_body(HEAD "\"messages\":[" SAYS("user", TEXT("Task 1:")) "],\"stream\":true,\"metadata\":{}}");
}

static void sampling_is_said_in_its_words(void **state)
{
	(void)state;
	add(ROLE_USER, "a");
	request->sampling = (struct sampling){ .temperature = 0.5, .top_p = 0.25, .top_k = 3,
					       .presence_penalty = 2, .max_tokens = 7 };
	request_add_stop(request, "\n\n");
	request_add_stop(request, "END");
	assert_body("{\"model\":\"m\",\"max_tokens\":7,\"temperature\":0.5,\"top_p\":0.25,\"top_k\":3,"
		    "\"stop_sequences\":[\"END\"],\"messages\":[" SAYS("user", TEXT("a")) "]" TAIL);
	assert_true(sent.unsaid == (1u << PARAM_SEED | 1u << PARAM_PRESENCE));
	style.max_completion_tokens = 9000; /* room for thoughts */
	support.without = 1u << PARAM_TEMPERATURE | 1u << PARAM_TOP_P | 1u << PARAM_TOP_K |
			  1u << PARAM_STOP;
	assert_body("{\"model\":\"m\",\"max_tokens\":9000,\"messages\":[" SAYS("user", TEXT("a")) "]" TAIL);
}

/* The last of the parts that all requests of a stage share. */
static void what_is_shared_is_cached(void **state)
{
	(void)state;
	struct buf shared = BUF_INIT, out = BUF_INIT;
	for (int i = 0; i < 400; i++)
		buf_addstr(&shared, "Task: add. ");
	request_add(request, ROLE_USER, true, view_from(shared.data, shared.len));
	add(ROLE_USER, "Task: mine");
	assert_int_equal(wire_anthropic.write(&out, &style, &support, request, &sent), SOW_OK);
	assert_non_null(strstr(out.data, "Task: add. \",\"cache_control\":{\"type\":\"ephemeral\"}},"
					 TEXT("Task: mine") "]}]"));
	buf_clear(&out);
	request_free(request);
	request = request_new();
	request_add(request, ROLE_SYSTEM, true, view_from(shared.data, shared.len));
	add(ROLE_USER, "Task: mine");
	assert_int_equal(wire_anthropic.write(&out, &style, &support, request, &sent), SOW_OK);
	assert_non_null(strstr(out.data, "\"cache_control\":{\"type\":\"ephemeral\"}}],\"messages\":[{"));
	buf_clear(&out);
	request_free(request);
	request = request_new();
	request_add(request, ROLE_USER, true, view_from(shared.data, 4000)); /* too short to pay */
	add(ROLE_USER, "Task: mine");
	assert_int_equal(wire_anthropic.write(&out, &style, &support, request, &sent), SOW_OK);
	assert_null(strstr(out.data, "cache_control"));
	buf_release(&out);
	buf_release(&shared);
}

static void tools_are_put_into_its_shape(void **state)
{
	(void)state;
	struct turn call = { .role = ROLE_ASSISTANT, .text = view_of("I look."), .tool_calls = view_of(
		"[{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"x\\\":1}\"}}]") };
	struct turn result = { .role = ROLE_TOOL, .text = view_of("42"), .tool_call_id = view_of("c1") };
	struct turn image = { .role = ROLE_USER, .parts = view_of(
		"[{\"type\":\"text\",\"text\":\"See\"},{\"type\":\"image_url\",\"image_url\":{\"url\":"
		"\"data:image/png;base64,AAAA\"}},{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://h/i.png\"}}]") };
	add(ROLE_USER, "Look");
	request_add_turn(request, &call);
	request_add_turn(request, &result);
	request_add_turn(request, &image);
	request_set_tools(request, view_of("[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":"
					   "\"d\",\"parameters\":{\"type\":\"object\"}}}]"));
	assert_body(HEAD "\"tools\":[{\"name\":\"f\",\"description\":\"d\",\"input_schema\":{\"type\":\"object\"}}],"
		    "\"messages\":[" SAYS("user", TEXT("Look")) ","
		    SAYS("assistant", TEXT("I look.") ",{\"type\":\"tool_use\",\"id\":\"c1\",\"name\":\"f\","
						      "\"input\":{\"x\":1}}") ","
		    SAYS("user", "{\"type\":\"tool_result\",\"tool_use_id\":\"c1\",\"content\":[" TEXT("42") "]},"
				 TEXT("See") ",{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":"
				 "\"image/png\",\"data\":\"AAAA\"}},{\"type\":\"image\",\"source\":{\"type\":\"url\","
				 "\"url\":\"https://h/i.png\"}}") "]" TAIL);
}

/* Nothing is sent in their place. */
static void parts_that_are_no_json_are_refused(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	const struct turn turn = { .role = ROLE_USER, .text = view_of(""), .parts = view_of("[{") };
	request_add_turn(request, &turn);
	assert_int_equal(wire_anthropic.write(&out, &style, &support, request, &sent), SOW_INVALID);
	buf_release(&out);
}

static enum answer_kind read(const char *body)
{
	answer_release(&a);
	return answer_read(&wire_anthropic, view_of(body), NULL, &a);
}

#define MESSAGE(content, reason) "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[" \
	content "],\"stop_reason\":\"" reason "\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":5," \
	"\"cache_creation_input_tokens\":20,\"cache_read_input_tokens\":100,\"output_tokens\":8," \
	"\"output_tokens_details\":{\"thinking_tokens\":6}}}"

static void answers_are_read(void **state)
{
	(void)state;
	assert_int_equal(read(MESSAGE("{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"x\"},"
				      "{\"type\":\"redacted_thinking\",\"data\":\"x\"}," TEXT("a ") "," TEXT("b"),
				      "end_turn")), ANSWER_FINE);
	assert_true(view_eqstr(a.text, "a b") && view_eqstr(a.reasoning, "hm"));
	assert_int_equal(a.finish, FINISH_STOP);
	struct usage u = answer_count(request, &a);
	assert_int_equal(u.prompt_tokens, 125);
	assert_int_equal(u.shared_tokens, 100);
	assert_int_equal(u.completion_tokens, 8);
	assert_int_equal(u.reasoning_tokens, 6);
	assert_false(u.estimated);
}

static void endings_are_known(void **state)
{
	(void)state;
	static const struct {
		const char *body;
		enum answer_kind kind;
		enum finish finish;
	} cases[] = {
		{ MESSAGE(TEXT("a"), "stop_sequence"), ANSWER_FINE, FINISH_STOP },
		{ MESSAGE(TEXT("a"), "max_tokens"), ANSWER_FINE, FINISH_LENGTH },
		{ MESSAGE(TEXT("a"), "model_context_window_exceeded"), ANSWER_FINE, FINISH_LENGTH },
		{ MESSAGE(TEXT("a"), "pause_turn"), ANSWER_FINE, FINISH_LENGTH },
		{ MESSAGE(TEXT("a"), "refusal"), ANSWER_FILTERED, FINISH_STOP },
		{ MESSAGE("{\"type\":\"tool_use\",\"id\":\"x\",\"name\":\"f\",\"input\":{}}", "tool_use"),
		  ANSWER_CALLS, FINISH_STOP },
		{ MESSAGE("", "end_turn"), ANSWER_BLANK, FINISH_STOP },
		{ "{\"type\":\"message\"}", ANSWER_EMPTY, FINISH_STOP },
		{ "{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"x\"}}", ANSWER_FAILURE,
		  FINISH_STOP },
		{ "{\"type\":\"mess", ANSWER_MALFORMED, FINISH_STOP },
		{ "<html>", ANSWER_PAGE, FINISH_STOP },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (read(cases[i].body) != cases[i].kind || a.finish != cases[i].finish)
			fail_msg("%s", cases[i].body);
	}
}

#define EVENT(type, more) "event: " type "\ndata: {\"type\":\"" type "\"" more "}\n\n"
#define START EVENT("message_start", ",\"message\":{\"content\":[],\"stop_reason\":null,\"usage\":" \
	"{\"input_tokens\":5,\"cache_creation_input_tokens\":20,\"cache_read_input_tokens\":0," \
	"\"output_tokens\":1}}")
#define BLOCK(more) EVENT("content_block_start", ",\"index\":0,\"content_block\":" more)
#define DELTA(more) EVENT("content_block_delta", ",\"index\":0,\"delta\":" more)
#define END(reason, more) EVENT("message_delta", ",\"delta\":{\"stop_reason\":\"" reason "\"" more "}," \
	"\"usage\":{\"output_tokens\":9}") EVENT("message_stop", "")

/* The same whatever pieces the bytes come in. */
static enum answer_kind take(const char *bytes)
{
	enum answer_kind kind = ANSWER_FINE;
	struct view v = view_of(bytes);
	for (size_t size = 1; size <= v.len + 1; size = size < 8 ? size + 1 : size * 2) {
		stream_clear(&s);
		for (size_t at = 0; at < v.len; at += size)
			assert_true(stream_take(&s, view_sub(v, at, at + size)));
		answer_release(&a);
		enum answer_kind now = stream_end(&s, NULL, &a);
		assert_true(size == 1 || now == kind);
		kind = now;
	}
	return kind;
}

static void streams_are_read(void **state)
{
	(void)state;
	assert_int_equal(take(START EVENT("ping", "") BLOCK("{\"type\":\"thinking\",\"thinking\":\"\"}")
			      DELTA("{\"type\":\"thinking_delta\",\"thinking\":\"hm\"}")
			      DELTA("{\"type\":\"signature_delta\",\"signature\":\"x\"}")
			      EVENT("content_block_stop", ",\"index\":0") BLOCK("{\"type\":\"text\",\"text\":\"\"}")
			      DELTA("{\"type\":\"text_delta\",\"text\":\"a \"}") EVENT("news_of_later", "")
			      DELTA("{\"type\":\"text_delta\",\"text\":\"b\"}") END("end_turn", "")), ANSWER_FINE);
	assert_true(view_eqstr(a.text, "a b") && view_eqstr(a.reasoning, "hm"));
	assert_int_equal(a.usage.prompt_tokens, 25);
	assert_int_equal(a.usage.completion_tokens, 9);
	assert_int_equal(take(START DELTA("{\"type\":\"text_delta\",\"text\":\"a\"}") END("max_tokens", "")),
			 ANSWER_FINE);
	assert_int_equal(a.finish, FINISH_LENGTH);
	/* cut */
	assert_int_equal(take(START DELTA("{\"type\":\"text_delta\",\"text\":\"a\"}")), ANSWER_MALFORMED);
	assert_int_equal(take(START BLOCK("{\"type\":\"tool_use\",\"id\":\"x\",\"name\":\"f\",\"input\":{}}")
			      DELTA("{\"type\":\"input_json_delta\",\"partial_json\":\"{}\"}") END("tool_use", "")),
			 ANSWER_CALLS);
	assert_int_equal(take(START DELTA("{\"type\":\"text_delta\",\"text\":\"a\"}")
			      EVENT("error", ",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}")),
			 ANSWER_FAILURE);
	assert_true(view_starts(view_from(s.body.data, s.body.len), "{\"type\":\"error\""));
	assert_int_equal(take(START END("refusal", ",\"stop_details\":{\"type\":\"refusal\",\"category\":\"bio\","
					"\"explanation\":\"Not this.\"}")), ANSWER_FILTERED);
	struct answer_words w;
	wire_anthropic.words(view_from(s.body.data, s.body.len), &w);
	assert_true(view_eqstr(w.message, "Not this."));
	answer_words_release(&w);
}

/* What is done about each of its errors; within an answer its name stands for a status. */
static void errors_are_understood(void **state)
{
	(void)state;
	static const struct {
		int status;
		const char *type, *message, *failure;
	} cases[] = {
		{ 529, "overloaded_error", "Overloaded", "overloaded" },
		{ 200, "overloaded_error", "Overloaded", "overloaded" },
		{ 200, "api_error", "Internal server error", "server-error" },
		{ 200, "rate_limit_error", "Slow down", "too-many-requests" },
		{ 500, "api_error", "Internal server error", "server-error" },
		{ 504, "timeout_error", "Request timed out", "timeout" },
		{ 429, "rate_limit_error", "This request would exceed your organization's rate limit of 50,000 "
					   "input tokens per minute.", "too-many-requests" },
		{ 401, "authentication_error", "invalid x-api-key", "no-key" },
		{ 402, "billing_error", "Check your payment", "no-quota" },
		{ 403, "permission_error", "Not for you", "forbidden" },
		{ 404, "not_found_error", "model: claude-9", "no-such-address" },
		{ 413, "request_too_large", "Request exceeds the maximum size", "too-long" },
		{ 400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API.",
		  "no-quota" },
		{ 400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", "too-long" },
		{ 400, "invalid_request_error", "messages: at least one message is required", "refused" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf body = BUF_INIT;
		struct answer_words w;
		buf_addf(&body, "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":\"%s\"},\"request_id\":"
			 "\"req_1\"}", cases[i].type, cases[i].message);
		wire_anthropic.words(view_from(body.data, body.len), &w);
		assert_true(view_eqstr(w.message, cases[i].message));
		struct failure_event e = { .status = cases[i].status, .words = &w, .kind = ANSWER_FAILURE };
		assert_string_equal(failure_of(&e)->name, cases[i].failure);
		answer_words_release(&w);
		buf_release(&body);
	}
}

static enum param_news learn(const char *message, struct buf *notice)
{
	struct buf body = BUF_INIT;
	struct answer_words w;
	buf_clear(notice);
	buf_addf(&body, "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"%s\"}}",
		 message);
	wire_anthropic.words(view_from(body.data, body.len), &w);
	enum param_news news = wire_anthropic.learn(&support, &w, &sent, notice);
	answer_words_release(&w);
	buf_release(&body);
	return news;
}

static void refusals_are_learnt_from(void **state)
{
	(void)state;
	struct buf notice = BUF_INIT, out = BUF_INIT;
	add(ROLE_USER, "a");
	request->sampling = (struct sampling){ .temperature = 1.5, .top_p = 0.5, .top_k = 3, .max_tokens = 9000 };
	request_add_stop(request, "END");
	wire_anthropic.write(&out, &style, &support, request, &sent);
	assert_int_equal(learn("temperature: Input should be less than or equal to 1", &notice),
			 PARAM_NEWS_LEARNT);
	assert_string_equal(notice.data, "refuses 'temperature' 1.5: asked with 1");
	assert_int_equal(learn("`temperature` and `top_p` cannot both be specified for this model. Please use only "
			       "one.", &notice), PARAM_NEWS_LEARNT);
	assert_true(support.without == 1u << PARAM_TOP_P);
	sent.value[PARAM_TEMPERATURE] = 1;
	assert_int_equal(learn("`temperature` is deprecated for this model.", &notice), PARAM_NEWS_LEARNT);
	assert_int_equal(learn("top_k: Extra inputs are not permitted", &notice), PARAM_NEWS_LEARNT);
	assert_int_equal(learn("stop_sequences: Extra inputs are not permitted", &notice), PARAM_NEWS_LEARNT);
	assert_true(support.without == (1u << PARAM_TOP_P | 1u << PARAM_TEMPERATURE | 1u << PARAM_TOP_K |
					1u << PARAM_STOP));
	assert_int_equal(learn("max_tokens: 9000 > 8192, which is the maximum allowed number of output tokens for m",
			       &notice), PARAM_NEWS_LEARNT);
	assert_string_equal(notice.data, "refuses 'max_tokens' 9000: asked with 8192");
	/* the bound has no other name, and stays */
	sent.value[PARAM_MAX_TOKENS] = 8192;
	assert_int_equal(learn("max_tokens: Field is odd", &notice), PARAM_NEWS_NONE);
	assert_int_equal(notice.len, 0);
	assert_false(support.without & 1u << PARAM_MAX_TOKENS);
	buf_release(&notice);
	buf_release(&out);
}

static void limits_are_dates(void **state)
{
	(void)state;
	const int64_t now = 1795906800 * CLOCK_SECOND; /* 2026-11-28T23:00:00Z */
	struct ratelimit_news requests, tokens;
	wire_anthropic.limits(view_of("HTTP/1.1 200 OK\r\nanthropic-ratelimit-requests-limit: 50\r\n"
				      "Anthropic-Ratelimit-Requests-Remaining: 49\r\n"
				      "anthropic-ratelimit-requests-reset: 2026-11-28T23:00:02Z\r\n"
				      "anthropic-ratelimit-tokens-limit: 50000\r\n"
				      "anthropic-ratelimit-tokens-remaining: 47000\r\n"
				      "anthropic-ratelimit-tokens-reset: 2026-11-29T00:00:03.5+01:00\r\n"
				      "anthropic-ratelimit-input-tokens-remaining: 1\r\n\r\n"),
			      now, &requests, &tokens);
	assert_true(requests.said && tokens.said);
	assert_true(requests.limit == 50 && requests.left == 49 && requests.reset == 2 * CLOCK_SECOND);
	assert_true(tokens.limit == 50000 && tokens.left == 47000 && tokens.reset == 3 * CLOCK_SECOND);
	wire_anthropic.limits(view_of("x-ratelimit-remaining-requests: 3\r\n"), now, &requests, &tokens);
	assert_false(requests.said || tokens.said);
}

static void a_language_is_found(void **state)
{
	(void)state;
	static const struct {
		const char *spec, *api;
		const struct wire *wire;
	} cases[] = {
		{ "anthropic", "chat", &wire_anthropic },
		{ "openai", "chat", &wire_openai },
		{ "https://api.anthropic.com", NULL, &wire_anthropic },
		{ "https://api.anthropic.com/v1", "chat", &wire_anthropic },
		{ "https://api.anthropic.com/v1/chat/completions", "chat", &wire_openai },
		{ "http://127.0.0.1:80/v1/messages", "chat", &wire_anthropic },
		{ "http://127.0.0.1:80/v1", "messages", &wire_anthropic },
		{ "http://127.0.0.1:80/v1", "chat", &wire_openai },
		{ "https://api.deepseek.com/anthropic", "chat", &wire_anthropic },
		{ "https://anthropic.example.org/v1", "chat", &wire_openai },
	};
	unsetenv("ANTHROPIC_BASE_URL");
	unsetenv("OPENAI_BASE_URL");
	struct arena *arena = arena_new();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct address at;
		assert_true(address_is(cases[i].spec));
		assert_int_equal(address_read(&at, arena, cases[i].spec, NULL), SOW_OK);
		if (wire_of(&at, cases[i].api) != cases[i].wire)
			fail_msg("%s", cases[i].spec);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_system_stands_apart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(roles_alternate, set_up, tear_down),
		cmocka_unit_test_setup_teardown(raw_text_is_the_users, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sampling_is_said_in_its_words, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_shared_is_cached, set_up, tear_down),
		cmocka_unit_test_setup_teardown(tools_are_put_into_its_shape, set_up, tear_down),
		cmocka_unit_test_setup_teardown(parts_that_are_no_json_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(answers_are_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(endings_are_known, set_up, tear_down),
		cmocka_unit_test_setup_teardown(streams_are_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(errors_are_understood, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refusals_are_learnt_from, set_up, tear_down),
		cmocka_unit_test(limits_are_dates),
		cmocka_unit_test(a_language_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
