#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "io/http_server.h"

/* Server and client take turns in one thread: the client's sockets never block. */

struct site {
	struct http_server *server;
	struct http_reply next;      /* what is replied; its body is copied */
	const char *body;
	int status;                  /* of on_request */
	int asked, ended, whole;
	int more;                    /* calls of on_more: nothing, then "two", then the end */
	struct buf got;              /* the last request: "METHOD PATH FIELD BODY" */
};

static int on_request(void *data, const struct http_request *q, struct http_reply *out)
{
	struct site *s = data;
	struct view field = http_request_field(q, "x-ODD");
	s->asked++;
	buf_clear(&s->got);
	buf_addf(&s->got, "%.*s %.*s %.*s %.*s", VIEW_ARG(q->method), VIEW_ARG(q->path),
		 VIEW_ARG(field), VIEW_ARG(q->body));
	if (s->status)
		return s->status;
	*out = s->next;
	out->body = s->body ? mem_copystr(s->body) : NULL;
	out->body_len = s->body ? strlen(s->body) : 0;
	out->tag = s;
	return s->body && !out->body ? SOW_NOMEM : SOW_OK;
}

static bool on_more(void *data, void *tag, struct buf *more)
{
	struct site *s = data;
	assert_ptr_equal(tag, s);
	if (++s->more == 2 || s->more < 0)
		buf_addstr(more, "two");
	return s->more < 3;
}

static void on_end(void *data, void *tag, bool whole)
{
	struct site *s = data;
	assert_ptr_equal(tag, s);
	s->ended++;
	s->whole += whole;
}

static void open_site(struct site *s)
{
	struct sow_error err = { 0 };
	*s = (struct site){ .next = { .status = 200, .content_type = "text/plain" },
			    .body = "hello",
			    .got = BUF_INIT };
	struct http_server_options o = { .on_request = on_request, .on_end = on_end, .on_more = on_more,
					.data = s };
	s->server = http_server_open(&o, &err);
	assert_non_null(s->server);
}

static void close_site(struct site *s)
{
	http_server_close(s->server);
	buf_release(&s->got);
}

static void step(struct site *s)
{
	int woken;
	assert_int_equal(http_server_step(s->server, 5 * CLOCK_MS, &woken, NULL), SOW_OK);
	assert_int_equal(woken, -1);
}

/* A client's socket; -1 if it is refused. */
static int connect_to(struct site *s)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons((uint16_t)http_server_port(s->server)) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	assert_int_equal(errno, ECONNREFUSED);
	close(fd);
	return -1;
}

static void put(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Adds what comes until the connection ends (0, or errno), or until `enough` is at the end of
 * it (-1). */
static int get(struct site *s, int fd, struct buf *out, const char *enough)
{
	for (int i = 0; i < 4000; i++) {
		char bytes[4096];
		step(s);
		ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EAGAIN)
			return errno;
		if (n > 0)
			buf_add(out, bytes, (size_t)n);
		if (enough && view_ends(view_from(out->data, out->len), enough))
			return -1;
	}
	fail_msg("nothing came");
	return 0;
}

static void step_until_ended(struct site *s, int ended)
{
	for (int i = 0; i < 2000 && s->ended < ended; i++)
		step(s);
	assert_int_equal(s->ended, ended);
}

#define GET "GET /there?what=1 HTTP/1.1\r\nHost: x\r\nX-Odd: yes\r\n\r\n"
#define POST(len, body) "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: " len "\r\n\r\n" body

