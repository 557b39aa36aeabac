#include "mock/serve.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"

#define FOREVER (3600 * CLOCK_SECOND)

struct serving {
	const struct serve_options *o;
	struct mock *mock;
	struct http_server *server;
	bool at_eof;
};

static int on_request(void *data, const struct http_request *q, struct http_reply *out)
{
	struct serving *s = data;
	struct mock_call call = {
		.method = q->method, .path = q->path, .body = q->body, .too_big = q->too_big,
		.authorization = http_request_field(q, "Authorization"), .now = clock_monotonic(),
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

/* Whatever comes is thrown away; false at the end. */
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
	/* a regular file can't be waited for: it has an end, and that is all we want */
	s->at_eof = http_server_watch(s->server, o->eof_fd, NULL) != SOW_OK;
	return SOW_OK;
}

static bool is_over(const struct serving *s, int woken)
{
	const struct serve_options *o = s->o;
	return (woken >= 0 && woken == o->stop_fd) || s->at_eof ||
	       (o->requests && mock_ended(s->mock) >= o->requests);
}

static int serve(struct serving *s, struct sow_error *err)
{
	int woken = -1, status = SOW_OK;
	while (!status && !is_over(s, woken)) {
		status = http_server_step(s->server, FOREVER, &woken, err);
		if (woken >= 0 && woken == s->o->eof_fd)
			s->at_eof = !drain(woken);
	}
	return status;
}

int mock_serve(const struct serve_options *o, struct sow_error *err)
{
	struct serving s = { .o = o };
	struct http_server_options server = {
		.host = o->host, .port = o->port, .on_request = on_request, .on_end = on_end, .data = &s,
	};
	int status = SOW_NOMEM;
	s.mock = mock_new(&o->mock, err);
	if (s.mock)
		s.server = http_server_open(&server, err);
	if (s.server)
		status = watch(&s, err);
	else if (err)
		status = err->status;
	if (!status)
		status = o->on_listening(o->data, http_server_port(s.server));
	if (!status)
		status = serve(&s, err);
	http_server_close(s.server);
	mock_free(s.mock);
	return status;
}
