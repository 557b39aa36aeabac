#include "io/http_server.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/heap.h"
#include "base/mem.h"
#include "io/listener.h"

#define EVENTS 64
#define ACCEPTS 256              /* at one go, so that those who have one get their turn */
#define KEPT_BODY ((size_t)64 << 10)
#define CONNECTION_MEMORY ((size_t)16 << 10) /* cleared by the library for every request */
#define TICK CLOCK_MS            /* what is due within one wakes the server once */
#define WATCHES 4

/* A connection, as long as it is open. */
struct peer {
	struct peer *next, **link;
	int fd;
};

/* A request, from its first line to the end of its reply. */
struct exchange {
	struct exchange *next, **link; /* of those that wait, or that can be used again */
	struct http_server *server;
	struct MHD_Connection *connection;
	struct buf body;
	struct http_reply reply;
	bool too_big;
	bool planned;            /* on_request was called */
	bool waiting;            /* the connection is suspended */
	bool watched;            /* epoll tells when the client goes away */
	bool dead;               /* resumed only to be ended */
	bool paused;             /* the pause before the next piece is over */
	bool broken;             /* ended on purpose: as it was meant */
	size_t piece_end;        /* what may be sent now ends here */
	size_t streamed;         /* of `body`, which is then what a stream sends */
};

struct http_server {
	struct http_server_options o;
	struct MHD_Daemon *daemon;
	int epoll;               /* over the three below, and what hangs */
	int daemon_fd;
	struct listener listener;
	int watches[WATCHES];    /* -1: free */
	bool full;               /* out of descriptors: not accepting for now */
	bool again;              /* a connection that was broken off waits to be closed */
	struct heap timers;      /* of exchanges that wait */
	struct exchange *hanging;
	struct exchange *spare;
	struct peer *peers;
	struct http_counts counts;
};

/* Replies */

struct view http_request_field(const struct http_request *q, const char *name)
{
	const struct exchange *x = q->exchange;
	return view_of(MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name));
}

void http_reply_field(struct http_reply *r, const char *name, const char *fmt, ...)
{
	if (r->field_count == HTTP_FIELDS_MAX)
		return;
	struct http_field *f = &r->fields[r->field_count++];
	va_list ap;
	va_start(ap, fmt);
	f->name = name;
	vsnprintf(f->value, sizeof(f->value), fmt, ap);
	va_end(ap);
}

/* Exchanges */

static struct exchange *exchange_new(struct http_server *s, struct MHD_Connection *c)
{
	struct exchange *x = s->spare;
	struct buf body = BUF_INIT;
	if (x) {
		s->spare = x->next;
		body = x->body;
	} else {
		x = mem_alloc(sizeof(*x));
	}
	*x = (struct exchange){ .server = s, .connection = c, .body = body };
	return x;
}

static void exchange_free(struct exchange *x)
{
	struct http_server *s = x->server;
	mem_free(x->reply.body);
	buf_clear(&x->body);
	if (x->body.room > KEPT_BODY)
		buf_release(&x->body);
	x->next = s->spare;
	s->spare = x;
}

static int socket_of(const struct exchange *x)
{
	return MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CONNECTION_FD)
		->connect_fd;
}

/* Suspends the connection until `delay` has passed. */
static void wait_for(struct exchange *x, int64_t delay)
{
	struct http_server *s = x->server;
	int64_t due = (clock_monotonic() + delay + TICK - 1) / TICK * TICK;
	heap_push(&s->timers, due, x);
	x->waiting = true;
	MHD_suspend_connection(x->connection);
}

static void go_on(struct exchange *x)
{
	x->waiting = false;
	MHD_resume_connection(x->connection);
}

/* A suspended connection is not looked at by the library: here it is. */
static int hang(struct exchange *x)
{
	struct http_server *s = x->server;
	struct epoll_event e = { .events = EPOLLRDHUP | EPOLLHUP, .data.ptr = x };
	if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, socket_of(x), &e))
		return SOW_IO;
	x->watched = x->waiting = true;
	x->next = s->hanging;
	if (x->next)
		x->next->link = &x->next;
	x->link = &s->hanging;
	s->hanging = x;
	MHD_suspend_connection(x->connection);
	return SOW_OK;
}

/* Ends an exchange that hangs. */
static void let_go(struct exchange *x)
{
	epoll_ctl(x->server->epoll, EPOLL_CTL_DEL, socket_of(x), NULL);
	*x->link = x->next;
	if (x->next)
		x->next->link = x->link;
	x->watched = false;
	x->dead = true;
	go_on(x);
}

static void end_all_waiting(struct http_server *s)
{
	struct exchange *x;
	while ((x = heap_pop(&s->timers))) {
		x->dead = true;
		go_on(x);
	}
	while (s->hanging)
		let_go(s->hanging);
}

