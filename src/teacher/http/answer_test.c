#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "teacher/http/wire.h"

static struct answer a;

static enum answer_kind read(const char *body)
{
	answer_release(&a);
	return answer_read(&wire_openai, view_of(body), NULL, &a);
}

static int set_up(void **state)
{
	(void)state;
	a = (struct answer)ANSWER_INIT;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	answer_release(&a);
	return 0;
}

static void assert_said(const char *text, const char *reasoning)
{
	if (!view_eqstr(a.text, text) || !view_eqstr(a.reasoning, reasoning))
		fail_msg("text '%.*s', reasoning '%.*s'", VIEW_ARG(a.text), VIEW_ARG(a.reasoning));
}

static void texts_are_found(void **state)
{
	(void)state;
	assert_int_equal(read("{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
			      "\" a\\nb \"},\"finish_reason\":\"stop\"}]}"), ANSWER_FINE);
	assert_said(" a\nb ", "");
	assert_int_equal(a.finish, FINISH_STOP);
	assert_false(a.counted);
	assert_int_equal(read("{\"choices\":[{\"text\":\" and\",\"finish_reason\":\"length\"}]}"), ANSWER_FINE);
	assert_said(" and", "");
	assert_int_equal(a.finish, FINISH_LENGTH);
	assert_int_equal(read("{\"choices\":[{\"message\":{\"content\":[{\"type\":\"thinking\",\"thinking\":[]},"
			      "{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"text\",\"text\":\"b\"}]}}]}"),
			 ANSWER_FINE);
	assert_said("ab", "");
	assert_int_equal(read("{\"choices\":[{\"message\":{\"content\":null,\"refusal\":\"No.\"}}]}"), ANSWER_FINE);
	assert_said("No.", "");
	assert_int_equal(read("{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}"), ANSWER_FINE);
	assert_said("a", "");
	assert_int_equal(read("{\"choices\":[{\"message\":{\"content\":[{\"type\":\"thinking\",\"thinking\":"
			      "[{\"type\":\"text\",\"text\":\"hm\"}]},{\"type\":\"output_text\",\"text\":\"a\"},"
			      "{\"type\":\"refusal\",\"refusal\":\"b\"}]}}]}"), ANSWER_FINE);
	assert_said("ab", "hm");
	assert_int_equal(read("{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":\"MAX_TOKENS\"}]}"),
			 ANSWER_FINE);
	assert_int_equal(a.finish, FINISH_LENGTH);
	assert_int_equal(read("{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":\"eureka\"}]}"),
			 ANSWER_FINE);
	assert_int_equal(a.finish, FINISH_STOP);
	assert_true(view_eqstr(a.reason, "eureka"));
}

static void what_says_nothing_is_blank(void **state)
{
	(void)state;
	static const char *const blank[] = {
		"{\"error\":null,\"choices\":[{\"message\":{\"content\":null},\"finish_reason\":\"tool_calls\"}]}",
		"{\"choices\":[{\"message\":{\"content\":\"\"}}]}",
		"{\"choices\":[{\"message\":{\"content\":\" \\n\"},\"finish_reason\":\"length\"}]}",
		"{\"choices\":[{\"message\":{\"content\":\"\",\"reasoning\":\"hm\"},\"finish_reason\":\"stop\"}]}",
		"{\"choices\":[{\"message\":{\"content\":[]}}]}",
		"{\"choices\":[{\"text\":\"\"}]}",
	};
	for (size_t i = 0; i < sizeof(blank) / sizeof(*blank); i++) {
		if (read(blank[i]) != ANSWER_BLANK)
			fail_msg("%s", blank[i]);
	}
	/* cut while it thought: it would be again */
	assert_int_equal(read("{\"choices\":[{\"message\":{\"content\":null,\"reasoning\":\"hm\"},"
			      "\"finish_reason\":\"length\"}]}"), ANSWER_FINE);
}