static void test_replies(void **state)
{
	(void)state;
	struct site s;
	struct buf got = BUF_INIT;
	open_site(&s);
	http_reply_field(&s.next, "X-Number", "%d", 7);
	int fd = connect_to(&s);
	put(fd, GET);
	assert_int_equal(get(&s, fd, &got, "hello"), -1);
	assert_string_equal(s.got.data, "GET /there yes ");
	assert_int_equal(strncmp(got.data, "HTTP/1.1 200 OK\r\n", 17), 0);
	assert_non_null(strstr(got.data, "\r\nContent-Type: text/plain\r\n"));
	assert_non_null(strstr(got.data, "\r\nX-Number: 7\r\n"));
	assert_non_null(strstr(got.data, "\r\nContent-Length: 5\r\n"));
	/* the connection is kept; a body with its length, then one in chunks */
	buf_clear(&got);
	put(fd, POST("4", "ab"));
	step(&s);
	put(fd, "cd");
	assert_int_equal(get(&s, fd, &got, "hello"), -1);
	assert_string_equal(s.got.data, "POST /p  abcd");
	buf_clear(&got);
	put(fd,
	    "POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n"
	    "0\r\n\r\n");
	assert_int_equal(get(&s, fd, &got, "hello"), -1);
	assert_string_equal(s.got.data, "POST /p  abcde");
	s.body = NULL;
	s.next.status = 404;
	buf_clear(&got);
	put(fd, GET);
	assert_int_equal(get(&s, fd, &got, "\r\n\r\n"), -1);
	assert_int_equal(strncmp(got.data, "HTTP/1.1 404 ", 13), 0);
	step_until_ended(&s, 4);
	assert_int_equal(s.whole, 4);
	struct http_counts counts = http_server_counts(s.server);
	assert_true(counts.opened == 1 && counts.open == 1 && counts.peak == 1);
	close(fd);
	for (int i = 0; i < 1000 && http_server_counts(s.server).open; i++)
		step(&s);
	assert_int_equal(http_server_counts(s.server).open, 0);
	buf_release(&got);
	close_site(&s);
}

/* Later replies wait without a thread, come in the order of their times and never early. */
static void test_delays(void **state)
{
	(void)state;
	struct site s;
	struct buf got[3] = { BUF_INIT, BUF_INIT, BUF_INIT };
	int fds[3];
	int64_t began = clock_monotonic();
	open_site(&s);
	for (int i = 0; i < 3; i++) {
		s.next.delay = (90 - 30 * i) * CLOCK_MS;
		fds[i] = connect_to(&s);
		put(fds[i], GET);
		while (s.asked <= i)
			step(&s);
	}
	for (int i = 2; i >= 0; i--) {
		assert_int_equal(get(&s, fds[i], &got[i], "hello"), -1);
		assert_true(clock_monotonic() - began >= (90 - 30 * i) * CLOCK_MS);
	}
	for (int i = 0; i < 3; i++) {
		close(fds[i]);
		buf_release(&got[i]);
	}
	close_site(&s);
}

static void test_pieces(void **state)
{
	(void)state;
	struct site s;
	struct buf got = BUF_INIT;
	open_site(&s);
	int fd = connect_to(&s);
	s.next.manner = HTTP_BYTES;
	s.next.piece = 2;
	s.next.pause = 20 * CLOCK_MS;
	int64_t began = clock_monotonic();
	put(fd, GET);
	assert_int_equal(get(&s, fd, &got, "hello"), -1);
	assert_true(clock_monotonic() - began >= 40 * CLOCK_MS);
	assert_non_null(strstr(got.data, "\r\nContent-Length: 5\r\n"));
	buf_clear(&got);
	s.next.manner = HTTP_EVENTS;
	s.body = "data: 1\n\ndata: 2\n\nrest";
	began = clock_monotonic();
	put(fd, GET);
	assert_int_equal(get(&s, fd, &got, "0\r\n\r\n"), -1);
	assert_true(clock_monotonic() - began >= 40 * CLOCK_MS);
	assert_non_null(strstr(got.data, "\r\nTransfer-Encoding: chunked\r\n"));
	assert_non_null(
		strstr(got.data, "\r\n9\r\ndata: 1\n\n\r\n9\r\ndata: 2\n\n\r\n4\r\nrest\r\n"));
	step_until_ended(&s, 2);
	assert_int_equal(s.whole, 2);
	close(fd);
	buf_release(&got);
	close_site(&s);
}

/* What is not known yet when the reply begins; headers that the caller keeps. */
static void test_stream(void **state)
{
	(void)state;
	static const char *const headers[] = { "X-Long", "a value that is longer than the room of a field, which "
					       "is sixty-three characters", NULL };
	struct site s;
	struct buf got = BUF_INIT;
	open_site(&s);
	int fd = connect_to(&s);
	s.next.manner = HTTP_STREAM;
	s.next.pause = 10 * CLOCK_MS;
	s.next.headers = headers;
	s.body = "one";
	int64_t began = clock_monotonic();
	put(fd, GET);
	assert_int_equal(get(&s, fd, &got, "0\r\n\r\n"), -1);
	assert_true(clock_monotonic() - began >= 30 * CLOCK_MS);
	assert_non_null(strstr(got.data, "\r\nX-Long: a value that is longer than the room of a field, which is "
				"sixty-three characters\r\n"));
	assert_non_null(strstr(got.data, "\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"));
	step_until_ended(&s, 1);
	assert_int_equal(s.whole, 1);
	close(fd);
	/* a client that goes away ends it, and so does the server's end */
	s.more = -1000000;
	for (int i = 0; i < 2; i++) {
		fd = connect_to(&s);
		put(fd, GET);
		buf_clear(&got);
		assert_int_equal(get(&s, fd, &got, "one\r\n"), -1);
		if (i == 0)
			close(fd);
		if (i == 0)
			step_until_ended(&s, 2);
	}
	buf_release(&got);
	close_site(&s);
	assert_int_equal(s.ended, 3);
	close(fd);
}

