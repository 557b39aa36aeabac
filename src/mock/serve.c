#include "mock/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"

#define FOREVER (3600 * CLOCK_SECOND)

struct serving {
	const struct serve_options *o;
	struct mock *mock;
	struct http_server *server;
	int64_t started;
	int log;
	bool at_eof;
	bool down;
};

static int on_request(void *data, const struct http_request *q, struct http_reply *out)
{
	struct serving *s = data;
	struct mock_call call = {
		.method = q->method, .path = q->path, .body = q->body, .too_big = q->too_big,
		.authorization = http_request_field(q, "Authorization"), .now = clock_monotonic(),
		.wall = clock_wall(), .api_key = http_request_field(q, "X-Api-Key"),
		.version = http_request_field(q, "anthropic-version"),
	};
	struct http_counts counts = http_server_counts(s->server);
	mock_set_counts(s->mock, &counts);
	return mock_reply(s->mock, &call, out);
}

static void on_end(void *data, void *tag, bool whole)
{
	struct serving *s = data;
	mock_end(s->mock, tag, whole, clock_monotonic());
}

/* The log */

static int open_log(struct serving *s, struct sow_error *err)
{
	s->log = -1;
	if (!s->o->log)
		return SOW_OK;
	s->log = open(s->o->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	return s->log < 0 ? error_errno(err, s->o->log) : SOW_OK;
}

static int write_log(struct serving *s, struct sow_error *err)
{
	struct buf *lines = mock_log(s->mock);
	size_t at = 0;
	if (s->log < 0)
		return SOW_OK;
	while (at < lines->len) {
		ssize_t n = write(s->log, lines->data + at, lines->len - at);
		if (n < 0 && errno != EINTR)
			return error_errno(err, s->o->log);
		at += n > 0 ? (size_t)n : 0;
	}
	buf_clear(lines);
	return SOW_OK;
}

static int close_log(struct serving *s, struct sow_error *err)
{
	int status = s->mock ? write_log(s, err) : SOW_OK;
	if (s->log >= 0 && close(s->log) && !status)
		status = error_errno(err, s->o->log);
	return status;
}

/* Outages and ends */

/* Time from now to the next change. */
static int64_t next_change(const struct serving *s, int64_t now)
{
	int64_t since = now - s->started;
	if (since < s->o->down_from)
		return s->o->down_from - since;
	return since < s->o->down_to ? s->o->down_to - since : FOREVER;
}

static int change(struct serving *s, int64_t now, struct sow_error *err)
{
	int64_t since = now - s->started;
	bool down = since >= s->o->down_from && since < s->o->down_to;
	if (down == s->down)
		return SOW_OK;
	s->down = down;
	return down ? http_server_hang_up(s->server, err) : http_server_listen(s->server, err);
}

/* Discards the input; false at its end. */
static bool drain(int fd)
{
	char bytes[4096];
	ssize_t n = read(fd, bytes, sizeof(bytes));
	return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

static int watch(struct serving *s, struct sow_error *err)
{
	const struct serve_options *o = s->o;
	int status = o->stop_fd >= 0 ? http_server_watch(s->server, o->stop_fd, err) : SOW_OK;
	if (status || o->eof_fd < 0)
		return status;
	/* the server can't wait for a regular file: it has an end, and only that matters */
	s->at_eof = http_server_watch(s->server, o->eof_fd, NULL) != SOW_OK;
	return SOW_OK;
}

static bool is_over(const struct serving *s, int woken)
{
	const struct serve_options *o = s->o;
	int64_t ended = mock_ended(s->mock);
	return (woken >= 0 && woken == o->stop_fd) || s->at_eof ||
	       (o->die_after && ended >= o->die_after) ||
	       (o->requests && ended >= o->requests && !mock_in_flight(s->mock));
}

static int serve(struct serving *s, struct sow_error *err)
{
	int woken = -1, status = SOW_OK;
	while (!status && !is_over(s, woken)) {
		int64_t now = clock_monotonic();
		status = change(s, now, err);
		if (!status)
			status = http_server_step(s->server, next_change(s, now), &woken, err);
		if (!status)
			status = write_log(s, err);
		if (woken >= 0 && woken == s->o->eof_fd)
			s->at_eof = !drain(woken);
	}
	return status;
}

static int start(struct serving *s, struct sow_error *err)
{
	const struct serve_options *o = s->o;
	struct http_server_options server = {
		.host = o->host,
		.port = o->port,
		.on_request = on_request,
		.on_end = on_end,
		.data = s,
	};
	struct mock_options mock = o->mock;
	mock.log = o->log != NULL;
	s->started = clock_monotonic();
	s->mock = mock_new(&mock, s->started);
	s->server = http_server_open(&server, err);
	if (!s->server)
		return err->status;
	int status = watch(s, err);
	return status ? status : o->on_listening(o->data, http_server_port(s->server));
}

int mock_serve(const struct serve_options *o, struct sow_error *err)
{
	struct sow_error own = { 0 };
	struct serving s = { .o = o };
	err = err ? err : &own;
	int status = open_log(&s, err);
	if (!status)
		status = start(&s, err);
	if (!status)
		status = serve(&s, err);
	http_server_close(s.server);
	int logged = close_log(&s, status ? NULL : err);
	mock_free(s.mock);
	return status ? status : logged;
}
