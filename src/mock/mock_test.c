#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "mock/mock.h"
#include "sow/sow.h"

static const char body[] =
	"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Why %d?\"}]%s}";

static int post(struct mock *m, int n, const char *more, int64_t now, struct http_reply *out)
{
	struct buf text = BUF_INIT;
	buf_addf(&text, body, n, more);
	struct mock_call call = { .method = view_of("POST"),
				  .path = view_of("/v1/chat/completions"),
				  .authorization = view_of("Bearer sesame"),
				  .body = view_from(text.data, text.len),
				  .now = now,
				  .wall = now };
	*out = (struct http_reply){ 0 };
	int status = mock_reply(m, &call, out);
	buf_release(&text);
	return status;
}

static void end(struct mock *m, struct http_reply *r, bool whole)
{
	mock_end(m, r->tag, whole, CLOCK_SECOND);
	mem_free(r->body);
}

static const char *field(const struct http_reply *r, const char *name)
{
	for (size_t i = 0; i < r->field_count; i++) {
		if (strcmp(r->fields[i].name, name) == 0)
			return r->fields[i].value;
	}
	return "";
}

static void stats(struct mock *m, struct buf *out)
{
	struct mock_call call = { .method = view_of("GET"), .path = view_of("/stats") };
	struct http_reply r = { 0 };
	assert_int_equal(mock_reply(m, &call, &r), SOW_OK);
	buf_clear(out);
	buf_add(out, r.body, r.body_len);
	assert_null(r.tag);
	mem_free(r.body);
}

static void has(const struct buf *text, const char *what)
{
	if (!strstr(text->data, what))
		fail_msg("no %s in %s", what, text->data);
}

static void test_counts_and_log(void **state)
{
	(void)state;
	struct mock_options o = { .log = true };
	struct mock *m = mock_new(&o, 0);
	struct http_reply r[3];
	struct buf text = BUF_INIT;
	for (int i = 0; i < 3; i++)
		assert_int_equal(post(m, i % 2, "", 0, &r[i]), SOW_OK);
	assert_int_equal(mock_in_flight(m), 3);
	end(m, &r[1], true);
	end(m, &r[0], true);
	end(m, &r[2], true); /* the first's body again */
	post(m, 3, "", 0, &r[0]);
	end(m, &r[0], false); /* the client went away */
	assert_true(mock_in_flight(m) == 0 && mock_ended(m) == 4);
	stats(m, &text);
	has(&text, "\"requests\": 4,");
	has(&text, "\"answered\": 3,");
	has(&text, "\"asked_again\": 1,");
	has(&text, "\"answered_again\": 1,");
	has(&text, "\"peak_in_flight\": 3,");
	has(mock_log(m), "{\"n\":2,\"time\":0.000000,\"took\":1.000000,\"body\":\"");
	has(mock_log(m), "\"attempt\":1,\"fault\":null,\"status\":200,\"answered\":true}\n");
	has(mock_log(m), "\"status\":200,\"answered\":false}\n");
	assert_null(strstr(mock_log(m)->data, "sesame"));
	buf_release(&text);
	mock_free(m);
}

static void test_limit_then_fault(void **state)
{
	(void)state;
	struct mock_options o = { .rpm = 1, .retry_after = { RETRY_SECONDS, 9 } };
	assert_int_equal(faults_add(&o.faults, "503=1", NULL), SOW_OK);
	struct mock *m = mock_new(&o, 0);
	struct http_reply r;
	struct buf text = BUF_INIT;
	post(m, 1, "", 0, &r);
	assert_int_equal(r.status, 503);
	assert_string_equal(field(&r, "Retry-After"), "9");
	assert_string_equal(field(&r, "x-ratelimit-remaining-requests"), "0");
	assert_string_equal(field(&r, "x-ratelimit-reset-requests"), "1m0s");
	end(m, &r, true);
	/* a limit's own time, and no attempt at the body */
	post(m, 1, "", 20 * CLOCK_SECOND, &r);
	assert_int_equal(r.status, 429);
	assert_string_equal(field(&r, "Retry-After"), "40");
	end(m, &r, true);
	stats(m, &text);
	has(&text, "\"asked_again\": 0,");
	has(&text, "\"429\": 1,\n    \"503\": 1");
	buf_release(&text);
	mock_free(m);
}

static void test_latency(void **state)
{
	(void)state;
	struct mock_options o = { .latency = { .ms = 100, .token_ms = 10 } };
	struct mock *m = mock_new(&o, 0);
	struct http_reply r;
	post(m, 1, ",\"max_tokens\":5", 0, &r);
	assert_true(r.delay == 150 * CLOCK_MS && r.pause == 0);
	end(m, &r, true);
	post(m, 1, ",\"max_tokens\":5,\"stream\":true", 0, &r);
	assert_true(r.delay == 100 * CLOCK_MS && r.pause == 10 * CLOCK_MS);
	end(m, &r, true);
	mock_free(m);
}

static void test_too_big(void **state)
{
	(void)state;
	struct mock_options o = { 0 };
	struct mock *m = mock_new(&o, 0);
	struct mock_call call = { .method = view_of("POST"), .path = view_of("/v1/completions"),
				  .body = view_of(""), .too_big = true };
	struct http_reply r = { 0 };
	assert_int_equal(mock_reply(m, &call, &r), SOW_OK);
	assert_int_equal(r.status, 413);
	end(m, &r, true);
	mock_free(m);
}

static int embed(struct mock *m, const char *asked, struct http_reply *out)
{
	struct mock_call call = { .method = view_of("POST"), .path = view_of("/v1/embeddings"),
				  .body = view_of(asked) };
	*out = (struct http_reply){ 0 };
	return mock_reply(m, &call, out);
}

/* A vector of each text, the same of the same. */
static void test_embeddings(void **state)
{
	static const char *const wrong[] = { "{\"model\":\"m\"}", "{\"model\":\"m\",\"input\":\"\"}",
					     "{\"model\":\"m\",\"input\":[1]}", "{\"input\":\"a\"}" };
	struct mock_options o = { 0 };
	struct mock *m = mock_new(&o, 0);
	struct http_reply r, again;
	(void)state;
	assert_int_equal(embed(m, "{\"model\":\"m\",\"input\":[\"a b\",\"c\"]}", &r), SOW_OK);
	assert_int_equal(r.status, 200);
	struct view text = view_from(r.body, r.body_len);
	assert_true(view_find(text, 0, "\"index\":1,\"embedding\":[") < text.len);
	assert_true(view_find(text, 0, "\"prompt_tokens\":2,\"total_tokens\":2}") < text.len);
	assert_int_equal(embed(m, "{\"model\":\"m\",\"input\":[\"a b\",\"c\"]}", &again), SOW_OK);
	assert_int_equal(again.body_len, r.body_len);
	assert_memory_equal(again.body, r.body, r.body_len);
	end(m, &r, true);
	end(m, &again, true);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_int_equal(embed(m, wrong[i], &r), SOW_OK);
		assert_int_equal(r.status, 400);
		end(m, &r, true);
	}
	assert_int_equal(mock_in_flight(m), 0);
	mock_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_and_log),
		cmocka_unit_test(test_limit_then_fault),
		cmocka_unit_test(test_latency),
		cmocka_unit_test(test_too_big),
		cmocka_unit_test(test_embeddings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
