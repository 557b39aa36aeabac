/* The teacher "http" and its servers: keys and redirects, servers that go and come back, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "support/asker.h"

/* Keys */

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
		struct teacher_options o = asker_options(&spec, 1);
		struct heard h;
		o.concurrency = 1;
		o.key_env = "OPENAI_API_KEY"; /* which by itself goes to OpenAI alone */
		o.headers = headers;
		o.header_count = 1;
		o.give_up_after = CLOCK_SECOND;
		asker_converse(&o, 6, &h);
		assert_true(h.count || h.err.status);
		assert_true(says(puppet_request(s, 0).head, KEY));
		assert_true(says(puppet_request(s, 0).head, "header-secret"));
		assert_null(strstr(h.err.text, "secret"));
		assert_false(heard_notice(&h, "secret"));
		for (size_t k = 0; k < h.count; k++) {
			assert_false(says(h.replies[k]->text, "secret-"));
			assert_true(says(h.replies[k]->text, "[key]"));
		}
		assert_int_equal(h.count, i ? 0 : 6);
		heard_release(&h);
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
	struct teacher_options o = asker_options(list, 3);
	struct heard h;
	o.key_env = "OPENAI_API_KEY";
	asker_converse(&o, 60, &h);
	assert_int_equal(h.count, 60);
	assert_true(says(puppet_request(s[0], 0).head, "Authorization: Bearer " KEY "\r\n"));
	assert_true(says(puppet_request(s[1], 0).head, "Authorization: Bearer second-key\r\n"));
	assert_false(says(puppet_request(s[2], 0).head, "Authorization:"));
	for (int i = 0; i < 3; i++) {
		assert_in_range(puppet_requests(s[i]), 18, 22);
		puppet_stop(s[i]);
	}
	heard_release(&h);
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
		struct teacher_options o = asker_options(&spec, 1);
		struct heard h;
		o.headers = headers;
		o.header_count = 1;
		o.key_env = "OPENAI_API_KEY";
		asker_converse(&o, 1, &h);
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
		assert_true(heard_notice(&h, "redirects"));
		heard_release(&h);
		puppet_stop(s);
		puppet_stop(other);
	}
	unsetenv("OPENAI_API_KEY");
}

/* A proxy is asked for what it is to fetch, and gets the key with it: there is no other way. */
static void proxies_are_heeded(void **state)
{
	(void)state;
	static const struct act acts[] = { { .delay = 0 } };
	static const char *const specs[] = { "http://nowhere.example:81/v1" };
	struct puppet *s = puppet_start(acts, 1);
	struct teacher_options o = asker_options(specs, 1);
	struct heard h;
	setenv("http_proxy", puppet_url(s), 1);
	asker_converse(&o, 1, &h);
	unsetenv("http_proxy");
	assert_int_equal(h.count, 1);
	assert_true(view_starts(puppet_request(s, 0).head,
				"POST http://nowhere.example:81/v1/chat/completions HTTP/1.1\r\n"));
	heard_release(&h);
	puppet_stop(s);
}

/* Several servers, and servers that go */

static void a_dead_server_costs_nothing(void **state)
{
	(void)state;
	static const struct act acts[] = { { .delay = 2 } };
	struct puppet *a = puppet_start(acts, 1), *b = puppet_start(acts, 1);
	const char *specs[] = { puppet_url(a), puppet_url(b) };
	struct teacher_options o = asker_options(specs, 2);
	struct teacher *t = asker_open(&o);
	struct heard h = { .notices = BUF_INIT };
	asker_ask(t, 0, 500);
	heard_wait(&h, t, 200);
	puppet_down(a);
	asker_ask(t, 500, 1500);
	heard_wait(&h, t, 2000);
	heard_all_once(&h, 2000);
	assert_true(heard_notice(&h, "failed again and again"));
	assert_true(heard_notice(&h, puppet_url(a)));
	assert_false(heard_notice(&h, "all servers are down"));
	struct teacher_load load;
	teacher_get_load(t, &load);
	assert_int_equal(load.servers, 2);
	assert_int_equal(load.servers_up, 1);
	assert_true(load.retries > 0);
	teacher_close(t);
	heard_release(&h);
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
	struct teacher_options o = asker_options(specs, 2);
	struct heard h;
	asker_converse(&o, 300, &h);
	heard_all_once(&h, 300);
	assert_true(heard_notice(&h, "asked no more: "));
	assert_true(heard_notice(&h, "Wrong key"));
	assert_null(strstr(strstr(h.notices.data, "asked no more") + 1, "asked no more"));
	assert_true(puppet_requests(a) <= 64);
	heard_release(&h);
	puppet_stop(a);
	puppet_stop(b);
}

