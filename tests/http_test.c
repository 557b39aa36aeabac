/* The teacher "openai" as a whole, over real sockets, against a server that does what the test
 * says: what is sent, what is made of each answer, and what of each fault. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "io/json.h"
#include "support/puppet.h"
#include "teacher/teacher.h"

#define PATIENCE (60 * CLOCK_SECOND)

/* What a teacher said, until it was closed. */
struct heard {
	struct reply *replies[4096];
	size_t count;
	struct sow_error err;
	struct buf notices;
};

static struct teacher_options options(const char *const *specs, size_t count)
{
	struct teacher_options o;
	teacher_options_default(&o);
	o.specs = specs;
	o.spec_count = count;
	o.model = "a model";
	o.timeout = PATIENCE;
	return o;
}

static struct teacher *open_teacher(const struct teacher_options *o)
{
	struct sow_error err = { 0 };
	struct teacher *t = teacher_open(o, &err);
	if (!t)
		fail_msg("%s", err.text);
	return t;
}

static struct request *question(const struct teacher *t, int i)
{
	char text[64];
	struct request *r = request_new();
	snprintf(text, sizeof(text), "Is %d a number?", i);
	request_add(r, ROLE_USER, false, view_of(text));
	r->sampling = (struct sampling){ .temperature = 0.5, .top_p = 0.5, .max_tokens = 100 };
	r->tag = i;
	assert_int_equal(request_seal(r, view_of(teacher_identity(t)), 1), SOW_OK);
	return r;
}

static void listen_to(struct teacher *t, struct heard *h, size_t count)
{
	int64_t end = clock_monotonic() + PATIENCE;
	struct buf line = BUF_INIT;
	while (h->count < count && !h->err.status && clock_monotonic() < end) {
		struct reply *r = teacher_collect(t, CLOCK_SECOND / 20, &h->err);
		if (r)
			h->replies[h->count++] = r;
		while (teacher_notice(t, &line))
			buf_addf(&h->notices, "%s\n", line.data);
	}
	buf_release(&line);
}

static void ask(struct teacher *t, int from, int count)
{
	for (int i = 0; i < count; i++)
		assert_int_equal(teacher_submit(t, question(t, from + i)), SOW_OK);
}

/* Asks `count` questions and waits for the answers, or for the end. */
static void converse(const struct teacher_options *o, int count, struct heard *h)
{
	struct teacher *t = open_teacher(o);
	*h = (struct heard){ .notices = BUF_INIT };
	ask(t, 0, count);
	listen_to(t, h, (size_t)count);
	teacher_close(t);
}

static void forget(struct heard *h)
{
	for (size_t i = 0; i < h->count; i++)
		reply_free(h->replies[i]);
	buf_release(&h->notices);
	*h = (struct heard){ .notices = BUF_INIT };
}

static bool says(struct view text, const char *what)
{
	return view_find(text, 0, what) != VIEW_NONE;
}

static bool noticed(const struct heard *h, const char *what)
{
	return strstr(h->notices.data, what) != NULL;
}

/* One question, and the acts of the server until it is settled. */
static void play(const struct act *acts, size_t count, struct heard *h, struct puppet **server)
{
	*server = puppet_start(acts, count);
	const char *spec = puppet_url(*server);
	struct teacher_options o = options(&spec, 1);
	converse(&o, 1, h);
}

static void nap(int ms)
{
	struct timespec ts = { 0, ms * 1000000L };
	nanosleep(&ts, NULL);
}

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

/* -- what is sent, and what comes back ------------------------------------------------ */

static void a_question_is_answered(void **state)
{
	(void)state;
	static const struct act acts[] = { { .delay = 0 } };
	struct puppet *s;
	struct heard h;
	play(acts, 1, &h, &s);
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
	assert_false(noticed(&h, "http"));
	forget(&h);
	puppet_stop(s);
}

