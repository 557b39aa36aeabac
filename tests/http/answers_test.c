/* The teacher "http" over real sockets: what is sent, what is made of answers in all their forms,
 * and what is refused before anything is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "support/asker.h"

/* gzip's form of `text`; its length. */
static size_t pack(const char *text, char *out, size_t room)
{
	z_stream z = { 0 };
	deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
	z.next_in = (Bytef *)(uintptr_t)text;
	z.avail_in = (uInt)strlen(text);
	z.next_out = (Bytef *)out;
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return z.total_out;
}

/* What is sent, and what comes back */

static void a_question_is_answered(void **state)
{
	(void)state;
	static const struct act acts[] = { { .delay = 0 } };
	struct puppet *s;
	struct heard h;
	asker_play(acts, 1, &h, &s);
	assert_int_equal(h.count, 1);
	struct reply *r = h.replies[0];
	assert_true(view_eqstr(r->text, "Yes."));
	assert_int_equal(r->finish, FINISH_STOP);
	assert_int_equal(r->tag, 0);
	assert_int_equal(r->usage.prompt_tokens, 7);
	assert_int_equal(r->usage.completion_tokens, 2);
	assert_false(r->usage.estimated);
	assert_int_equal(r->attempts, 1);
	assert_int_equal(r->unknown, 0);
	assert_true(r->took > 0 && r->began > 0);
	struct puppet_seen seen = puppet_request(s, 0);
	assert_true(view_starts(seen.head, "POST /v1/chat/completions HTTP/1.1\r\n"));
	assert_true(says(seen.head, "Content-Type: application/json\r\n"));
	assert_true(view_starts(seen.body, "{\"model\":\"a model\",\"messages\":[{\"role\":\"user\","
					   "\"content\":\"Is 0 a number?\"}],\"temperature\":0.5,"
					   "\"top_p\":0.5,\"max_tokens\":100,\"seed\":"));
	assert_false(heard_notice(&h, "http"));
	heard_release(&h);
	puppet_stop(s);
}

static void many_are_answered_on_kept_connections(void **state)
{
	(void)state;
	static const struct act acts[] = { { .delay = 1 } };
	struct puppet *s = puppet_start(acts, 1);
	const char *spec = puppet_url(s);
	struct teacher_options o = asker_options(&spec, 1);
	struct heard h;
	o.concurrency = 8;
	asker_converse(&o, 400, &h);
	bool there[400] = { false };
	assert_int_equal(h.count, 400);
	for (size_t i = 0; i < h.count; i++) {
		assert_false(there[h.replies[i]->tag]);
		there[h.replies[i]->tag] = true;
	}
	assert_int_equal(puppet_requests(s), 400);
	assert_in_range(puppet_connections(s), 1, 9);
	assert_in_range(puppet_peak(s), 2, 8);
	heard_release(&h);
	puppet_stop(s);
}

/* Text there that begins with a stop text ends before it, whoever applies it. */
static void stops_are_applied_here_too(void **state)
{
	(void)state;
	static const struct act acts[] = {
		{ .body = "{\"choices\":[{\"message\":{\"content\":\"One.\\n\\nTwo.\"},\"finish_reason\":\"length\"}]}" },
	};
	struct puppet *s = puppet_start(acts, 1);
	const char *spec = puppet_url(s);
	struct teacher_options o = asker_options(&spec, 1);
	struct teacher *t = asker_open(&o);
	struct heard h = { .notices = BUF_INIT };
	struct request *r = asker_question(t, 0);
	request_add_stop(r, "\n\n");
	teacher_submit(t, r);
	heard_wait(&h, t, 1);
	teacher_close(t);
	assert_true(view_eqstr(h.replies[0]->text, "One."));
	assert_int_equal(h.replies[0]->finish, FINISH_STOP);
	assert_true(h.replies[0]->usage.estimated);
	assert_true(says(puppet_request(s, 0).body, "\"stop\":[\"\\n\\n\"]"));
	heard_release(&h);
	puppet_stop(s);
}