/* What is broken in it is no reason to pay for another. */
static void broken_answers_are_mended(void **state)
{
	(void)state;
	static const struct {
		const char *body, *text;
	} cases[] = {
		{ "{\"choices\":[{\"message\":{\"content\":\"Hi \\ud83d\"}}]}", "Hi \xEF\xBF\xBD" },
		{ "{\"choices\":[{\"message\":{\"content\":\"Hi \xF0\x9F\"}}]}", "Hi \xF0\x9F" },
		{ "{\"choices\":[{\"message\":{\"content\":\"Hi\nthere\"}}]}", "Hi\nthere" },
		{ "{\"logprob\":NaN,\"choices\":[{\"message\":{\"content\":\"Hi\"},\"score\":-Infinity}]}",
		  "Hi" },
		{ "\xEF\xBB\xBF{\"choices\":[{\"message\":{\"content\":\"Hi\"}}]}", "Hi" },
		{ "{\"choices\":[{\"message\":{\"content\":[{\"text\":\"Hi \\ude00\"}]}}]}",
		  "Hi \xEF\xBF\xBD" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(read(cases[i].body), ANSWER_FINE);
		assert_said(cases[i].text, "");
		assert_true(a.mended);
	}
	assert_int_equal(read("{\"choices\":[{\"message\":{\"content\":\"Hi\"}}]}\ndata: [DONE]\n\n"), ANSWER_FINE);
	assert_said("Hi", "");
	assert_false(a.mended);
}

static void thoughts_are_kept_apart(void **state)
{
	(void)state;
	assert_int_equal(read("{\"choices\":[{\"message\":{\"content\":\"4\",\"reasoning_content\":\"2+2\"}}]}"),
			 ANSWER_FINE);
	assert_said("4", "2+2");
	assert_int_equal(read("{\"choices\":[{\"message\":{\"content\":\"4\",\"reasoning\":\"2+2\","
			      "\"reasoning_content\":null}}]}"), ANSWER_FINE);
	assert_said("4", "2+2");
	read("{\"choices\":[{\"message\":{\"content\":\"\\n<think>\\n2+2\\n</think>\\n\\n4 </think>\"}}]}");
	assert_said("4 </think>", "2+2");
	read("{\"choices\":[{\"message\":{\"content\":\"2+2\\n</think>\\n\\n4\"}}]}");
	assert_said("4", "2+2");
	read("{\"choices\":[{\"message\":{\"content\":\"<think>2+2 is\"},\"finish_reason\":\"length\"}]}");
	assert_said("", "2+2 is");
	assert_int_equal(a.finish, FINISH_LENGTH);
	read("{\"choices\":[{\"message\":{\"content\":\"<think></think>4\"}}]}");
	assert_said("4", "");
	read("{\"choices\":[{\"message\":{\"content\":\"I <think> so\"}}]}");
	assert_said("I <think> so", "");
}

static void usage_is_counted(void **state)
{
	(void)state;
	read("{\"choices\":[{\"message\":{\"content\":\"4\"}}],\"usage\":{\"prompt_tokens\":100,"
	     "\"completion_tokens\":30,\"total_tokens\":130,\"prompt_tokens_details\":{\"cached_tokens\":64},"
	     "\"completion_tokens_details\":{\"reasoning_tokens\":20}}}");
	assert_true(a.counted);
	assert_int_equal(a.usage.prompt_tokens, 100);
	assert_int_equal(a.usage.shared_tokens, 64);
	assert_int_equal(a.usage.completion_tokens, 30);
	assert_int_equal(a.usage.reasoning_tokens, 20);
	assert_false(a.usage.estimated);
	read("{\"choices\":[{\"message\":{\"content\":\"4444\",\"reasoning\":\"222222222222\"}}],\"usage\":"
	     "{\"prompt_tokens\":100,\"prompt_cache_hit_tokens\":50,\"completion_tokens\":40}}");
	assert_int_equal(a.usage.shared_tokens, 50);
	assert_int_equal(a.usage.reasoning_tokens, 30); /* its share */
	/* counted beside what is said */
	read("{\"choices\":[{\"message\":{\"content\":\"4\"}}],\"usage\":{\"prompt_tokens\":10,"
	     "\"completion_tokens\":5,\"total_tokens\":45,\"completion_tokens_details\":{\"reasoning_tokens\":30}}}");
	assert_int_equal(a.usage.completion_tokens, 35);
	assert_int_equal(a.usage.reasoning_tokens, 30);
	read("{\"choices\":[{\"message\":{\"content\":\"4\"}}],\"usage\":{\"input_tokens\":10,"
	     "\"cache_read_input_tokens\":8,\"output_tokens\":5}}");
	assert_int_equal(a.usage.prompt_tokens, 10);
	assert_int_equal(a.usage.shared_tokens, 8);
	assert_int_equal(a.usage.completion_tokens, 5);
	static const char *const uncounted[] = {
		"null", "{}", "{\"prompt_tokens\":0,\"completion_tokens\":0,\"total_tokens\":0}",
		"{\"prompt_tokens\":-5,\"completion_tokens\":1e300}",
		"{\"prompt_tokens\":9007199254740991,\"completion_tokens\":\"7\"}",
	};
	struct request *r = request_new();
	request_add(r, ROLE_USER, false, view_of("12345"));
	request_add(r, ROLE_USER, false, view_of("678"));
	for (size_t i = 0; i < sizeof(uncounted) / sizeof(*uncounted); i++) {
		char body[256];
		snprintf(body, sizeof(body), "{\"choices\":[{\"message\":{\"content\":\"12345\",\"reasoning\":"
			 "\"123456789\"}}],\"usage\":%s}", uncounted[i]);
		read(body);
		assert_false(a.counted);
		struct usage u = answer_count(r, &a);
		assert_int_equal(u.prompt_tokens, 2);
		assert_int_equal(u.completion_tokens, 5);
		assert_int_equal(u.reasoning_tokens, 3);
		assert_true(u.estimated);
	}
	/* a half that was counted is kept */
	read("{\"choices\":[{\"message\":{\"content\":\"12345\"}}],\"usage\":{\"prompt_tokens\":50,"
	     "\"completion_tokens\":0}}");
	struct usage u = answer_count(r, &a);
	assert_int_equal(u.prompt_tokens, 50);
	assert_int_equal(u.completion_tokens, 2);
	assert_true(u.estimated);
	request_free(r);
}

static void what_is_no_answer(void **state)
{
	(void)state;
	static const char *const malformed[] = {
		"", "<a>", "{\"choices\":[{\"message\":{\"content\":\"cut", "[]", "\"a\"", "null", "{}{}",
	};
	static const char *const empty[] = {
		"{}", "{\"choices\":[]}", "{\"choices\":null}", "{\"choices\":[null]}", "{\"choices\":[{}]}",
		"{\"choices\":[{\"text\":null}]}",
	};
	static const char *const failed[] = {
		"{\"error\":{\"message\":\"a\"}}", "{\"error\":\"a\",\"choices\":[]}",
		"{\"choices\":[{\"error\":{\"code\":502},\"message\":{\"content\":\"\"}}]}",
		"{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":\"error\"}]}",
	};
	assert_int_equal(read("<html>"), ANSWER_PAGE);
	assert_int_equal(read("\n<!DOCTYPE html><html></html>"), ANSWER_PAGE);
	for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++)
		assert_int_equal(read(malformed[i]), ANSWER_MALFORMED);
	for (size_t i = 0; i < sizeof(empty) / sizeof(*empty); i++)
		assert_int_equal(read(empty[i]), ANSWER_EMPTY);
	for (size_t i = 0; i < sizeof(failed) / sizeof(*failed); i++)
		assert_int_equal(read(failed[i]), ANSWER_FAILURE);
	assert_int_equal(read("{\"choices\":[{\"message\":{\"content\":\"\"},\"finish_reason\":"
			      "\"content_filter\"}]}"), ANSWER_FILTERED);
	assert_int_equal(read("{\"choices\":[{\"message\":{\"content\":null,\"tool_calls\":[{}]},"
			      "\"finish_reason\":\"stop\"}]}"), ANSWER_CALLS);
	assert_int_equal(read("{\"choices\":[{\"message\":{\"content\":\"a\",\"tool_calls\":[{}]},"
			      "\"finish_reason\":\"tool_calls\"}]}"), ANSWER_CALLS);
	assert_int_equal(read("{\"choices\":[{\"message\":{\"content\":\"a\",\"tool_calls\":[]},"
			      "\"finish_reason\":\"stop\"}]}"), ANSWER_FINE);
}