static void many_are_answered_on_kept_connections(void **state)
{
	(void)state;
	static const struct act acts[] = { { .delay = 1 } };
	struct puppet *s = puppet_start(acts, 1);
	const char *spec = puppet_url(s);
	struct teacher_options o = options(&spec, 1);
	struct heard h;
	o.concurrency = 8;
	converse(&o, 400, &h);
	bool there[400] = { false };
	assert_int_equal(h.count, 400);
	for (size_t i = 0; i < h.count; i++) {
		assert_false(there[h.replies[i]->tag]);
		there[h.replies[i]->tag] = true;
	}
	assert_int_equal(puppet_requests(s), 400);
	assert_in_range(puppet_connections(s), 1, 9);
	assert_in_range(puppet_peak(s), 2, 8);
	forget(&h);
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
	struct teacher_options o = options(&spec, 1);
	struct teacher *t = open_teacher(&o);
	struct heard h = { .notices = BUF_INIT };
	struct request *r = question(t, 0);
	request_add_stop(r, "\n\n");
	teacher_submit(t, r);
	listen_to(t, &h, 1);
	teacher_close(t);
	assert_true(view_eqstr(h.replies[0]->text, "One."));
	assert_int_equal(h.replies[0]->finish, FINISH_STOP);
	assert_true(h.replies[0]->usage.estimated);
	assert_true(says(puppet_request(s, 0).body, "\"stop\":[\"\\n\\n\"]"));
	forget(&h);
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
	struct teacher_options o = options(specs, 1);
	o.api = "completion";
	o.headers = headers;
	o.header_count = 2;
	o.extra_body = "{\"guided\": true}";
	o.max_completion_tokens = true;
	setenv("OPENAI_API_KEY", "sk-from-the-environment", 1);
	struct teacher *t = open_teacher(&o);
	unsetenv("OPENAI_API_KEY");
	assert_true(view_starts(view_of(teacher_identity(t)), "127.0.0.1 a model completion extra:"));
	assert_false(teacher_prefers_chat(t));
	struct request *r = request_new();
	request_add(r, ROLE_NONE, false, view_of("Go on"));
	r->sampling = (struct sampling){ .temperature = -1, .top_p = -1, .max_tokens = 9 };
	request_seal(r, view_of("m"), 1);
	teacher_submit(t, r);
	struct heard h = { .notices = BUF_INIT };
	listen_to(t, &h, 1);
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
	forget(&h);
	puppet_stop(s);
}

static void a_chat_is_no_completion(void **state)
{
	(void)state;
	static const struct act acts[] = { { .delay = 0 } };
	struct puppet *s = puppet_start(acts, 1);
	const char *spec = puppet_url(s);
	struct teacher_options o = options(&spec, 1);
	struct heard h;
	o.api = "completion";
	converse(&o, 1, &h);
	assert_int_equal(h.replies[0]->finish, FINISH_ERROR);
	assert_true(says(h.replies[0]->text, "--api chat"));
	assert_int_equal(puppet_requests(s), 0);
	forget(&h);
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
	play(acts, 1, &h, &s);
	assert_true(view_eqstr(h.replies[0]->text, "4"));
	assert_true(view_eqstr(h.replies[0]->reasoning, "2 and 2"));
	assert_int_equal(h.replies[0]->usage.reasoning_tokens, 8);
	forget(&h);
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
		{ .close = true }, { .status = 201 },
	};
	struct puppet *s = puppet_start(acts, 6);
	const char *spec = puppet_url(s);
	struct teacher_options o = options(&spec, 1);
	struct heard h;
	o.concurrency = 1;
	converse(&o, 7, &h);
	assert_int_equal(h.count, 7);
	for (size_t i = 0; i < h.count; i++) {
		assert_true(view_eqstr(h.replies[i]->text, "Yes."));
		assert_int_equal(h.replies[i]->attempts, 1);
	}
	assert_int_equal(puppet_connections(s), 2);
	forget(&h);
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
	struct teacher_options o = options(&spec, 1);
	struct heard h;
	o.concurrency = 1;
	o.stream = true;
	converse(&o, 5, &h);
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
	forget(&h);
	puppet_stop(s);
}