/* What libmicrohttpd calls */

/* Where the piece that begins at `from` ends. */
static size_t piece_end(const struct http_reply *r, size_t from)
{
	size_t len = r->body_len, end = len;
	if (!r->pause)
		return len;
	if (r->manner == HTTP_BYTES && r->piece < len - from)
		end = from + r->piece;
	if (r->manner == HTTP_EVENTS) {
		end = view_find(view_from(r->body, len), from, "\n\n");
		end = end == VIEW_NONE ? len : end + 2;
	}
	return end;
}

/* The library marks the connection as closed, and then forgets it: it closes it when it is run once
 * more, and only if it looks at it. It looks at all that have a timeout of their own. */
static ssize_t break_off(struct exchange *x)
{
	MHD_set_connection_option(x->connection, MHD_CONNECTION_OPTION_TIMEOUT, 1u);
	x->server->again = true;
	return MHD_CONTENT_READER_END_WITH_ERROR;
}

static ssize_t read_piece(void *data, uint64_t pos, char *out, size_t room)
{
	struct exchange *x = data;
	const struct http_reply *r = &x->reply;
	size_t from = (size_t)pos, stop = r->cut && r->cut < r->body_len ? r->cut : r->body_len;
	if (x->dead || (from == stop && stop < r->body_len)) {
		x->broken = !x->dead;
		return break_off(x);
	}
	if (from == stop)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (from == x->piece_end) {
		if (from && !x->paused) {
			x->paused = true;
			wait_for(x, r->pause);
			return 0;
		}
		x->paused = false;
		x->piece_end = piece_end(r, from);
	}
	size_t end = x->piece_end < stop ? x->piece_end : stop;
	size_t len = end - from < room ? end - from : room;
	memcpy(out, r->body + from, len);
	return (ssize_t)len;
}

/* Asks for more as often as the pause is over. */
static ssize_t read_stream(void *data, uint64_t pos, char *out, size_t room)
{
	struct exchange *x = data;
	struct http_server *s = x->server;
	(void)pos;
	if (x->dead)
		return break_off(x);
	if (x->streamed == x->body.len && x->paused) {
		x->paused = false;
		x->streamed = 0;
		buf_clear(&x->body);
		if (!s->o.on_more(s->o.data, x->reply.tag, &x->body))
			return MHD_CONTENT_READER_END_OF_STREAM;
	}
	if (x->streamed == x->body.len) {
		x->paused = true;
		wait_for(x, x->reply.pause);
		return 0;
	}
	size_t left = x->body.len - x->streamed, len = left < room ? left : room;
	memcpy(out, x->body.data + x->streamed, len);
	x->streamed += len;
	return (ssize_t)len;
}

static struct MHD_Response *make_stream(struct exchange *x)
{
	buf_clear(&x->body);
	buf_add(&x->body, x->reply.body, x->reply.body_len);
	return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, (size_t)16 << 10, read_stream, x, NULL);
}

static struct MHD_Response *make_response(struct exchange *x)
{
	struct http_reply *r = &x->reply;
	if (r->manner == HTTP_STREAM)
		return make_stream(x);
	if (r->manner == HTTP_WHOLE && !r->cut) {
		char *body = r->body;
		r->body = NULL;
		return MHD_create_response_from_buffer_with_free_callback(r->body_len,
									  body ? body : buf_empty,
									  body ? mem_free : NULL);
	}
	return MHD_create_response_from_callback(r->manner == HTTP_EVENTS ? MHD_SIZE_UNKNOWN
									  : r->body_len,
						 (size_t)16 << 10, read_piece, x, NULL);
}

static enum MHD_Result send_reply(struct exchange *x)
{
	struct http_reply *r = &x->reply;
	struct MHD_Response *response = make_response(x);
	if (!response)
		return MHD_NO;
	enum MHD_Result result = MHD_YES;
	if (r->content_type)
		result = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
						 r->content_type);
	for (const char *const *h = r->headers; h && *h && result == MHD_YES; h += 2)
		result = MHD_add_response_header(response, h[0], h[1]);
	for (size_t i = 0; i < r->field_count && result == MHD_YES; i++)
		result = MHD_add_response_header(response, r->fields[i].name, r->fields[i].value);
	if (result == MHD_YES)
		result = MHD_queue_response(x->connection, r->status, response);
	MHD_destroy_response(response);
	return result;
}

/* The connection ends with a reset: what had not been read is lost, and no good-bye. */
static enum MHD_Result reset(struct exchange *x)
{
	struct linger none = { .l_onoff = 1 };
	x->broken = setsockopt(socket_of(x), SOL_SOCKET, SO_LINGER, &none, sizeof(none)) == 0;
	return MHD_NO;
}