static void test_cut_and_reset(void **state)
{
	(void)state;
	static const enum http_manner manners[] = { HTTP_WHOLE, HTTP_BYTES, HTTP_EVENTS };
	struct site s;
	struct buf got = BUF_INIT;
	open_site(&s);
	s.next.cut = 3;
	for (int i = 0; i < 3; i++) {
		int fd = connect_to(&s);
		s.next.manner = manners[i];
		s.next.piece = 2;
		s.next.pause = i ? CLOCK_MS : 0;
		buf_clear(&got);
		put(fd, GET);
		assert_int_equal(get(&s, fd, &got, NULL), 0);
		assert_non_null(strstr(got.data,
				       manners[i] == HTTP_EVENTS ? "\r\n3\r\nhel" : "\r\n\r\nhel"));
		assert_null(strstr(got.data, "hell"));
		close(fd);
	}
	s.next = (struct http_reply){ .manner = HTTP_RESET, .delay = 10 * CLOCK_MS };
	int fd = connect_to(&s);
	put(fd, GET);
	assert_int_equal(get(&s, fd, &got, NULL), ECONNRESET);
	close(fd);
	step_until_ended(&s, 4);
	assert_int_equal(s.whole, 4); /* as they were meant */
	/* no plan, no end */
	s.status = SOW_NOMEM;
	fd = connect_to(&s);
	put(fd, GET);
	assert_int_equal(get(&s, fd, &got, NULL), ECONNRESET);
	close(fd);
	step_until_ended(&s, 4);
	buf_release(&got);
	close_site(&s);
}

/* Also beside an older connection that is quiet, and where the client says nothing more. */
static void test_cut_beside_others(void **state)
{
	(void)state;
	static const enum http_manner manners[] = { HTTP_WHOLE, HTTP_BYTES, HTTP_EVENTS };
	struct site s;
	struct buf got = BUF_INIT;
	open_site(&s);
	int quiet = connect_to(&s);
	put(quiet, GET);
	assert_int_equal(get(&s, quiet, &got, "hello"), -1);
	for (int i = 0; i < 3; i++) {
		int fd = connect_to(&s);
		s.next.manner = HTTP_WHOLE;
		s.next.cut = 0;
		put(fd, GET);
		assert_int_equal(get(&s, fd, &got, "hello"), -1);
		s.next.manner = manners[i];
		s.next.cut = 3;
		put(fd, GET);
		assert_int_equal(get(&s, fd, &got, NULL), 0);
		close(fd);
		step_until_ended(&s, 3 + 2 * i);
	}
	assert_int_equal(s.whole, s.ended);
	close(quiet);
	buf_release(&got);
	close_site(&s);
}

static void test_hang(void **state)
{
	(void)state;
	struct site s;
	open_site(&s);
	s.next.manner = HTTP_HANG;
	int fds[3];
	for (int i = 0; i < 3; i++) {
		fds[i] = connect_to(&s);
		put(fds[i], GET);
		while (s.asked <= i)
			step(&s);
	}
	for (int i = 0; i < 20; i++)
		step(&s);
	assert_int_equal(s.ended, 0);
	close(fds[1]);
	step_until_ended(&s, 1);
	close(fds[0]);
	step_until_ended(&s, 2);
	assert_int_equal(s.whole, 0);
	close_site(&s); /* ends the third */
	assert_int_equal(s.ended, 3);
	close(fds[2]);
}