static void everything_asked_for_is_sent(void **state)
{
	(void)state;
	static const struct act acts[] = { { .body = "{\"choices\":[{\"text\":\" x\"}]}" } };
	static const char *const headers[] = { "X-Team: a team's name", "OpenAI-Organization: org" };
	struct puppet *s = puppet_start(acts, 1);
	char spec[128];
	snprintf(spec, sizeof(spec), "%s/?version=2,weight=2", puppet_url(s));
	const char *specs[] = { spec };
	struct teacher_options o = asker_options(specs, 1);
	o.api = "completion";
	o.headers = headers;
	o.header_count = 2;
	o.extra_body = "{\"guided\": true}";
	o.max_completion_tokens = true;
	setenv("OPENAI_API_KEY", "sk-from-the-environment", 1);
	setenv("OPENAI_BASE_URL", puppet_url(s), 1);
	struct teacher *t = asker_open(&o);
	unsetenv("OPENAI_API_KEY");
	unsetenv("OPENAI_BASE_URL");
	assert_true(view_starts(view_of(teacher_identity(t)), "127.0.0.1 a model completion extra:"));
	assert_false(teacher_prefers_chat(t));
	struct request *r = request_new();
	request_add(r, ROLE_NONE, false, view_of("Go on"));
	r->sampling = (struct sampling){ .temperature = -1, .top_p = -1, .max_tokens = 9 };
	request_set_key(r, view_of("m"), 1);
	teacher_submit(t, r);
	struct heard h = { .notices = BUF_INIT };
	heard_wait(&h, t, 1);
	teacher_close(t);
	struct puppet_seen seen = puppet_request(s, 0);
	assert_true(view_starts(seen.head, "POST /v1/completions?version=2 HTTP/1.1\r\n"));
	assert_true(says(seen.head, "X-Team: a team's name\r\n"));
	assert_true(says(seen.head, "OpenAI-Organization: org\r\n"));
	assert_true(says(seen.head, "Authorization: Bearer sk-from-the-environment\r\n"));
	assert_false(says(seen.head, "Expect:"));
	assert_true(view_starts(seen.body, "{\"model\":\"a model\",\"prompt\":\"Go on\",\"max_completion_tokens\":9,"));
	assert_true(view_ends(seen.body, ",\"guided\":true}"));
	assert_true(view_eqstr(h.replies[0]->text, " x"));
	heard_release(&h);
	puppet_stop(s);
}

static void a_chat_is_no_completion(void **state)
{
	(void)state;
	static const struct act acts[] = { { .delay = 0 } };
	struct puppet *s = puppet_start(acts, 1);
	const char *spec = puppet_url(s);
	struct teacher_options o = asker_options(&spec, 1);
	struct heard h;
	o.api = "completion";
	asker_converse(&o, 1, &h);
	assert_int_equal(h.replies[0]->finish, FINISH_ERROR);
	assert_true(says(h.replies[0]->text, "--api chat"));
	assert_int_equal(puppet_requests(s), 0);
	heard_release(&h);
	puppet_stop(s);
}

static void thoughts_come_apart(void **state)
{
	(void)state;
	static const struct act acts[] = {
		{ .body = "{\"choices\":[{\"message\":{\"content\":\"4\",\"reasoning_content\":\"2 and 2\"}}],"
			  "\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":9,"
			  "\"completion_tokens_details\":{\"reasoning_tokens\":8}}}" },
	};
	struct puppet *s;
	struct heard h;
	asker_play(acts, 1, &h, &s);
	assert_true(view_eqstr(h.replies[0]->text, "4"));
	assert_true(view_eqstr(h.replies[0]->reasoning, "2 and 2"));
	assert_int_equal(h.replies[0]->usage.reasoning_tokens, 8);
	heard_release(&h);
	puppet_stop(s);
}