static void assert_words(const char *body, const char *message, const char *code, const char *param,
			 int status)
{
	struct answer_words w;
	answer_words_read(view_of(body), &w);
	if (!view_eqstr(w.message, message) || !view_eqstr(w.code, code) || !view_eqstr(w.param, param))
		fail_msg("message '%.*s', code '%.*s', param '%.*s'", VIEW_ARG(w.message), VIEW_ARG(w.code),
			 VIEW_ARG(w.param));
	assert_int_equal(w.status, status);
	answer_words_release(&w);
}

static void words_are_found(void **state)
{
	(void)state;
	assert_words("{\"error\":{\"message\":\"bad\",\"type\":\"t\",\"param\":\"top_k\",\"code\":\"c\"}}",
		     "bad", "c", "top_k", 0);
	assert_words("{\"error\":{\"message\":\"slow\",\"code\":429}}", "slow", "", "", 429);
	assert_words("{\"error\":\"bad\"}", "bad", "", "", 0);
	assert_words("{\"object\":\"error\",\"message\":\"bad\",\"code\":400}", "bad", "", "", 400);
	assert_words("{\"detail\":\"bad\"}", "bad", "", "", 0);
	assert_words("{\"detail\":[{\"loc\":[\"body\",\"top_k\"],\"msg\":\"extra\",\"type\":\"x\"}]}", "extra", "",
		     "top_k", 0);
	assert_words("[{\"error\":{\"message\":\"google\",\"code\":400}}]", "google", "", "", 400);
	assert_words("{\"choices\":[{\"error\":{\"message\":\"late\",\"code\":502}}]}", "late", "", "", 502);
	assert_words(" <html>no</html>\n", "<html>no</html>", "", "", 0);
	assert_words("{\"x\":1}", "{\"x\":1}", "", "", 0);
	assert_words("{\"detail\":[]}", "{\"detail\":[]}", "", "", 0);
	assert_words("", "", "", "", 0);
}