static enum MHD_Result carry_out(struct exchange *x)
{
	switch (x->reply.manner) {
	case HTTP_RESET:
		return reset(x);
	case HTTP_HANG:
		return hang(x) ? MHD_NO : MHD_YES;
	default:
		return send_reply(x);
	}
}

static enum MHD_Result request_is_whole(struct exchange *x, const char *method, const char *path)
{
	struct http_server *s = x->server;
	if (x->dead)
		return MHD_NO;
	if (x->planned)
		return carry_out(x);
	struct http_request q = {
		.method = view_of(method), .path = view_of(path), .too_big = x->too_big,
		.body = view_from(x->body.data, x->too_big ? 0 : x->body.len), .exchange = x,
	};
	if (s->o.on_request(s->o.data, &q, &x->reply))
		return reset(x);
	x->planned = true;
	if (x->reply.delay <= 0)
		return carry_out(x);
	wait_for(x, x->reply.delay);
	return MHD_YES;
}

static void take_body(struct exchange *x, const char *bytes, size_t len)
{
	if (len > HTTP_BODY_MAX - x->body.len)
		x->too_big = true;
	if (!x->too_big)
		buf_add(&x->body, bytes, len);
}

static enum MHD_Result on_access(void *data, struct MHD_Connection *c, const char *path,
				 const char *method, const char *version, const char *bytes,
				 size_t *len, void **request)
{
	(void)version;
	struct exchange *x = *request;
	if (!x) {
		*request = exchange_new(data, c);
		return MHD_YES;
	}
	if (*len) {
		take_body(x, bytes, *len);
		*len = 0;
		return MHD_YES;
	}
	return request_is_whole(x, method, path);
}

static void on_completed(void *data, struct MHD_Connection *c, void **request,
			 enum MHD_RequestTerminationCode why)
{
	(void)c;
	struct http_server *s = data;
	struct exchange *x = *request;
	if (!x)
		return;
	*request = NULL;
	if (x->planned && s->o.on_end)
		s->o.on_end(s->o.data, x->reply.tag,
			    x->broken || why == MHD_REQUEST_TERMINATED_COMPLETED_OK);
	exchange_free(x);
}

static void on_connection(void *data, struct MHD_Connection *c, void **context,
			  enum MHD_ConnectionNotificationCode what)
{
	struct http_server *s = data;
	struct peer *p = *context;
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		s->counts.opened++;
		if (++s->counts.open > s->counts.peak)
			s->counts.peak = s->counts.open;
		p = mem_alloc(sizeof(*p));
		p->fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
		p->next = s->peers;
		p->link = &s->peers;
		if (p->next)
			p->next->link = &p->next;
		s->peers = p;
		*context = p;
		return;
	}
	s->counts.open--;
	if (!p)
		return;
	*p->link = p->next;
	if (p->next)
		p->next->link = p->link;
	mem_free(p);
}

/* Listening */

static int add_to_epoll(struct http_server *s, int fd, void *what)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = what };
	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e);
}

static int wait_for_clients(struct http_server *s, struct sow_error *err)
{
	s->full = false;
	return add_to_epoll(s, s->listener.fd, &s->listener) ? error_errno(err, "epoll") : SOW_OK;
}

int http_server_port(const struct http_server *s)
{
	return listener_port(&s->listener);
}

static bool is_out_of_descriptors(int why)
{
	return why == EMFILE || why == ENFILE || why == ENOBUFS || why == ENOMEM;
}

static void accept_some(struct http_server *s)
{
	for (int i = 0; i < ACCEPTS; i++) {
		struct sockaddr_storage peer;
		socklen_t len;
		int fd = listener_accept(&s->listener, &peer, &len);
		if (fd < 0 && is_out_of_descriptors(errno)) {
			/* they wait in the backlog until one is closed */
			epoll_ctl(s->epoll, EPOLL_CTL_DEL, s->listener.fd, NULL);
			s->full = true;
		}
		if (fd < 0)
			return;
		MHD_add_connection(s->daemon, fd, (struct sockaddr *)&peer, len);
	}
}

int http_server_hang_up(struct http_server *s, struct sow_error *err)
{
	if (s->listener.fd < 0)
		return SOW_OK;
	int status = listener_refuse(&s->listener, err);
	for (struct peer *p = s->peers; p; p = p->next)
		shutdown(p->fd, SHUT_RDWR);
	end_all_waiting(s);
	return status;
}

int http_server_listen(struct http_server *s, struct sow_error *err)
{
	if (s->listener.fd >= 0)
		return SOW_OK;
	int status = listener_listen(&s->listener, err);
	return status ? status : wait_for_clients(s, err);
}

/* The whole */