/* A server may take its time with each byte, send in pieces, pack, or call it something else. */
static void forms_of_answers(void **state)
{
	(void)state;
	char packed[512];
	size_t len = pack("{\"choices\":[{\"message\":{\"content\":\"Yes.\"}}]}", packed, sizeof(packed));
	const struct act acts[] = {
		{ .fault = FAULT_DRIP }, { .chunked = true }, { .headers = "Content-Type: text/html\r\n" },
		{ .headers = "Content-Encoding: gzip\r\n", .body = packed, .body_len = len },
		{ .close = true, .headers = "Connection: close\r\n" }, { .status = 201 },
	};
	struct puppet *s;
	struct heard h;
	asker_play_in_turn(acts, 6, 7, &h, &s);
	assert_int_equal(h.count, 7);
	for (size_t i = 0; i < h.count; i++) {
		assert_true(view_eqstr(h.replies[i]->text, "Yes."));
		assert_int_equal(h.replies[i]->attempts, 1);
	}
	assert_int_equal(puppet_connections(s), 2);
	heard_release(&h);
	puppet_stop(s);
}

#define PIECE(delta) "data: {\"choices\":[{\"delta\":" delta "}]}\n\n"

static void streams_are_read(void **state)
{
	(void)state;
	static const char whole[] =
		PIECE("{\"content\":\"Y\"}") ": ping\n\n" PIECE("{\"content\":\"es.\"}")
		"data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
		"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n";
	static const struct act acts[] = {
		{ .headers = "Content-Type: text/event-stream\r\n", .body = whole, .chunked = true },
		{ .headers = "Content-Type: text/event-stream\r\n", .body = whole, .fault = FAULT_DRIP },
		{ .headers = "Content-Type: text/event-stream\r\n", .body = PIECE("{\"content\":\"N\"}") },
		{ .headers = "Content-Type: text/event-stream\r\n", .body = whole },
		{ .status = 400, .body = "{\"error\":{\"message\":\"Too bad.\"}}" },
		{ .delay = 0 }, /* in one piece */
	};
	struct puppet *s = puppet_start(acts, 6);
	const char *spec = puppet_url(s);
	struct teacher_options o = asker_options(&spec, 1);
	struct heard h;
	o.concurrency = 1;
	o.stream = true;
	asker_converse(&o, 5, &h);
	assert_int_equal(h.count, 5);
	int failed = 0, twice = 0;
	for (size_t i = 0; i < h.count; i++) {
		const struct reply *r = h.replies[i];
		failed += r->finish == FINISH_ERROR;
		twice += r->attempts == 2 && r->unknown == 1; /* the stream that broke off */
		if (r->finish == FINISH_ERROR)
			assert_true(says(r->text, "Too bad."));
		else
			assert_true(view_eqstr(r->text, "Yes.") && r->usage.completion_tokens == 2);
	}
	assert_int_equal(failed, 1);
	assert_int_equal(twice, 1);
	assert_true(says(puppet_request(s, 0).body, ",\"stream\":true,\"stream_options\":{\"include_usage\":true}"));
	heard_release(&h);
	puppet_stop(s);
}

/* A question put while the loop waits for another's answer goes out at once. */
static void a_wait_is_ended_by_a_question(void **state)
{
	(void)state;
	static const struct act acts[] = { { .delay = 1500 }, { .delay = 0 } };
	struct puppet *s = puppet_start(acts, 2);
	const char *spec = puppet_url(s);
	struct teacher_options o = asker_options(&spec, 1);
	struct teacher *t = asker_open(&o);
	struct heard h = { .notices = BUF_INIT };
	asker_ask(t, 0, 1);
	while (puppet_requests(s) < 1)
		heard_wait(&h, t, 0);
	nap(50);
	for (int i = 1; i < 20; i++) {
		asker_ask(t, i, 1);
		nap(i % 5);
	}
	heard_wait(&h, t, 19);
	for (size_t i = 0; i < h.count; i++)
		assert_int_not_equal(h.replies[i]->tag, 0);
	heard_wait(&h, t, 20);
	assert_int_equal(h.replies[19]->tag, 0);
	heard_release(&h);
	teacher_close(t);
	puppet_stop(s);
}

static void what_is_in_flight_can_be_left(void **state)
{
	(void)state;
	static const struct act acts[] = { { .fault = FAULT_SILENT } };
	struct puppet *s = puppet_start(acts, 1);
	const char *spec = puppet_url(s);
	struct teacher_options o = asker_options(&spec, 1);
	struct teacher *t = asker_open(&o);
	struct teacher_load load;
	asker_ask(t, 0, 100);
	while (puppet_requests(s) < 64)
		nap(5);
	teacher_get_load(t, &load);
	assert_int_equal(load.on_wire, 64);
	assert_int_equal(load.limit, 64);
	assert_int_equal(load.servers_up, 1);
	teacher_close(t);
	puppet_stop(s);
}

