#include "asker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void asker_start(int argc, char **argv)
{
	static const char *const ours[] = {
		"OPENAI_API_KEY", "OPENAI_BASE_URL", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
		"HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
	};
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		unsetenv(ours[i]);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
}

struct teacher_options asker_options(const char *const *specs, size_t count)
{
	struct teacher_options o;
	teacher_options_default(&o);
	o.specs = specs;
	o.spec_count = count;
	o.model = "a model";
	o.timeout = PATIENCE;
	return o;
}

struct teacher *asker_open(const struct teacher_options *o)
{
	struct sow_error err = { 0 };
	struct teacher *t = teacher_open(o, &err);
	if (!t)
		fail_msg("%s", err.text);
	return t;
}

struct request *asker_question(const struct teacher *t, int i)
{
	char text[64];
	struct request *r = request_new();
	snprintf(text, sizeof(text), "Is %d a number?", i);
	request_add(r, ROLE_USER, false, view_of(text));
	r->sampling = (struct sampling){ .temperature = 0.5, .top_p = 0.5, .max_tokens = 100 };
	r->tag = i;
	assert_int_equal(request_set_key(r, view_of(teacher_identity(t)), 1), SOW_OK);
	return r;
}

void heard_notices(struct heard *h, struct teacher *t)
{
	struct buf line = BUF_INIT;
	while (teacher_notice(t, &line))
		buf_addf(&h->notices, "%s\n", line.data);
	buf_release(&line);
}

void heard_wait(struct heard *h, struct teacher *t, size_t count)
{
	int64_t end = clock_monotonic() + PATIENCE;
	while (h->count < count && !h->err.status && clock_monotonic() < end) {
		struct reply *r = teacher_collect(t, CLOCK_SECOND / 20, &h->err);
		if (r)
			h->replies[h->count++] = r;
		heard_notices(h, t);
	}
}

void asker_ask(struct teacher *t, int from, int count)
{
	for (int i = 0; i < count; i++)
		assert_int_equal(teacher_submit(t, asker_question(t, from + i)), SOW_OK);
}

/* Asks `count` questions and waits for the answers, or for the end. */
void asker_converse(const struct teacher_options *o, int count, struct heard *h)
{
	struct teacher *t = asker_open(o);
	*h = (struct heard){ .notices = BUF_INIT };
	asker_ask(t, 0, count);
	heard_wait(h, t, (size_t)count);
	teacher_close(t);
}

void heard_release(struct heard *h)
{
	for (size_t i = 0; i < h->count; i++)
		reply_free(h->replies[i]);
	buf_release(&h->notices);
	*h = (struct heard){ .notices = BUF_INIT };
}

bool says(struct view text, const char *what)
{
	return view_find(text, 0, what) != VIEW_NONE;
}

bool heard_notice(const struct heard *h, const char *what)
{
	return strstr(h->notices.data, what) != NULL;
}

/* One question, and the acts of the server until it is settled. */
void asker_play(const struct act *acts, size_t count, struct heard *h, struct puppet **server)
{
	asker_play_in_turn(acts, count, 1, h, server);
}

void asker_play_in_turn(const struct act *acts, size_t count, int questions, struct heard *h, struct puppet **server)
{
	*server = puppet_start(acts, count);
	const char *spec = puppet_url(*server);
	struct teacher_options o = asker_options(&spec, 1);
	o.concurrency = 1;
	asker_converse(&o, questions, h);
}

void nap(int ms)
{
	struct timespec ts = { 0, ms * 1000000L };
	nanosleep(&ts, NULL);
}

void heard_all_once(const struct heard *h, size_t count)
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
