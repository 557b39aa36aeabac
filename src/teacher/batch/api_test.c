#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "teacher/batch/api.h"

static const struct batch_api *api(const char *host)
{
	return batch_api_of(host, &wire_openai);
}

static void by_host_and_language(void **state)
{
	(void)state;
	assert_string_equal(api("api.openai.com")->name, "OpenAI");
	assert_string_equal(api("my-own-server")->name, "OpenAI");
	assert_string_equal(api("api.mistral.ai")->name, "Mistral");
	assert_string_equal(api("api.together.ai")->name, "Together");
	assert_string_equal(api("openrouter.ai")->name, "OpenRouter");
	assert_string_equal(batch_api_of("any", &wire_anthropic)->name, "Anthropic");
}

static const char *written(const struct batch_api *a, struct buf *out)
{
	struct buf lines = BUF_INIT;
	buf_clear(out);
	batch_api_line(a, &lines, "k1", "/v1/chat/completions", view_of("{\"x\":1}"));
	batch_api_line(a, &lines, "k2", "/v1/chat/completions", view_of("{\"x\":2}"));
	if (a->purpose)
		buf_add(out, lines.data, lines.len);
	batch_api_create(a, out, "n1", "/v1/chat/completions", "\"m\"", view_of("file-1"),
			 view_from(lines.data, lines.len));
	buf_release(&lines);
	return out->data;
}

static void what_is_written(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	assert_string_equal(written(api("api.openai.com"), &out),
		"{\"custom_id\":\"k1\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"x\":1}}\n"
		"{\"custom_id\":\"k2\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"x\":2}}\n"
		"{\"input_file_id\":\"file-1\",\"endpoint\":\"/v1/chat/completions\","
		"\"completion_window\":\"24h\",\"metadata\":{\"sow\":\"n1\"}}");
	assert_string_equal(written(batch_api_of("any", &wire_anthropic), &out),
		"{\"requests\":[{\"custom_id\":\"k1\",\"params\":{\"x\":1}},"
		"{\"custom_id\":\"k2\",\"params\":{\"x\":2}}]}");
	assert_string_equal(written(api("api.mistral.ai"), &out),
		"{\"requests\":[{\"custom_id\":\"k1\",\"body\":{\"x\":1}},"
		"{\"custom_id\":\"k2\",\"body\":{\"x\":2}}],\"endpoint\":\"/v1/chat/completions\","
		"\"model\":\"m\",\"metadata\":{\"sow\":\"n1\"}}");
	assert_string_equal(written(api("openrouter.ai"), &out),
		"{\"requests\":[{\"custom_id\":\"k1\",\"body\":{\"x\":1}},"
		"{\"custom_id\":\"k2\",\"body\":{\"x\":2}}],\"endpoint\":\"/v1/chat/completions\","
		"\"model\":\"m\"}");
	buf_release(&out);
}

static struct json *doc;

static struct batch_news news_of(const struct batch_api *a, const char *text)
{
	struct batch_news news;
	json_free(doc);
	doc = json_parse(text, strlen(text), NULL);
	assert_non_null(doc);
	batch_api_read(a, json_root(doc), &news);
	return news;
}

static void states_of_openai(void **state)
{
	(void)state;
	const struct batch_api *a = api("api.openai.com");
	struct batch_news n = news_of(a, "{\"id\":\"batch_1\",\"status\":\"in_progress\",\"created_at\":10,"
		"\"expires_at\":20,\"request_counts\":{\"total\":5,\"completed\":2,\"failed\":1},"
		"\"metadata\":{\"sow\":\"n1\"},\"errors\":null,\"output_file_id\":null}");
	assert_true(view_eqstr(n.id, "batch_1"));
	assert_true(view_eqstr(n.name, "n1"));
	assert_int_equal(n.state, BATCH_RUNS);
	assert_int_equal(n.total, 5);
	assert_int_equal(n.answered, 2);
	assert_int_equal(n.failed, 1);
	assert_int_equal(n.made, 10 * CLOCK_SECOND);
	assert_int_equal(n.expires, 20 * CLOCK_SECOND);
	assert_null(n.errors);

	/* What was done before it expired is there, and paid. */
	n = news_of(a, "{\"id\":\"batch_1\",\"status\":\"expired\",\"output_file_id\":\"o\","
		       "\"error_file_id\":\"e\"}");
	assert_int_equal(n.state, BATCH_ENDED);
	assert_true(view_eqstr(n.files[0], "o"));
	assert_true(view_eqstr(n.files[1], "e"));
	assert_int_equal(news_of(a, "{\"id\":\"b\",\"status\":\"cancelled\"}").state, BATCH_ENDED);
	assert_int_equal(news_of(a, "{\"id\":\"b\",\"status\":\"CANCELLED\"}").state, BATCH_ENDED);
	assert_int_equal(news_of(a, "{\"id\":\"b\",\"status\":\"COMPLETED\"}").state, BATCH_ENDED);
	assert_int_equal(news_of(a, "{\"id\":\"b\",\"status\":\"finalizing\"}").state, BATCH_RUNS);

	n = news_of(a, "{\"id\":\"b\",\"status\":\"failed\",\"errors\":{\"object\":\"list\",\"data\":[{\"code\":"
		       "\"invalid\",\"message\":\"no\",\"line\":3}]}}");
	assert_int_equal(n.state, BATCH_FAILED);
	assert_int_equal(json_count(n.errors), 1);
}