static int start(struct http_server *s, struct sow_error *err)
{
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll < 0)
		return error_errno(err, "epoll");
	s->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_TURBO,
		0, NULL, NULL, on_access, s, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		CONNECTION_MEMORY, MHD_OPTION_CONNECTION_LIMIT, 1u << 20, MHD_OPTION_END);
	if (!s->daemon)
		return error_set(err, SOW_IO, "libmicrohttpd does not start: %s", strerror(errno));
	s->daemon_fd = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->listen_fd;
	if (add_to_epoll(s, s->daemon_fd, &s->daemon_fd))
		return error_errno(err, "epoll");
	int status = listener_open(&s->listener, s->o.host, s->o.port, err);
	return status ? status : wait_for_clients(s, err);
}

struct http_server *http_server_open(const struct http_server_options *o, struct sow_error *err)
{
	struct http_server *s = mem_zalloc(sizeof(*s));
	s->o = *o;
	s->epoll = -1;
	s->listener = (struct listener)LISTENER_INIT;
	for (size_t i = 0; i < WATCHES; i++)
		s->watches[i] = -1;
	if (start(s, err)) {
		http_server_close(s);
		return NULL;
	}
	return s;
}

void http_server_close(struct http_server *s)
{
	if (!s)
		return;
	listener_release(&s->listener);
	end_all_waiting(s);
	if (s->daemon) {
		MHD_run(s->daemon); /* what was suspended has to be resumed before */
		MHD_stop_daemon(s->daemon);
	}
	if (s->epoll >= 0)
		close(s->epoll);
	while (s->spare) {
		struct exchange *x = s->spare;
		s->spare = x->next;
		buf_release(&x->body);
		mem_free(x);
	}
	heap_release(&s->timers);
	mem_free(s);
}

int http_server_watch(struct http_server *s, int fd, struct sow_error *err)
{
	for (size_t i = 0; i < WATCHES; i++) {
		if (s->watches[i] >= 0)
			continue;
		if (add_to_epoll(s, fd, &s->watches[i]))
			return error_set(err, SOW_INVALID, "descriptor %d: %s", fd,
					 strerror(errno));
		s->watches[i] = fd;
		return SOW_OK;
	}
	return error_set(err, SOW_TOOBIG, "more than %d descriptors to watch", WATCHES);
}

void http_server_unwatch(struct http_server *s, int fd)
{
	for (size_t i = 0; i < WATCHES; i++) {
		if (s->watches[i] != fd)
			continue;
		epoll_ctl(s->epoll, EPOLL_CTL_DEL, fd, NULL);
		s->watches[i] = -1;
	}
}

static int milliseconds(const struct http_server *s, int64_t wait)
{
	MHD_UNSIGNED_LONG_LONG theirs;
	int64_t due = heap_key(&s->timers);
	if (due != HEAP_NONE) {
		int64_t left = due - clock_monotonic();
		wait = left < wait ? left : wait;
	}
	if (s->again)
		return 0;
	if (MHD_get_timeout(s->daemon, &theirs) == MHD_YES && theirs * CLOCK_MS < (uint64_t)wait)
		wait = (int64_t)theirs * CLOCK_MS;
	if (wait > 3600 * CLOCK_SECOND)
		wait = 3600 * CLOCK_SECOND;
	return wait <= 0 ? 0 : (int)((wait + CLOCK_MS - 1) / CLOCK_MS);
}

static void handle(struct http_server *s, void *what, int *woken)
{
	if (what == &s->daemon_fd)
		return; /* MHD_run looks */
	if (what == &s->listener) {
		accept_some(s);
		return;
	}
	for (size_t i = 0; i < WATCHES; i++) {
		if (what == &s->watches[i]) {
			*woken = s->watches[i];
			return;
		}
	}
	let_go(what);
}

int http_server_step(struct http_server *s, int64_t wait, int *woken, struct sow_error *err)
{
	struct epoll_event events[EVENTS];
	*woken = -1;
	int count = epoll_wait(s->epoll, events, EVENTS, milliseconds(s, wait));
	if (count < 0 && errno != EINTR)
		return error_errno(err, "epoll");
	for (int i = 0; i < count; i++)
		handle(s, events[i].data.ptr, woken);
	for (int64_t now = clock_monotonic(); heap_key(&s->timers) <= now;)
		go_on(heap_pop(&s->timers));
	int64_t open = s->counts.open;
	s->again = false;
	if (MHD_run(s->daemon) != MHD_YES)
		return error_set(err, SOW_IO, "libmicrohttpd cannot continue: %s", strerror(errno));
	if (s->full && s->listener.fd >= 0 && s->counts.open < open)
		return wait_for_clients(s, err);
	return SOW_OK;
}

struct http_counts http_server_counts(const struct http_server *s)
{
	return s->counts;
}
