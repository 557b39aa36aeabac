/* The teacher "http" and everything that goes wrong with a request: each row of the table of
 * failures, parts that a server does not take, no memory, no files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "support/asker.h"

/* The table of failures */

static void some_failures_pass(void **state)
{
	(void)state;
	static const struct {
		struct act act;
		int unknown;
	} cases[] = {
		{ { .status = 429, .headers = LATER, .body = "{}" }, 0 },
		{ { .status = 429, .headers = "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", .body = "{}" }, 0 },
		{ { .status = 429, .body = "{\"error\":\"no header\"}" }, 0 },
		{ { .status = 408, .headers = LATER, .body = "" }, 0 },
		{ { .status = 409, .headers = LATER, .body = "" }, 0 },
		{ { .status = 425, .headers = LATER, .body = "" }, 0 },
		{ { .status = 500, .headers = LATER, .body = "<html>oops</html>" }, 0 },
		{ { .status = 502, .headers = LATER, .body = "" }, 0 },
		{ { .status = 503, .headers = LATER, .body = "{\"error\":{\"message\":\"loading\"}}" }, 0 },
		{ { .status = 504, .headers = LATER, .body = "" }, 1 },
		{ { .status = 529, .headers = LATER, .body = "" }, 0 },
		{ { .fault = FAULT_RESET }, 1 },
		{ { .fault = FAULT_CLOSE }, 1 },
		{ { .fault = FAULT_CUT }, 1 },
		{ { .fault = FAULT_SILENT }, 1 },
		{ { .fault = FAULT_RAW, .body = "SSH-2.0-OpenSSH_9\r\n" }, 1 },
		{ { .fault = FAULT_RAW, .body = "HTTP/1.1 200 OK\r\nContent-Length: x\r\n" }, 1 },
		{ { .headers = LATER, .body = "{\"choices\":[{\"message\":{\"content\":\"Y" }, 1 },
		{ { .headers = LATER, .body = "<html>a page</html>" }, 1 },
		{ { .headers = LATER, .body = "{\"choices\":[]}" }, 1 },
		{ { .headers = LATER, .body = "{\"error\":{\"message\":\"busy\",\"code\":503}}" }, 0 },
		{ { .headers = "Content-Encoding: gzip\r\n", .body = "not packed at all" }, 1 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct act acts[] = { cases[i].act, { .delay = 0 } };
		struct puppet *s = puppet_start(acts, 2);
		const char *spec = puppet_url(s);
		struct teacher_options o = asker_options(&spec, 1);
		struct heard h;
		o.timeout = cases[i].act.fault == FAULT_SILENT ? 300 * CLOCK_MS : PATIENCE;
		asker_converse(&o, 1, &h);
		if (h.count != 1 || h.replies[0]->finish != FINISH_STOP)
			fail_msg("case %zu: %s%s", i, h.err.text, h.count ? h.replies[0]->text.p : "");
		if (h.replies[0]->attempts != 2 || h.replies[0]->unknown != cases[i].unknown)
			fail_msg("case %zu: %d attempts, %d unknown", i, h.replies[0]->attempts,
				 h.replies[0]->unknown);
		assert_true(view_eqstr(h.replies[0]->text, "Yes."));
		heard_release(&h);
		puppet_stop(s);
	}
}

static void some_fail_their_request(void **state)
{
	(void)state;
	static const struct act cases[] = {
		{ .status = 400, .body = "{\"error\":{\"message\":\"Nobody can\\nread this.\"}}" },
		{ .status = 400, .body = "{\"error\":{\"message\":\"Nobody can read this.\","
					 "\"code\":\"context_length_exceeded\"}}" },
		{ .status = 400, .body = "{\"error\":{\"message\":\"Nobody can read this.\",\"code\":\"content_filter\"}}" },
		{ .status = 404, .body = "{\"error\":{\"message\":\"Nobody can read this. No such model.\"}}" },
		{ .status = 413, .body = "Nobody can read this." },
		{ .status = 422, .body = "{\"detail\":\"Nobody can read this.\"}" },
		{ .status = 400, .headers = "Content-Type: text/plain\r\n", .body = "Nobody can read this." },
		{ .body = "{\"choices\":[{\"message\":{\"content\":\"Nobody can read this.\"},"
			  "\"finish_reason\":\"content_filter\"}]}" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct act acts[] = { { .delay = 0 }, cases[i], { .delay = 0 } };
		struct puppet *s;
		struct heard h;
		asker_play_in_turn(acts, 3, 3, &h, &s);
		int failed = 0;
		assert_int_equal(h.count, 3);
		for (size_t k = 0; k < 3; k++) {
			if (h.replies[k]->finish != FINISH_ERROR)
				continue;
			failed++;
			assert_int_equal(h.replies[k]->attempts, 1);
			assert_true(view_starts(h.replies[k]->text, puppet_url(s)));
			if (!says(h.replies[k]->text, "Nobody can read this."))
				fail_msg("case %zu: %s", i, h.replies[k]->text.p);
		}
		assert_int_equal(failed, 1);
		assert_int_equal(puppet_requests(s), 3);
		heard_release(&h);
		puppet_stop(s);
	}
}

/* More headers than anybody reads: that is no reason to end the others. */
static void endless_headers_fail_their_request(void **state)
{
	(void)state;
	struct buf raw = BUF_INIT;
	buf_addstr(&raw, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n");
	for (int i = 0; i < 700; i++)
		buf_addf(&raw, "X-%d: %0100d\r\n", i, 0);
	buf_addstr(&raw, "\r\n{}");
	const struct act acts[] = { { .fault = FAULT_RAW, .body = raw.data }, { .delay = 0 } };
	struct puppet *s;
	struct heard h;
	asker_play_in_turn(acts, 2, 2, &h, &s);
	assert_int_equal(h.count, 2);
	assert_int_equal((h.replies[0]->finish == FINISH_ERROR) + (h.replies[1]->finish == FINISH_ERROR), 1);
	const struct reply *failed = h.replies[h.replies[0]->finish == FINISH_ERROR ? 0 : 1];
	if (!says(failed->text, "the answer or its headers are too big"))
		fail_msg("%s", failed->text.p);
	heard_release(&h);
	puppet_stop(s);
	buf_release(&raw);
}

static void some_end_it_all(void **state)
{
	(void)state;
	static const struct {
		struct act act;
		const char *words;
	} cases[] = {
		{ { .status = 401, .body = "{\"error\":{\"message\":\"Incorrect API key provided\"}}" },
		  "the key is refused (HTTP 401): Incorrect API key provided" },
		{ { .status = 403, .body = "{\"error\":{\"message\":\"Not in your country\"}}" },
		  "forbidden (HTTP 403): Not in your country" },
		{ { .status = 402, .body = "{\"error\":{\"message\":\"Insufficient Balance\"}}" },
		  "no quota left (HTTP 402): Insufficient Balance" },
		{ { .status = 429, .body = "{\"error\":{\"message\":\"You exceeded your current quota\",\"code\":"
					   "\"insufficient_quota\"}}" },
		  "no quota left (HTTP 429): You exceeded your current quota" },
		{ { .status = 404, .body = "{\"error\":{\"message\":\"The model does not exist\"}}" },
		  "nothing is there (HTTP 404): The model does not exist" },
		{ { .status = 405, .body = "" }, "nothing is there (HTTP 405)" },
		{ { .status = 400, .body = "{\"error\":{\"message\":\"Invalid model name passed\"}}" },
		  "no such model, or no such key (HTTP 400): Invalid model name passed" },
		{ { .status = 303, .headers = "Location: /elsewhere\r\n", .body = "" }, "it redirects (HTTP 303)" },
		{ { .status = 307, .headers = "Location: /v1/chat/completions\r\n", .body = "" },
		  "it redirects again and again" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct puppet *s;
		struct heard h;
		asker_play(&cases[i].act, 1, &h, &s);
		assert_int_equal(h.count, 0);
		assert_int_equal(h.err.status, SOW_STOPPED);
		if (!strstr(h.err.text, cases[i].words) || !view_starts(view_of(h.err.text), puppet_url(s)))
			fail_msg("case %zu: %s", i, h.err.text);
		heard_release(&h);
		puppet_stop(s);
	}
}

/* What is no answer five times is none; what fails while others are answered is no server's
 * bad day. */
static const struct act *no_answer_to_0(void *data, int number, const struct puppet_seen *seen)
{
	static const struct act fine = { .delay = 2 };
	(void)number;
	return says(seen->body, "Is 0 a") ? data : &fine;
}

static void patience_ends(void **state)
{
	(void)state;
	static struct act acts[] = {
		{ .headers = LATER, .body = "{\"choices\":[]}" },
		{ .headers = LATER, .status = 500, .body = "{\"error\":\"Poison.\"}" },
	};
	static const int tries[] = { 5, 10 };
	for (size_t i = 0; i < 2; i++) {
		struct puppet *s = puppet_start_choosing(no_answer_to_0, &acts[i]);
		const char *spec = puppet_url(s);
		struct teacher_options o = asker_options(&spec, 1);
		struct heard h;
		o.concurrency = 2;
		asker_converse(&o, 2000, &h);
		assert_int_equal(h.count, 2000);
		for (size_t k = 0; k < h.count; k++) {
			bool first = h.replies[k]->tag == 0;
			assert_int_equal(h.replies[k]->finish, first ? FINISH_ERROR : FINISH_STOP);
			/* The first may have come before any other's answer. */
			assert_in_range(h.replies[k]->attempts, first ? tries[i] : 1,
					first ? tries[i] + 1 : 1);
		}
		heard_release(&h);
		puppet_stop(s);
	}
}

static void retry_after_is_heeded(void **state)
{
	(void)state;
	static const struct act acts[] = {
		{ .status = 429, .headers = "Retry-After: 1\r\n", .body = "" }, { .delay = 0 },
	};
	struct puppet *s;
	struct heard h;
	asker_play(acts, 2, &h, &s);
	assert_int_equal(h.count, 1);
	assert_true(h.replies[0]->took >= CLOCK_SECOND);
	heard_release(&h);
	puppet_stop(s);
}

/* What a server does not take */

/* Knows no seed, no temperature but its own, two stops at most, and the newer name of the bound. */
static const struct act *pick_at_parts(void *data, int number, const struct puppet_seen *seen)
{
	static const struct act fine = { .delay = 0 }, no[] = {
		{ .status = 400, .body = "{\"error\":{\"message\":\"Unsupported value: 'temperature' does not "
					 "support 0.5 with this model.\",\"param\":\"temperature\"}}" },
		{ .status = 422, .body = "{\"detail\":[{\"loc\":[\"body\",\"seed\"],\"msg\":\"Extra inputs are not "
					 "permitted\"}]}" },
		{ .status = 400, .body = "{\"error\":{\"message\":\"Unsupported parameter: 'max_tokens'. Use "
					 "'max_completion_tokens' instead.\",\"param\":\"max_tokens\"}}" },
		{ .status = 400, .body = "{\"error\":{\"message\":\"'stop' is not supported with this model.\"}}" },
	};
	static const char *const parts[] = { "\"temperature\"", "\"seed\"", "\"max_tokens\"", "\"stop\"" };
	(void)data;
	(void)number;
	for (size_t i = 0; i < 4; i++) {
		if (says(seen->body, parts[i]))
			return &no[i];
	}
	return &fine;
}

static void refused_parts_are_left_out(void **state)
{
	(void)state;
	struct puppet *s = puppet_start_choosing(pick_at_parts, NULL);
	const char *spec = puppet_url(s);
	struct teacher_options o = asker_options(&spec, 1);
	struct teacher *t = asker_open(&o);
	struct heard h = { .notices = BUF_INIT };
	for (int i = 0; i < 500; i++) {
		struct request *r = asker_question(t, i);
		request_add_stop(r, "es");
		teacher_submit(t, r);
	}
	heard_wait(&h, t, 500);
	teacher_close(t);
	assert_int_equal(h.count, 500);
	for (size_t i = 0; i < h.count; i++) {
		assert_int_equal(h.replies[i]->finish, FINISH_STOP);
		assert_int_equal(h.replies[i]->unknown, 0);
		assert_true(view_eqstr(h.replies[i]->text, "Y")); /* the stop, on our side */
	}
	static const char *const news[] = { "temperature", "seed", "max_tokens", "stop" };
	for (size_t i = 0; i < 4; i++) {
		char line[64];
		snprintf(line, sizeof(line), "%s: refuses '%s'", spec, news[i]);
		const char *first = strstr(h.notices.data, line);
		assert_non_null(first);
		assert_null(strstr(first + 1, line)); /* once */
	}
	assert_true(puppet_requests(s) <= 500 + 4 * 64);
	struct puppet_seen last = puppet_request(s, puppet_requests(s) - 1);
	assert_true(says(last.body, "\"max_completion_tokens\":100"));
	assert_true(says(last.body, "\"top_p\":0.5"));
	heard_release(&h);
	puppet_stop(s);
}

/* No memory, no files */

/* The last test: it can't be undone. */
static void few_files_mean_few_requests(void **state)
{
	(void)state;
	const char *spec = "http://127.0.0.1:9/v1";
	struct teacher_options o = asker_options(&spec, 1);
	struct rlimit files = { 300, 300 };
	struct buf line = BUF_INIT;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	o.concurrency = 4096;
	struct teacher *t = asker_open(&o);
	assert_int_equal(teacher_capacity(t), 2 * (300 - 64));
	asker_ask(t, 0, 1);
	for (int i = 0; i < 200 && !teacher_notice(t, &line); i++)
		nap(10);
	assert_non_null(strstr(line.data, "236 requests at once at most"));
	assert_non_null(strstr(line.data, "300 open files"));
	buf_release(&line);
	teacher_close(t);
}

int main(int argc, char **argv)
{
	asker_start(argc, argv);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(some_failures_pass),
		cmocka_unit_test(some_fail_their_request),
		cmocka_unit_test(endless_headers_fail_their_request),
		cmocka_unit_test(some_end_it_all),
		cmocka_unit_test(patience_ends),
		cmocka_unit_test(retry_after_is_heeded),
		cmocka_unit_test(refused_parts_are_left_out),
		cmocka_unit_test(few_files_mean_few_requests),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
