#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "teacher/http/failure.h"

static const struct failure *lookup(enum http_trouble trouble, int status, const char *body,
				    enum answer_kind kind, bool before)
{
	struct answer_words w;
	answer_words_read(view_of(body), &w);
	/* the third page in a row before any answer */
	const struct failure_event e = { trouble, status, &w, kind, before, 3 };
	const struct failure *f = failure_of(&e);
	answer_words_release(&w);
	return f;
}

static void each_row_is_met(void **state)
{
	(void)state;
	static const struct {
		enum http_trouble trouble;
		int status;
		const char *body;
		enum answer_kind kind;
		bool before;
		const char *name;
		enum remedy remedy;
	} cases[] = {
		{ HTTP_NO_HOST, 0, "", 0, true, "no-host", FAILURE_RETRY },
		{ HTTP_NO_CONNECTION, 0, "", 0, true, "no-connection", FAILURE_RETRY },
		{ HTTP_NO_TRUST, 0, "", 0, true, "no-trust", FAILURE_STOP },
		{ HTTP_TIMEOUT, 0, "", 0, true, "timeout", FAILURE_RETRY },
		{ HTTP_TIMEOUT, 200, "", 0, true, "timeout", FAILURE_RETRY },
		{ HTTP_BROKEN, 0, "", 0, true, "broken", FAILURE_RETRY },
		{ HTTP_BROKEN, 200, "{", ANSWER_MALFORMED, true, "broken", FAILURE_RETRY },
		{ HTTP_BODY_TOO_BIG, 200, "", 0, true, "answer-too-big", FAILURE_FAIL },
		{ HTTP_REDIRECTS, 302, "", 0, true, "redirects", FAILURE_STOP },
		{ HTTP_FAILED, 0, "", 0, true, "failed", FAILURE_RETRY },
		{ 0, 303, "", 0, true, "redirect", FAILURE_STOP },
		{ 0, 400, "{\"error\":{\"message\":\"a\",\"code\":\"context_length_exceeded\"}}", 0, true,
		  "too-long", FAILURE_FAIL },
		{ 0, 400, "{\"error\":\"This model's maximum context length is 4096 tokens\"}", 0, true,
		  "too-long", FAILURE_FAIL },
		{ 0, 400, "{\"error\":{\"message\":\"a\",\"code\":\"content_filter\"}}", 0, true, "filtered",
		  FAILURE_FAIL },
		{ 0, 403, "{\"error\":{\"message\":\"Your input was flagged\"}}", 0, true, "filtered",
		  FAILURE_FAIL },
		{ 0, 429, "{\"error\":{\"message\":\"You exceeded your current quota, please check your plan and "
			  "billing details.\",\"code\":\"insufficient_quota\"}}", 0, true, "no-quota", FAILURE_STOP },
		{ 0, 400, "{\"error\":\"Your credit balance is too low\"}", 0, true, "no-quota", FAILURE_STOP },
		{ 0, 402, "", 0, true, "no-quota", FAILURE_STOP },
		{ 0, 401, "", 0, true, "no-key", FAILURE_STOP },
		{ 0, 403, "", 0, true, "forbidden", FAILURE_STOP },
		{ 0, 404, "{\"error\":\"The model 'm' does not exist\"}", 0, false, "no-such-address",
		  FAILURE_STOP },
		{ 0, 404, "{\"error\":\"The model 'm' does not exist\"}", 0, true, "not-found", FAILURE_FAIL },
		{ 0, 404, "", 0, true, "not-found", FAILURE_FAIL },
		{ 0, 405, "", 0, false, "no-such-address", FAILURE_STOP },
		{ 0, 405, "", 0, true, "refused", FAILURE_FAIL },
		{ 0, 400, "{\"error\":{\"message\":\"Invalid model name passed in model=m\"}}", 0, false,
		  "no-model", FAILURE_STOP },
		{ 0, 400, "{\"error\":{\"message\":\"Invalid model name passed in model=m\"}}", 0, true,
		  "refused", FAILURE_FAIL },
		{ 0, 408, "", 0, true, "timeout", FAILURE_RETRY },
		{ 0, 409, "", 0, true, "conflict", FAILURE_RETRY },
		{ 0, 413, "", 0, true, "too-long", FAILURE_FAIL },
		{ 0, 422, "{\"detail\":\"no\"}", 0, true, "refused", FAILURE_FAIL },
		{ 0, 500, "{\"error\":{\"message\":\"1 validation error: {'type': 'literal_error', 'loc': ('body', "
			  "'stop'), 'msg': 'Input should be 0'}\"}}", 0, true, "refused", FAILURE_FAIL },
		{ 0, 500, "{\"error\":\"1 validation error for Request\\nbody -> stop\\n  none\"}", 0, true,
		  "refused", FAILURE_FAIL },
		{ 0, 500, "{\"error\":{\"message\":\"1 validation error: {'type': 'missing', 'loc': ('response', "
			  "'content')}\"}}", 0, true, "server-error", FAILURE_RETRY },
		{ 0, 500, "{\"error\":\"1 validation error for ModelOutput: the body is empty\"}", 0, true,
		  "server-error", FAILURE_RETRY },
		{ 0, 425, "", 0, true, "too-early", FAILURE_RETRY },
		{ 0, 429, "{\"error\":\"Rate limit reached. Add a payment method: https://x/billing\"}", 0, true,
		  "too-many-requests", FAILURE_RETRY },
		{ 0, 429, "{\"error\":\"Request too large for m on tokens per min\"}", 0, true, "too-long",
		  FAILURE_FAIL },
		{ 0, 400, "", 0, true, "refused", FAILURE_FAIL },
		{ 0, 418, "", 0, true, "refused", FAILURE_FAIL },
		{ 0, 500, "", 0, true, "server-error", FAILURE_RETRY },
		{ 0, 501, "", 0, false, "not-implemented", FAILURE_STOP },
		{ 0, 501, "", 0, true, "server-error", FAILURE_RETRY },
		{ 0, 502, "", 0, true, "server-error", FAILURE_RETRY },
		{ 0, 503, "", 0, true, "overloaded", FAILURE_RETRY },
		{ 0, 504, "", 0, true, "timeout", FAILURE_RETRY },
		{ 0, 529, "", 0, true, "overloaded", FAILURE_RETRY },
		{ 0, 429, "{\"error\":{\"message\":\"Rate limit exceeded: free-models-per-day\"}}", 0, true,
		  "day-quota", FAILURE_RETRY },
		{ 0, 429, "[{\"error\":{\"message\":\"You exceeded your current quota, limit: 0\"}}]", 0, true,
		  "day-quota", FAILURE_RETRY },
		{ 0, 429, "{\"error\":{\"message\":\"a\",\"details\":[{\"violations\":[{\"quotaId\":"
			  "\"GenerateRequestsPerDayPerProject\"}]}]}}", 0, true, "day-quota", FAILURE_RETRY },
		{ 0, 200, "<html>", ANSWER_PAGE, false, "web-page", FAILURE_STOP },
		{ 0, 200, "<html>", ANSWER_PAGE, true, "web-page", FAILURE_RETRY },
		{ 0, 200, "{", ANSWER_MALFORMED, true, "malformed", FAILURE_RETRY },
		{ 0, 204, "", ANSWER_MALFORMED, true, "malformed", FAILURE_RETRY },
		{ 0, 200, "{}", ANSWER_EMPTY, true, "empty", FAILURE_RETRY },
		{ 0, 200, "{}", ANSWER_BLANK, true, "empty", FAILURE_RETRY },
		{ 0, 200, "{}", ANSWER_FILTERED, true, "filtered", FAILURE_FAIL },
		{ 0, 200, "{}", ANSWER_CALLS, true, "calls", FAILURE_FAIL },
		{ 0, 200, "{}", ANSWER_UNFIT, true, "unfit", FAILURE_FAIL },
		{ 0, 200, "{\"error\":{\"message\":\"a\",\"code\":429}}", ANSWER_FAILURE, true,
		  "too-many-requests", FAILURE_RETRY },
		{ 0, 200, "{\"error\":\"a\"}", ANSWER_FAILURE, true, "server-error", FAILURE_RETRY },
		{ 0, 700, "", 0, true, "malformed", FAILURE_RETRY },
	};
	bool met[256] = { false };
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct failure *f = lookup(cases[i].trouble, cases[i].status, cases[i].body,
						 cases[i].kind, cases[i].before);
		assert_non_null(f);
		if (strcmp(f->name, cases[i].name) != 0 || f->remedy != cases[i].remedy)
			fail_msg("case %zu: %s", i, f->name);
		for (size_t row = 0; failure_row(row); row++)
			met[row] |= failure_row(row) == f;
	}
	for (size_t row = 0; failure_row(row); row++) {
		if (!met[row])
			fail_msg("row %zu, %s, is never met", row, failure_row(row)->name);
	}
	assert_null(lookup(HTTP_FINE, 200, "", ANSWER_FINE, true));
	assert_null(lookup(HTTP_FINE, 201, "", ANSWER_FINE, false));
}

/* A failure that may be asked for again costs patience of some kind: time, or tries. */
static void rows_are_sound(void **state)
{
	(void)state;
	for (size_t i = 0; failure_row(i); i++) {
		const struct failure *f = failure_row(i);
		assert_true(*f->name && *f->why);
		assert_true(!f->tries || f->remedy == FAILURE_RETRY);
		assert_true(!f->slows || f->remedy == FAILURE_RETRY);
		assert_true(f->remedy != FAILURE_RETRY || f->slows || f->strikes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_is_met),
		cmocka_unit_test(rows_are_sound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