/* A question put while the loop waits for another's answer goes out at once. */
static void a_wait_is_ended_by_a_question(void **state)
{
	(void)state;
	static const struct act acts[] = { { .delay = 1500 }, { .delay = 0 } };
	struct puppet *s = puppet_start(acts, 2);
	const char *spec = puppet_url(s);
	struct teacher_options o = options(&spec, 1);
	struct teacher *t = open_teacher(&o);
	struct heard h = { .notices = BUF_INIT };
	ask(t, 0, 1);
	while (puppet_requests(s) < 1)
		listen_to(t, &h, 0);
	nap(50);
	for (int i = 1; i < 20; i++) {
		ask(t, i, 1);
		nap(i % 5);
	}
	listen_to(t, &h, 19);
	for (size_t i = 0; i < h.count; i++)
		assert_int_not_equal(h.replies[i]->tag, 0);
	listen_to(t, &h, 20);
	assert_int_equal(h.replies[19]->tag, 0);
	forget(&h);
	teacher_close(t);
	puppet_stop(s);
}

static void what_is_in_flight_can_be_left(void **state)
{
	(void)state;
	static const struct act acts[] = { { .fault = FAULT_SILENT } };
	struct puppet *s = puppet_start(acts, 1);
	const char *spec = puppet_url(s);
	struct teacher_options o = options(&spec, 1);
	struct teacher *t = open_teacher(&o);
	struct teacher_load load;
	ask(t, 0, 100);
	while (puppet_requests(s) < 64)
		nap(5);
	teacher_look(t, &load);
	assert_int_equal(load.on_wire, 64);
	assert_int_equal(load.limit, 64);
	assert_int_equal(load.servers_up, 1);
	teacher_close(t);
	puppet_stop(s);
}

/* -- the table of failures ------------------------------------------------------------ */

#define LATER "retry-after-ms: 1\r\n"

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
		struct teacher_options o = options(&spec, 1);
		struct heard h;
		o.timeout = cases[i].act.fault == FAULT_SILENT ? 300 * CLOCK_MS : PATIENCE;
		converse(&o, 1, &h);
		if (h.count != 1 || h.replies[0]->finish != FINISH_STOP)
			fail_msg("case %zu: %s%s", i, h.err.text, h.count ? h.replies[0]->text.p : "");
		if (h.replies[0]->attempts != 2 || h.replies[0]->unknown != cases[i].unknown)
			fail_msg("case %zu: %d attempts, %d unknown", i, h.replies[0]->attempts,
				 h.replies[0]->unknown);
		assert_true(view_eqstr(h.replies[0]->text, "Yes."));
		forget(&h);
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
		struct puppet *s = puppet_start(acts, 3);
		const char *spec = puppet_url(s);
		struct teacher_options o = options(&spec, 1);
		struct heard h;
		o.concurrency = 1;
		converse(&o, 3, &h);
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
		forget(&h);
		puppet_stop(s);
	}
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
		{ { .status = 303, .headers = "Location: /elsewhere\r\n", .body = "" }, "it redirects (HTTP 303)" },
		{ { .status = 307, .headers = "Location: /v1/chat/completions\r\n", .body = "" },
		  "it redirects again and again" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct puppet *s;
		struct heard h;
		play(&cases[i].act, 1, &h, &s);
		assert_int_equal(h.count, 0);
		assert_int_equal(h.err.status, SOW_STOPPED);
		if (!strstr(h.err.text, cases[i].words) || !view_starts(view_of(h.err.text), puppet_url(s)))
			fail_msg("case %zu: %s", i, h.err.text);
		forget(&h);
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
		struct teacher_options o = options(&spec, 1);
		struct heard h;
		o.concurrency = 2;
		converse(&o, 2000, &h);
		assert_int_equal(h.count, 2000);
		for (size_t k = 0; k < h.count; k++) {
			bool first = h.replies[k]->tag == 0;
			assert_int_equal(h.replies[k]->finish, first ? FINISH_ERROR : FINISH_STOP);
			/* The first may have come before any other's answer. */
			assert_in_range(h.replies[k]->attempts, first ? tries[i] : 1,
					first ? tries[i] + 1 : 1);
		}
		forget(&h);
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
	play(acts, 2, &h, &s);
	assert_int_equal(h.count, 1);
	assert_true(h.replies[0]->took >= CLOCK_SECOND);
	forget(&h);
	puppet_stop(s);
}

