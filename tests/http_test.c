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

#include "base/buf.h"
#include "base/clock.h"
#include "io/json.h"
#include "support/puppet.h"
#include "teacher/teacher.h"

#define MANY 64
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

int main(void)
{
	static const char *const ours[] = {
		"OPENAI_API_KEY", "OPENAI_BASE_URL", "http_proxy", "https_proxy", "all_proxy",
		"HTTPS_PROXY", "ALL_PROXY",
	};
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		unsetenv(ours[i]);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_is_answered),
		cmocka_unit_test(many_are_answered_on_kept_connections),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