/* Everything ends, nobody is let in, the port stays, and all is as before. */
static void test_hang_up(void **state)
{
	(void)state;
	struct site s;
	struct buf got = BUF_INIT;
	open_site(&s);
	int port = http_server_port(s.server);
	int idle = connect_to(&s), waiting = connect_to(&s), hanging = connect_to(&s);
	put(idle, GET);
	assert_int_equal(get(&s, idle, &got, "hello"), -1);
	s.next.delay = 3600 * CLOCK_SECOND;
	put(waiting, GET);
	while (s.asked < 2)
		step(&s);
	s.next.manner = HTTP_HANG;
	s.next.delay = 0;
	put(hanging, GET);
	while (s.asked < 3)
		step(&s);
	assert_int_equal(http_server_hang_up(s.server, NULL), SOW_OK);
	assert_int_equal(http_server_hang_up(s.server, NULL), SOW_OK);
	assert_int_equal(connect_to(&s), -1);
	buf_clear(&got);
	get(&s, idle, &got, NULL);
	get(&s, waiting, &got, NULL);
	get(&s, hanging, &got, NULL);
	assert_int_equal(got.len, 0);
	step_until_ended(&s, 3);
	assert_true(s.whole == 1 && http_server_counts(s.server).open == 0);
	assert_int_equal(http_server_listen(s.server, NULL), SOW_OK);
	assert_int_equal(http_server_listen(s.server, NULL), SOW_OK);
	assert_int_equal(http_server_port(s.server), port);
	s.next.manner = HTTP_WHOLE;
	int again = connect_to(&s);
	put(again, GET);
	assert_int_equal(get(&s, again, &got, "hello"), -1);
	close(idle);
	close(waiting);
	close(hanging);
	close(again);
	buf_release(&got);
	close_site(&s);
}

static void test_watch(void **state)
{
	(void)state;
	struct site s;
	struct sow_error err = { 0 };
	int ends[2], woken;
	open_site(&s);
	assert_int_equal(pipe(ends), 0);
	FILE *regular = tmpfile();
	assert_int_equal(http_server_watch(s.server, fileno(regular), NULL), SOW_INVALID);
	fclose(regular);
	assert_int_equal(http_server_watch(s.server, ends[0], &err), SOW_OK);
	step(&s);
	put(connect_to(&s), GET); /* left open: closing has to cope */
	assert_int_equal(write(ends[1], "x", 1), 1);
	do {
		assert_int_equal(http_server_step(s.server, CLOCK_SECOND, &woken, &err), SOW_OK);
	} while (woken != ends[0]);
	http_server_unwatch(s.server, ends[0]);
	step(&s);
	int copies[5];
	for (int i = 0; i < 5; i++)
		copies[i] = dup(ends[0]);
	for (int i = 0; i < 4; i++)
		assert_int_equal(http_server_watch(s.server, copies[i], &err), SOW_OK);
	assert_int_equal(http_server_watch(s.server, copies[4], &err), SOW_TOOBIG);
	for (int i = 0; i < 5; i++)
		close(copies[i]);
	close(ends[0]);
	close(ends[1]);
	close_site(&s);
}

static void test_cannot_listen(void **state)
{
	(void)state;
	struct site s;
	struct sow_error err = { 0 };
	char expected[128];
	open_site(&s);
	struct http_server_options o = { .port = (uint16_t)http_server_port(s.server) };
	assert_null(http_server_open(&o, &err));
	snprintf(expected, sizeof(expected), "127.0.0.1:%d: Address already in use", o.port);
	assert_string_equal(err.text, expected);
	assert_int_equal(err.status, SOW_IO);
	o.host = "no such host.";
	assert_null(http_server_open(&o, &err));
	assert_int_equal(strncmp(err.text, "no such host.: ", 15), 0);
	close_site(&s);
	http_server_close(NULL);
}

static void test_too_big(void **state)
{
	(void)state;
	struct site s;
	struct buf got = BUF_INIT;
	static char bytes[1 << 16];
	open_site(&s);
	memset(bytes, 'x', sizeof(bytes));
	int fd = connect_to(&s);
	put(fd, POST("67108865", ""));
	for (size_t left = 67108865; left;) {
		ssize_t n =
			send(fd, bytes, left < sizeof(bytes) ? left : sizeof(bytes), MSG_DONTWAIT);
		left -= n > 0 ? (size_t)n : 0;
		if (n < 0)
			step(&s);
	}
	assert_int_equal(get(&s, fd, &got, "hello"), -1);
	assert_string_equal(s.got.data, "POST /p  ");
	close(fd);
	buf_release(&got);
	close_site(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_delays),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_cut_and_reset),
		cmocka_unit_test(test_cut_beside_others),
		cmocka_unit_test(test_hang),
		cmocka_unit_test(test_hang_up),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_cannot_listen),
		cmocka_unit_test(test_too_big),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