/* -- what a server does not take ------------------------------------------------------- */

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
	struct teacher_options o = options(&spec, 1);
	struct teacher *t = open_teacher(&o);
	struct heard h = { .notices = BUF_INIT };
	for (int i = 0; i < 500; i++) {
		struct request *r = question(t, i);
		request_add_stop(r, "es");
		teacher_submit(t, r);
	}
	listen_to(t, &h, 500);
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
	forget(&h);
	puppet_stop(s);
}

/* -- keys ------------------------------------------------------------------------------ */

#define KEY "sk-very-secret-0123456789"

static char echoed[8192];
static struct act echo;

/* Says all that it was told, in whatever it answers. */
static const struct act *tell_tales(void *data, int number, const struct puppet_seen *seen)
{
	const struct act *first = data;
	struct buf text = BUF_INIT;
	json_escape(&text, seen->head);
	snprintf(echoed, sizeof(echoed), first[number % 3].body, text.data);
	buf_release(&text);
	echo = first[number % 3];
	echo.body = echoed;
	return &echo;
}

static void keys_are_never_shown(void **state)
{
	(void)state;
	static const char *const headers[] = { "X-Secret: header-secret-9876" };
	static struct act worlds[][3] = {
		{ { .body = "{\"choices\":[{\"message\":{\"content\":\"%s\"}}]}" },
		  { .status = 400, .body = "{\"error\":\"bad: %s\"}" },
		  { .status = 400, .body = "%s" } },
		{ { .status = 500, .body = "{\"error\":\"%s\"}" }, { .status = 500, .body = "%s" },
		  { .status = 500, .body = "%s" } },
		{ { .status = 401, .body = "{\"error\":\"bad key: %s\"}" }, { .status = 401, .body = "%s" },
		  { .status = 401, .body = "%s" } },
	};
	setenv("OPENAI_API_KEY", KEY, 1);
	for (size_t i = 0; i < 3; i++) {
		struct puppet *s = puppet_start_choosing(tell_tales, worlds[i]);
		const char *spec = puppet_url(s);
		struct teacher_options o = options(&spec, 1);
		struct heard h;
		o.concurrency = 1;
		o.headers = headers;
		o.header_count = 1;
		o.give_up_after = CLOCK_SECOND;
		converse(&o, 6, &h);
		assert_true(h.count || h.err.status);
		assert_true(says(puppet_request(s, 0).head, KEY));
		assert_true(says(puppet_request(s, 0).head, "header-secret"));
		assert_null(strstr(h.err.text, "secret"));
		assert_false(noticed(&h, "secret"));
		for (size_t k = 0; k < h.count; k++) {
			assert_false(says(h.replies[k]->text, "secret-"));
			assert_true(says(h.replies[k]->text, "[key]"));
		}
		assert_int_equal(h.count, i ? 0 : 6);
		forget(&h);
		puppet_stop(s);
	}
	unsetenv("OPENAI_API_KEY");
}