static void states_of_others(void **state)
{
	(void)state;
	const struct batch_api *a = batch_api_of("any", &wire_anthropic);
	struct batch_news n = news_of(a, "{\"id\":\"msgbatch_1\",\"processing_status\":\"in_progress\","
		"\"request_counts\":{\"processing\":2,\"succeeded\":3,\"errored\":1,\"canceled\":4,\"expired\":5},"
		"\"expires_at\":\"2999-01-01T00:00:00Z\",\"results_url\":null}");
	assert_int_equal(n.state, BATCH_RUNS);
	assert_int_equal(n.total, 15);
	assert_int_equal(n.answered, 3);
	assert_int_equal(n.failed, 1);
	assert_true(n.expires > clock_wall());
	assert_int_equal(news_of(a, "{\"id\":\"b\",\"processing_status\":\"ended\"}").state, BATCH_ENDED);
	a = api("api.mistral.ai");
	n = news_of(a, "{\"id\":\"1\",\"status\":\"SUCCESS\",\"total_requests\":7,\"succeeded_requests\":6,"
		       "\"failed_requests\":1,\"output_file\":\"o\",\"error_file\":null,\"errors\":[]}");
	assert_int_equal(n.state, BATCH_ENDED);
	assert_int_equal(n.total, 7);
	assert_int_equal(n.answered, 6);
	assert_true(view_eqstr(n.files[0], "o"));
	assert_int_equal(n.files[1].len, 0);
	assert_int_equal(news_of(a, "{\"id\":\"1\",\"status\":\"TIMEOUT_EXCEEDED\"}").state, BATCH_ENDED);
	assert_int_equal(news_of(a, "{\"id\":\"1\",\"status\":\"QUEUED\"}").state, BATCH_RUNS);
}

static struct batch_line line_of(const char *text)
{
	struct batch_line line;
	json_free(doc);
	doc = json_parse(text, strlen(text), NULL);
	assert_non_null(doc);
	batch_api_result(json_root(doc), &line);
	return line;
}

static void results(void **state)
{
	(void)state;
	struct batch_line l = line_of("{\"id\":\"r\",\"custom_id\":\"k\",\"response\":{\"status_code\":200,"
				      "\"body\":{\"choices\":[]}},\"error\":null}");
	assert_true(view_eqstr(l.id, "k"));
	assert_int_equal(l.kind, LINE_ANSWER);
	assert_int_equal(l.status, 200);
	assert_non_null(json_get(l.body, "choices"));
	l = line_of("{\"custom_id\":\"k\",\"response\":{\"status_code\":400,\"body\":{\"error\":{\"message\":"
		    "\"m\"}}},\"error\":null}");
	assert_int_equal(l.kind, LINE_FAILURE);
	assert_int_equal(l.status, 400);
	l = line_of("{\"custom_id\":\"k\",\"response\":null,\"error\":{\"code\":\"batch_expired\"}}");
	assert_int_equal(l.kind, LINE_NOT_ASKED);
	l = line_of("{\"custom_id\":\"k\",\"response\":null,\"error\":{\"code\":\"x\",\"message\":\"m\"}}");
	assert_int_equal(l.kind, LINE_FAILURE);
	assert_non_null(json_get(l.body, "error"));
	l = line_of("{\"custom_id\":\"k\",\"result\":{\"type\":\"succeeded\",\"message\":{\"content\":[]}}}");
	assert_int_equal(l.kind, LINE_ANSWER);
	assert_non_null(json_get(l.body, "content"));
	l = line_of("{\"custom_id\":\"k\",\"result\":{\"type\":\"errored\",\"error\":{\"type\":\"error\"}}}");
	assert_int_equal(l.kind, LINE_FAILURE);
	assert_non_null(l.body);
	assert_int_equal(line_of("{\"custom_id\":\"k\",\"result\":{\"type\":\"expired\"}}").kind, LINE_NOT_ASKED);
	assert_int_equal(line_of("{\"custom_id\":\"k\",\"result\":{\"type\":\"canceled\"}}").kind,
			 LINE_NOT_ASKED);
	assert_int_equal(line_of("{\"something\":1}").id.len, 0);
	assert_int_equal(line_of("[1]").id.len, 0);
	json_free(doc);
	doc = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_host_and_language),
		cmocka_unit_test(what_is_written),
		cmocka_unit_test(states_of_openai),
		cmocka_unit_test(states_of_others),
		cmocka_unit_test(results),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
