#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "io/http_server.h"
#include "io/http_sync.h"

/* A server in a thread. Its replies have the statuses of `list`, the last one from then on. */
struct site {
	struct http_server *server;
	pthread_t thread;
	atomic_bool stop;
	const unsigned *list;
	atomic_int asked;
	char url[64], got[128];      /* the last request: "METHOD PATH BODY" */
};

static int on_request(void *data, const struct http_request *q, struct http_reply *out)
{
	struct site *s = data;
	int n = s->asked++;
	for (int i = 0; i <= n && s->list[i]; i++)
		out->status = s->list[i];
	snprintf(s->got, sizeof(s->got), "%.*s %.*s %.*s", VIEW_ARG(q->method), VIEW_ARG(q->path),
		 VIEW_ARG(q->body));
	http_reply_field(out, "X-Number", "%d", n + 1);
	out->content_type = "text/plain";
	out->body = mem_copystr("hello");
	out->body_len = 5;
	return out->body ? SOW_OK : SOW_NOMEM;
}

static void *serve(void *data)
{
	struct site *s = data;
	int woken;
	while (!s->stop)
		http_server_step(s->server, 5 * CLOCK_MS, &woken, NULL);
	return NULL;
}

static void open_site(struct site *s, const unsigned *list)
{
	*s = (struct site){ .list = list };
	const struct http_server_options o = { .on_request = on_request, .data = s };
	s->server = http_server_open(&o, NULL);
	assert_non_null(s->server);
	snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%d/x", http_server_port(s->server));
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void close_site(struct site *s)
{
	s->stop = true;
	pthread_join(s->thread, NULL);
	http_server_close(s->server);
}

static const struct http_sync_request get = { .get = true, .tries = 3, .first_wait = CLOCK_MS,
					      .timeout = 10 * CLOCK_SECOND };

/* How often a server is asked whose replies have these statuses; the last is what is kept. */
static int times_asked(const unsigned *list)
{
	struct site s;
	struct http_sync o = HTTP_SYNC_INIT;
	struct http_sync_request r = get;
	char number[16];
	open_site(&s, list);
	r.url = s.url;
	assert_int_equal(http_sync_open(&o, NULL, 1000, NULL), SOW_OK);
	assert_int_equal(http_sync_ask(&o, &r, NULL), SOW_OK);
	close_site(&s);
	assert_int_equal(o.trouble, HTTP_FINE);
	assert_int_equal(o.status, list[s.asked - 1]);
	assert_string_equal(o.body.data, "hello");
	snprintf(number, sizeof(number), "%d", s.asked);
	assert_true(view_eqstr(http_sync_header(&o, "x-number"), number));
	http_sync_release(&o);
	return s.asked;
}

static void what_may_pass_is_asked_again(void **state)
{
	(void)state;
	assert_int_equal(times_asked((const unsigned[]){ 200, 0 }), 1);
	assert_int_equal(times_asked((const unsigned[]){ 503, 429, 200, 0 }), 3);
	assert_int_equal(times_asked((const unsigned[]){ 500, 408, 502, 503, 0 }), 3);
	assert_int_equal(times_asked((const unsigned[]){ 404, 200, 0 }), 1);
	assert_int_equal(times_asked((const unsigned[]){ 503, 409, 200, 0 }), 2);
}

static void which_may_pass(void **state)
{
	(void)state;
	assert_true(http_sync_may_pass(HTTP_NO_HOST, 0));
	assert_true(http_sync_may_pass(HTTP_TIMEOUT, 200));
	assert_true(http_sync_may_pass(HTTP_BROKEN, 0));
	assert_false(http_sync_may_pass(HTTP_NO_TRUST, 503));
	assert_false(http_sync_may_pass(HTTP_BODY_TOO_BIG, 200));
	assert_false(http_sync_may_pass(HTTP_FINE, 200));
	assert_false(http_sync_may_pass(HTTP_FINE, 416));
}

static void a_text_and_a_piece_of_a_file(void **state)
{
	(void)state;
	struct site s;
	struct http_sync o = HTTP_SYNC_INIT;
	struct buf text = BUF_INIT;
	struct http_sync_request r = get;
	open_site(&s, (const unsigned[]){ 200, 0 });
	assert_int_equal(http_sync_open(&o, NULL, 1000, NULL), SOW_OK);
	buf_addstr(&text, "posted");
	r.url = s.url;
	r.get = false;
	r.text = &text;
	assert_int_equal(http_sync_ask(&o, &r, NULL), SOW_OK);
	assert_string_equal(s.got, "POST /x posted");
	char path[] = "/tmp/sow-once-XXXXXX";
	r.text = NULL;
	r.file = mkstemp(path);
	assert_int_equal(write(r.file, "0123456789", 10), 10);
	r.from = 3;
	r.len = 4;
	assert_int_equal(http_sync_ask(&o, &r, NULL), SOW_OK);
	assert_string_equal(s.got, "PUT /x 3456");
	close(r.file);
	unlink(path);
	http_sync_release(&o);
	buf_release(&text);
	close_site(&s);
}

static void troubles(void **state)
{
	(void)state;
	struct site s;
	struct http_sync o = HTTP_SYNC_INIT;
	struct http_sync_request r = get;
	open_site(&s, (const unsigned[]){ 200, 0 });
	assert_int_equal(http_sync_open(&o, NULL, 4, NULL), SOW_OK);
	r.url = s.url;
	assert_int_equal(http_sync_ask(&o, &r, NULL), SOW_OK);
	assert_int_equal(o.trouble, HTTP_BODY_TOO_BIG);
	assert_int_equal(s.asked, 1);
	close_site(&s);
	assert_int_equal(http_sync_ask(&o, &r, NULL), SOW_OK);
	assert_int_equal(o.trouble, HTTP_NO_CONNECTION);
	assert_true(o.words.len > 0);
	r.url = "no address";
	assert_int_equal(http_sync_ask(&o, &r, NULL), SOW_INVALID);
	http_sync_release(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_may_pass_is_asked_again),
		cmocka_unit_test(which_may_pass),
		cmocka_unit_test(a_text_and_a_piece_of_a_file),
		cmocka_unit_test(troubles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