static void each_server_has_its_own_key(void **state)
{
	(void)state;
	static const struct act acts[] = { { .delay = 2 } };
	struct puppet *s[3];
	char specs[3][128];
	const char *list[] = { specs[0], specs[1], specs[2] };
	setenv("OPENAI_API_KEY", KEY, 1);
	setenv("SECOND_KEY", "second-key", 1);
	for (int i = 0; i < 3; i++) {
		s[i] = puppet_start(acts, 1);
		snprintf(specs[i], sizeof(specs[i]), "%s%s", puppet_url(s[i]), i == 1 ? ",key-env=SECOND_KEY" : "");
	}
	struct teacher_options o = options(list, 3);
	struct heard h;
	converse(&o, 60, &h);
	assert_int_equal(h.count, 60);
	assert_true(says(puppet_request(s[0], 0).head, "Authorization: Bearer " KEY "\r\n"));
	assert_true(says(puppet_request(s[1], 0).head, "Authorization: Bearer second-key\r\n"));
	assert_false(says(puppet_request(s[2], 0).head, "Authorization:"));
	for (int i = 0; i < 3; i++) {
		assert_in_range(puppet_requests(s[i]), 18, 22);
		puppet_stop(s[i]);
	}
	forget(&h);
	unsetenv("OPENAI_API_KEY");
	unsetenv("SECOND_KEY");
}

static void redirects_keep_the_key_at_home(void **state)
{
	(void)state;
	static const int kinds[] = { 301, 302, 307, 308 };
	setenv("OPENAI_API_KEY", KEY, 1);
	for (int i = 0; i < 12; i++) {
		static const struct act fine[] = { { .delay = 0 } };
		static const char *const headers[] = { "X-Secret: also-secret" };
		struct puppet *other = puppet_start(fine, 1);
		char location[128];
		bool home = i < 4;
		if (home)
			snprintf(location, sizeof(location), "Location: /v2/chat/completions\r\n");
		else
			snprintf(location, sizeof(location), "Location: http://%s:%d/v2/chat/completions\r\n",
				 i < 8 ? "127.0.0.1" : "localhost", puppet_port(other));
		const struct act acts[] = { { .status = kinds[i % 4], .headers = location, .body = "{}" },
					    { .delay = 0 } };
		struct puppet *s = puppet_start(acts, 2);
		const char *spec = puppet_url(s);
		struct teacher_options o = options(&spec, 1);
		struct heard h;
		o.headers = headers;
		o.header_count = 1;
		converse(&o, 1, &h);
		if (h.count != 1)
			fail_msg("case %d: %s", i, h.err.text);
		struct puppet_seen first = puppet_request(s, 0);
		struct puppet_seen second = home ? puppet_request(s, 1) : puppet_request(other, 0);
		assert_true(says(first.head, KEY) && says(first.head, "X-Secret"));
		assert_true(view_starts(second.head, "POST /v2/chat/completions "));
		assert_true(view_eq(first.body, second.body));
		assert_int_equal(says(second.head, KEY), home);
		assert_int_equal(says(second.head, "X-Secret"), home);
		assert_true(says(second.head, "Content-Type: application/json"));
		assert_true(noticed(&h, "redirects"));
		forget(&h);
		puppet_stop(s);
		puppet_stop(other);
	}
	unsetenv("OPENAI_API_KEY");
}

/* -- several servers, and servers that go -------------------------------------------------- */

static void assert_all_once(const struct heard *h, size_t count)
{
	static bool there[4096];
	memset(there, 0, sizeof(there));
	assert_int_equal(h->count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(h->replies[i]->finish, FINISH_STOP);
		assert_false(there[h->replies[i]->tag]);
		there[h->replies[i]->tag] = true;
	}
}

static void a_dead_server_costs_nothing(void **state)
{
	(void)state;
	static const struct act acts[] = { { .delay = 2 } };
	struct puppet *a = puppet_start(acts, 1), *b = puppet_start(acts, 1);
	const char *specs[] = { puppet_url(a), puppet_url(b) };
	struct teacher_options o = options(specs, 2);
	struct teacher *t = open_teacher(&o);
	struct heard h = { .notices = BUF_INIT };
	ask(t, 0, 500);
	listen_to(t, &h, 200);
	puppet_down(a);
	ask(t, 500, 1500);
	listen_to(t, &h, 2000);
	assert_all_once(&h, 2000);
	assert_true(noticed(&h, "failed again and again"));
	assert_true(noticed(&h, puppet_url(a)));
	assert_false(noticed(&h, "all servers are down"));
	struct teacher_load load;
	teacher_look(t, &load);
	assert_int_equal(load.servers, 2);
	assert_int_equal(load.servers_up, 1);
	assert_true(load.retries > 0);
	teacher_close(t);
	forget(&h);
	puppet_stop(a);
	puppet_stop(b);
}