static void assert_after(const char *body, double seconds)
{
	struct answer_words w;
	answer_words_read(view_of(body), &w);
	double said = w.after < 0 ? -1 : (double)w.after / 1e9;
	if (said < seconds - 1e-6 || said > seconds + 1e-6)
		fail_msg("%s: %g s", body, said);
	answer_words_release(&w);
}

static void words_say_when(void **state)
{
	(void)state;
	struct answer_words w;
	assert_after("{\"error\":{\"message\":\"Rate limit reached. Please try again in 7m12s. Visit https://x\"}}", 432);
	assert_after("{\"error\":{\"message\":\"Please retry in 34.07s.\"}}", 34.07);
	assert_after("[{\"error\":{\"message\":\"a\",\"details\":[{\"retryDelay\":\"20s\"}]}}]", 20);
	assert_after("{\"error\":{\"message\":\"a\",\"retry_after\":1.5}}", 1.5);
	assert_after("{\"error\":{\"message\":\"Try again later\"}}", -1);
	assert_after("", -1);
	answer_words_read(view_of("{\"error\":{\"message\":\"a\",\"metadata\":{\"headers\":{\"X-RateLimit-Reset\":"
				  "\"1741305600000\"}}}}"), &w);
	assert_true(w.reset == INT64_C(1741305600) * 1000000000);
	answer_words_release(&w);
}

static int64_t reset_of(const char *text)
{
	struct answer_words w;
	char body[128];
	snprintf(body, sizeof(body), "{\"error\":{\"metadata\":{\"headers\":{\"X-RateLimit-Reset\":"
		 "\"%s\"}}}}", text);
	answer_words_read(view_of(body), &w);
	int64_t reset = w.reset;
	answer_words_release(&w);
	return reset;
}

static void absurd_times_have_a_limit(void **state)
{
	(void)state;
	assert_after("{\"error\":{\"message\":\"a\",\"retry_after\":1e300}}", 365.0 * 24 * 3600);
	assert_true(reset_of("1e30000000000") == INT64_C(9000000000000000000));
	assert_true(reset_of("99999999999999999999") == INT64_C(9000000000000000000));
	assert_true(reset_of("-99999999999999999999") == 0);
	assert_true(reset_of("nan(1234567890)") == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(texts_are_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_says_nothing_is_blank, set_up, tear_down),
		cmocka_unit_test_setup_teardown(broken_answers_are_mended, set_up, tear_down),
		cmocka_unit_test_setup_teardown(thoughts_are_kept_apart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(usage_is_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_answer, set_up, tear_down),
		cmocka_unit_test(words_are_found),
		cmocka_unit_test(words_say_when),
		cmocka_unit_test(absurd_times_have_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