/* What is refused before anything is sent */

static void assert_no_teacher(const struct teacher_options *o, int status, const char *why)
{
	struct sow_error err = { 0 };
	assert_null(teacher_open(o, &err));
	assert_int_equal(err.status, status);
	if (!strstr(err.text, why))
		fail_msg("'%s' does not say '%s'", err.text, why);
}

static void wrong_options_are_refused(void **state)
{
	(void)state;
	static const char *const breaking[] = { "X: a\r\nHost: b" }, *const nameless[] = { "no colon" };
	const char *specs[] = { "http://127.0.0.1:9/v1", "file.gguf" };
	struct teacher_options o = asker_options(specs, 2);
	assert_no_teacher(&o, SOW_USAGE, "file.gguf: expected an address that begins with http://");
	o = asker_options(specs, 1);
	o.model = NULL;
	assert_no_teacher(&o, SOW_USAGE, "--model: expected the name of the model");
	o = asker_options(specs, 1);
	o.api = "responses";
	assert_no_teacher(&o, SOW_USAGE, "--api: expected chat, completion or messages, not 'responses'");
	o = asker_options(specs, 1);
	o.key_env = "NO_SUCH_VARIABLE";
	assert_no_teacher(&o, SOW_USAGE, "NO_SUCH_VARIABLE");
	o.key_file = "/nowhere/key";
	assert_no_teacher(&o, SOW_USAGE, "not both");
	o.key_env = NULL;
	assert_no_teacher(&o, SOW_IO, "/nowhere/key");
	o = asker_options(specs, 1);
	o.headers = breaking;
	o.header_count = 1;
	assert_no_teacher(&o, SOW_USAGE, "--header");
	o.headers = nameless;
	assert_no_teacher(&o, SOW_USAGE, "--header");
	o = asker_options(specs, 1);
	o.extra_body = "{\"a\":";
	assert_no_teacher(&o, SOW_USAGE, "--extra-body");
	specs[0] = "http://host:port/v1";
	o = asker_options(specs, 1);
	assert_no_teacher(&o, SOW_INVALID, "http://host:port/v1");
	specs[0] = "model.gguf";
	specs[1] = "http://127.0.0.1:9/v1";
	o = asker_options(specs, 2);
	assert_no_teacher(&o, SOW_USAGE, "only servers can be several");
}

static void identity_is_not_the_address(void **state)
{
	(void)state;
	const char *specs[] = { "http://127.0.0.1:9/v1", "http://127.0.0.2:10/v1" };
	struct teacher_options o = asker_options(specs, 2);
	struct teacher *t = asker_open(&o);
	assert_string_equal(teacher_identity(t), "127.0.0.1 a model");
	assert_true(teacher_prefers_chat(t));
	assert_false(teacher_is_recorded(t));
	assert_int_equal(teacher_capacity(t), 2 * 2 * 256);
	teacher_close(t);
	o.cache_as = "that one";
	o.concurrency = 10;
	t = asker_open(&o);
	assert_string_equal(teacher_identity(t), "that one");
	assert_int_equal(teacher_capacity(t), 20);
	teacher_close(t);
}

int main(int argc, char **argv)
{
	asker_start(argc, argv);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_is_answered),
		cmocka_unit_test(many_are_answered_on_kept_connections),
		cmocka_unit_test(stops_are_applied_here_too),
		cmocka_unit_test(everything_asked_for_is_sent),
		cmocka_unit_test(a_chat_is_no_completion),
		cmocka_unit_test(thoughts_come_apart),
		cmocka_unit_test(forms_of_answers),
		cmocka_unit_test(streams_are_read),
		cmocka_unit_test(a_wait_is_ended_by_a_question),
		cmocka_unit_test(what_is_in_flight_can_be_left),
		cmocka_unit_test(wrong_options_are_refused),
		cmocka_unit_test(identity_is_not_the_address),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