/* One whose key is refused is left out; only the last one's refusal ends it all. */
static void a_retired_server_leaves_the_others(void **state)
{
	(void)state;
	static const struct act no[] = { { .status = 401, .body = "{\"error\":\"Wrong key\"}" } };
	static const struct act yes[] = { { .delay = 1 } };
	struct puppet *a = puppet_start(no, 1), *b = puppet_start(yes, 1);
	const char *specs[] = { puppet_url(a), puppet_url(b) };
	struct teacher_options o = options(specs, 2);
	struct heard h;
	converse(&o, 300, &h);
	assert_all_once(&h, 300);
	assert_true(noticed(&h, "asked no more: "));
	assert_true(noticed(&h, "Wrong key"));
	assert_null(strstr(strstr(h.notices.data, "asked no more") + 1, "asked no more"));
	assert_true(puppet_requests(a) <= 64);
	forget(&h);
	puppet_stop(a);
	puppet_stop(b);
}

static void all_down_is_waited_out(void **state)
{
	(void)state;
	static const struct act acts[] = { { .delay = 1 } };
	struct puppet *s = puppet_start(acts, 1);
	const char *spec = puppet_url(s);
	struct teacher_options o = options(&spec, 1);
	struct teacher *t = open_teacher(&o);
	struct heard h = { .notices = BUF_INIT };
	ask(t, 0, 10);
	listen_to(t, &h, 10);
	puppet_down(s);
	ask(t, 10, 200);
	int64_t end = clock_monotonic() + PATIENCE;
	while (!noticed(&h, "the server is down; waiting for it") && clock_monotonic() < end) {
		listen_to(t, &h, 0);
		struct buf line = BUF_INIT;
		while (teacher_notice(t, &line))
			buf_addf(&h.notices, "%s\n", line.data);
		buf_release(&line);
		nap(10);
	}
	nap(300);
	puppet_up(s);
	listen_to(t, &h, 210);
	teacher_close(t);
	assert_all_once(&h, 210);
	assert_true(noticed(&h, "answers again"));
	assert_null(strstr(strstr(h.notices.data, "is down") + 1, "is down"));
	forget(&h);
	puppet_stop(s);
}

static void waiting_can_be_given_up(void **state)
{
	(void)state;
	static const struct act acts[] = { { .delay = 1 } };
	struct puppet *s = puppet_start(acts, 1);
	const char *spec = puppet_url(s);
	struct teacher_options o = options(&spec, 1);
	struct heard h;
	puppet_down(s);
	o.give_up_after = CLOCK_SECOND;
	converse(&o, 10, &h);
	assert_int_equal(h.count, 0);
	assert_int_equal(h.err.status, SOW_STOPPED);
	assert_non_null(strstr(h.err.text, "no answer for 1 s; last: http://127.0.0.1:"));
	assert_non_null(strstr(h.err.text, "no connection"));
	forget(&h);
	puppet_stop(s);
}

/* -- limits ---------------------------------------------------------------------------- */

static const struct act *refuse_some(void *data, int number, const struct puppet_seen *seen)
{
	static const struct act fine = { .delay = 2 };
	static const struct act later = { .status = 429, .headers = LATER, .body = "" };
	(void)data;
	(void)seen;
	return number % 20 == 7 ? &later : &fine;
}

static void steady_refusals_do_not_choke(void **state)
{
	(void)state;
	struct puppet *s = puppet_start_choosing(refuse_some, NULL);
	const char *spec = puppet_url(s);
	struct teacher_options o = options(&spec, 1);
	struct teacher *t = open_teacher(&o);
	struct heard h = { .notices = BUF_INIT };
	ask(t, 0, 4000);
	listen_to(t, &h, 4000);
	struct teacher_load load;
	teacher_look(t, &load);
	teacher_close(t);
	assert_all_once(&h, 4000);
	assert_true(load.limit >= 16);
	forget(&h);
	puppet_stop(s);
}