static void all_down_is_waited_out(void **state)
{
	(void)state;
	static const struct act acts[] = { { .delay = 1 } };
	struct puppet *s = puppet_start(acts, 1);
	const char *spec = puppet_url(s);
	struct teacher_options o = asker_options(&spec, 1);
	struct teacher *t = asker_open(&o);
	struct heard h = { .notices = BUF_INIT };
	asker_ask(t, 0, 10);
	heard_wait(&h, t, 10);
	puppet_down(s);
	asker_ask(t, 10, 200);
	int64_t end = clock_monotonic() + PATIENCE;
	while (!heard_notice(&h, "the server is down; waiting for it") && clock_monotonic() < end) {
		heard_notices(&h, t);
		nap(10);
	}
	nap(300);
	puppet_up(s);
	heard_wait(&h, t, 210);
	teacher_close(t);
	heard_all_once(&h, 210);
	assert_true(heard_notice(&h, "answers again"));
	assert_null(strstr(strstr(h.notices.data, "is down") + 1, "is down"));
	heard_release(&h);
	puppet_stop(s);
}

static void waiting_can_be_given_up(void **state)
{
	(void)state;
	static const struct act acts[] = { { .delay = 1 } };
	struct puppet *s = puppet_start(acts, 1);
	const char *spec = puppet_url(s);
	struct teacher_options o = asker_options(&spec, 1);
	struct heard h;
	puppet_down(s);
	o.give_up_after = CLOCK_SECOND;
	asker_converse(&o, 10, &h);
	assert_int_equal(h.count, 0);
	assert_int_equal(h.err.status, SOW_STOPPED);
	assert_non_null(strstr(h.err.text, "no answer for 1 s; last: http://127.0.0.1:"));
	assert_non_null(strstr(h.err.text, "no connection"));
	heard_release(&h);
	puppet_stop(s);
}

/* Limits */

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
	struct teacher_options o = asker_options(&spec, 1);
	struct teacher *t = asker_open(&o);
	struct heard h = { .notices = BUF_INIT };
	asker_ask(t, 0, 4000);
	heard_wait(&h, t, 4000);
	struct teacher_load load;
	teacher_get_load(t, &load);
	teacher_close(t);
	heard_all_once(&h, 4000);
	assert_true(load.limit >= 16);
	heard_release(&h);
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
	struct teacher_options o = asker_options(specs, 1);
	struct heard h;
	int64_t began = clock_monotonic();
	asker_converse(&o, 30, &h);
	heard_all_once(&h, 30);
	/* 20 a second, less what may be sent in the first moment */
	assert_true(clock_monotonic() - began >= 24 * CLOCK_SECOND / 20);
	assert_in_range(puppet_peak(s), 1, 3);
	heard_release(&h);
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
	struct puppet *s;
	struct heard h;
	int64_t began = clock_monotonic();
	asker_play_in_turn(acts, 2, 3, &h, &s);
	heard_all_once(&h, 3);
	assert_true(clock_monotonic() - began >= 700 * CLOCK_MS);
	heard_release(&h);
	puppet_stop(s);
}

int main(int argc, char **argv)
{
	asker_start(argc, argv);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_never_shown),
		cmocka_unit_test(each_server_has_its_own_key),
		cmocka_unit_test(redirects_keep_the_key_at_home),
		cmocka_unit_test(proxies_are_heeded),
		cmocka_unit_test(a_dead_server_costs_nothing),
		cmocka_unit_test(a_retired_server_leaves_the_others),
		cmocka_unit_test(all_down_is_waited_out),
		cmocka_unit_test(waiting_can_be_given_up),
		cmocka_unit_test(steady_refusals_do_not_choke),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(what_the_server_has_left_is_heeded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
