#include "io/http_server_private.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"

#define EVENTS 64
#define ACCEPTS 256              /* in one round, so that open connections get their turn */
#define KEPT_BODY ((size_t)64 << 10)
#define CONNECTION_MEMORY ((size_t)16 << 10) /* cleared by the library for every request */
#define TICK CLOCK_MS            /* what is due within one wakes the server once */

struct view http_request_field(const struct http_request *q, const char *name)
{
	const struct exchange *x = q->exchange;
	return view_of(MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name));
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

void http_exchange_wait(struct exchange *x, int64_t delay)
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
		return http_exchange_send(x);
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
	http_exchange_wait(x, x->reply.delay);
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
	for (size_t i = 0; i < HTTP_WATCHES; i++)
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
	for (size_t i = 0; i < HTTP_WATCHES; i++) {
		if (s->watches[i] >= 0)
			continue;
		if (add_to_epoll(s, fd, &s->watches[i]))
			return error_set(err, SOW_INVALID, "descriptor %d: %s", fd,
					 strerror(errno));
		s->watches[i] = fd;
		return SOW_OK;
	}
	return error_set(err, SOW_TOOBIG, "more than %d descriptors to watch", HTTP_WATCHES);
}

void http_server_unwatch(struct http_server *s, int fd)
{
	for (size_t i = 0; i < HTTP_WATCHES; i++) {
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
	for (size_t i = 0; i < HTTP_WATCHES; i++) {
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