static void limits_are_kept(void **state)
{
	(void)state;
	static const struct act acts[] = { { .delay = 0 } };
	struct puppet *s = puppet_start(acts, 1);
	char spec[128];
	snprintf(spec, sizeof(spec), "%s,rpm=1200,concurrency=3", puppet_url(s));
	const char *specs[] = { spec };
	struct teacher_options o = options(specs, 1);
	struct heard h;
	int64_t began = clock_monotonic();
	converse(&o, 30, &h);
	assert_all_once(&h, 30);
	/* 20 a second, less what may be sent in the first moment */
	assert_true(clock_monotonic() - began >= 24 * CLOCK_SECOND / 20);
	assert_in_range(puppet_peak(s), 1, 3);
	forget(&h);
	puppet_stop(s);
}

static void what_the_server_has_left_is_heeded(void **state)
{
	(void)state;
	static const struct act acts[] = {
		{ .headers = "X-RateLimit-Remaining-Requests: 0\r\nX-RateLimit-Limit-Requests: 100\r\n"
			     "X-RateLimit-Reset-Requests: 700ms\r\n" },
		{ .delay = 0 },
	};
	struct puppet *s = puppet_start(acts, 2);
	const char *spec = puppet_url(s);
	struct teacher_options o = options(&spec, 1);
	struct heard h;
	int64_t began = clock_monotonic();
	o.concurrency = 1;
	converse(&o, 3, &h);
	assert_all_once(&h, 3);
	assert_true(clock_monotonic() - began >= 700 * CLOCK_MS);
	forget(&h);
	puppet_stop(s);
}

/* -- what is refused before anything is sent ----------------------------------------------- */

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
	struct teacher_options o = options(specs, 2);
	assert_no_teacher(&o, SOW_USAGE, "file.gguf: expected an address that begins with http://");
	o = options(specs, 1);
	o.model = NULL;
	assert_no_teacher(&o, SOW_USAGE, "--model: expected the name of the model");
	o = options(specs, 1);
	o.api = "responses";
	assert_no_teacher(&o, SOW_USAGE, "--api: expected chat or completion, not 'responses'");
	o = options(specs, 1);
	o.key_env = "NO_SUCH_VARIABLE";
	assert_no_teacher(&o, SOW_USAGE, "NO_SUCH_VARIABLE");
	o.key_file = "/nowhere/key";
	assert_no_teacher(&o, SOW_USAGE, "not both");
	o.key_env = NULL;
	assert_no_teacher(&o, SOW_IO, "/nowhere/key");
	o = options(specs, 1);
	o.headers = breaking;
	o.header_count = 1;
	assert_no_teacher(&o, SOW_USAGE, "--header");
	o.headers = nameless;
	assert_no_teacher(&o, SOW_USAGE, "--header");
	o = options(specs, 1);
	o.extra_body = "{\"a\":";
	assert_no_teacher(&o, SOW_USAGE, "--extra-body");
	specs[0] = "http://host:port/v1";
	o = options(specs, 1);
	assert_no_teacher(&o, SOW_INVALID, "http://host:port/v1");
	specs[0] = "model.gguf";
	specs[1] = "http://127.0.0.1:9/v1";
	o = options(specs, 2);
	assert_no_teacher(&o, SOW_USAGE, "only servers can be several");
}

static void identity_is_not_the_address(void **state)
{
	(void)state;
	const char *specs[] = { "http://127.0.0.1:9/v1", "http://127.0.0.2:10/v1" };
	struct teacher_options o = options(specs, 2);
	struct teacher *t = open_teacher(&o);
	assert_string_equal(teacher_identity(t), "127.0.0.1 a model");
	assert_true(teacher_prefers_chat(t));
	assert_false(teacher_is_recorded(t));
	assert_int_equal(teacher_capacity(t), 2 * 2 * 256);
	teacher_close(t);
	o.cache_as = "that one";
	o.concurrency = 10;
	t = open_teacher(&o);
	assert_string_equal(teacher_identity(t), "that one");
	assert_int_equal(teacher_capacity(t), 20);
	teacher_close(t);
}

/* -- no memory, no files ------------------------------------------------------------------ */

/* Whatever allocation fails, all of it ends in order. */
static void no_memory_is_said(void **state)
{
	(void)state;
	static const struct act acts[] = {
		{ .status = 429, .headers = LATER, .body = "{\"error\":\"a\"}" },
		{ .status = 400, .body = "{\"error\":\"'seed' is not supported\"}" }, { .delay = 0 },
	};
	int whole = 0;
	for (long n = 1; whole < 3; n += n < 300 ? 1 : 7) {
		struct puppet *s = puppet_start(acts, 3);
		const char *spec = puppet_url(s);
		struct teacher_options o = options(&spec, 1);
		struct sow_error err = { 0 };
		struct request *r = request_new();
		request_add(r, ROLE_USER, false, view_of("A question"));
		request_seal(r, view_of("m"), 1);
		o.stream = n % 2;
		mem_fail_after(n);
		struct teacher *t = teacher_open(&o, &err);
		struct reply *reply = NULL;
		if (t) {
			teacher_submit(t, r);
			for (int i = 0; i < 400 && !reply && !err.status; i++)
				reply = teacher_collect(t, 50 * CLOCK_MS, &err);
		} else {
			request_free(r);
		}
		mem_fail_after(0);
		teacher_close(t);
		if (!reply && err.status != SOW_NOMEM)
			fail_msg("allocation %ld: %d %s", n, err.status, err.text);
		whole = reply ? whole + 1 : 0;
		reply_free(reply);
		puppet_stop(s);
	}
}

/* The last test: it can't be undone. */
static void few_files_mean_few_requests(void **state)
{
	(void)state;
	const char *spec = "http://127.0.0.1:9/v1";
	struct teacher_options o = options(&spec, 1);
	struct rlimit files = { 300, 300 };
	struct buf line = BUF_INIT;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	o.concurrency = 4096;
	struct teacher *t = open_teacher(&o);
	assert_int_equal(teacher_capacity(t), 2 * (300 - 64));
	ask(t, 0, 1);
	for (int i = 0; i < 200 && !teacher_notice(t, &line); i++)
		nap(10);
	assert_non_null(strstr(line.data, "236 requests at once at most"));
	assert_non_null(strstr(line.data, "300 open files"));
	buf_release(&line);
	teacher_close(t);
}

int main(int argc, char **argv)
{
	if (argc > 1) /* those whose name fits, as in *redirects* */
		cmocka_set_test_filter(argv[1]);
	static const char *const ours[] = {
		"OPENAI_API_KEY", "OPENAI_BASE_URL", "http_proxy", "https_proxy", "all_proxy",
		"HTTPS_PROXY", "ALL_PROXY",
	};
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		unsetenv(ours[i]);
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
		cmocka_unit_test(some_failures_pass),
		cmocka_unit_test(some_fail_their_request),
		cmocka_unit_test(some_end_it_all),
		cmocka_unit_test(patience_ends),
		cmocka_unit_test(retry_after_is_heeded),
		cmocka_unit_test(refused_parts_are_left_out),
		cmocka_unit_test(keys_are_never_shown),
		cmocka_unit_test(each_server_has_its_own_key),
		cmocka_unit_test(redirects_keep_the_key_at_home),
		cmocka_unit_test(a_dead_server_costs_nothing),
		cmocka_unit_test(a_retired_server_leaves_the_others),
		cmocka_unit_test(all_down_is_waited_out),
		cmocka_unit_test(waiting_can_be_given_up),
		cmocka_unit_test(steady_refusals_do_not_choke),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(what_the_server_has_left_is_heeded),
		cmocka_unit_test(wrong_options_are_refused),
		cmocka_unit_test(identity_is_not_the_address),
		cmocka_unit_test(no_memory_is_said),
		cmocka_unit_test(few_files_mean_few_requests),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
