#include "puppet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUESTS 200000
#define LOOK_MS 20 /* how often a thread looks whether it is to end */

struct puppet {
	const struct act *acts;
	size_t act_count;
	const struct act *(*choose)(void *data, int number, const struct puppet_seen *seen);
	void *data;
	int listener, port;
	char url[64];
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t left;
	bool stop;
	int connections, live, at_once, peak, requests;
	struct puppet_seen seen[REQUESTS];
};

struct connection {
	struct puppet *s;
	int fd, number;
};

static const char usual[] = "{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"Yes.\"},"
			    "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":7,"
			    "\"completion_tokens\":2}}";

static void sleep_ms(int ms)
{
	struct timespec ts = { ms / 1000, (long)(ms % 1000) * 1000000 };
	nanosleep(&ts, NULL);
}

static bool is_stopped(struct puppet *s)
{
	pthread_mutex_lock(&s->lock);
	bool stop = s->stop;
	pthread_mutex_unlock(&s->lock);
	return stop;
}

static bool send_all(int fd, const char *p, size_t len)
{
	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static bool drip(int fd, const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		sleep_ms(1);
		if (!send_all(fd, p + i, 1))
			return false;
	}
	return true;
}

static bool wait_for_input(struct puppet *s, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	for (;;) {
		int n = poll(&p, 1, LOOK_MS);
		if (is_stopped(s))
			return false;
		if (n > 0)
			return true;
	}
}

/* Reads until a whole request is in `in`; its length, 0 at the end. */
static size_t read_request(struct connection *c, char **in, size_t *have, size_t *room,
			   struct puppet_seen *seen)
{
	for (;;) {
		char *end = *have ? memmem(*in, *have, "\r\n\r\n", 4) : NULL;
		if (end) {
			size_t head = (size_t)(end - *in) + 4;
			*end = '\0';
			char *length = strcasestr(*in, "content-length:");
			size_t body = length ? strtoul(length + 15, NULL, 10) : 0;
			*end = '\r';
			if (*have >= head + body) {
				seen->head = view_from(strndup(*in, head), head);
				char *copy = malloc(body + 1);
				memcpy(copy, *in + head, body);
				copy[body] = '\0';
				seen->body = view_from(copy, body);
				seen->connection = c->number;
				return head + body;
			}
		}
		if (*have + 65536 > *room)
			*in = realloc(*in, *room = *room * 2 + 65536);
		if (!wait_for_input(c->s, c->fd))
			return 0;
		ssize_t n = recv(c->fd, *in + *have, 65536, 0);
		if (n <= 0)
			return 0;
		*have += (size_t)n;
	}
}

static bool answer(struct connection *c, const struct act *a)
{
	char head[4096], size[32];
	const char *body = a->body ? a->body : usual;
	size_t len = a->body_len ? a->body_len : strlen(body);
	size_t told = a->fault == FAULT_CUT ? 2 * len : len;
	if (a->fault == FAULT_RAW)
		return send_all(c->fd, body, len), false;
	int n = snprintf(head, sizeof(head), "HTTP/1.1 %d Word\r\n%s%s%s", a->status ? a->status : 200,
			 a->headers && strcasestr(a->headers, "content-type") ? ""
				: "Content-Type: application/json\r\n",
			 a->headers ? a->headers : "", a->chunked ? "Transfer-Encoding: chunked\r\n" : "");
	if (!a->chunked)
		n += snprintf(head + n, sizeof(head) - (size_t)n, "Content-Length: %zu\r\n", told);
	n += snprintf(head + n, sizeof(head) - (size_t)n, "\r\n");
	if (!send_all(c->fd, head, (size_t)n))
		return false;
	if (a->fault == FAULT_DRIP)
		return drip(c->fd, body, len);
	if (!a->chunked)
		return send_all(c->fd, body, len) && a->fault != FAULT_CUT;
	size_t half = len / 2, parts[] = { half, len - half };
	for (int i = 0; i < 2; i++) {
		snprintf(size, sizeof(size), "%zx\r\n", parts[i]);
		if (parts[i] && (!send_all(c->fd, size, strlen(size)) ||
				 !send_all(c->fd, body + (i ? half : 0), parts[i]) ||
				 !send_all(c->fd, "\r\n", 2)))
			return false;
	}
	return send_all(c->fd, "0\r\n\r\n", 5);
}

static bool act(struct connection *c, const struct act *a)
{
	for (int ms = 0; ms < a->delay; ms += LOOK_MS) {
		if (is_stopped(c->s))
			return false;
		sleep_ms(a->delay - ms < LOOK_MS ? a->delay - ms : LOOK_MS);
	}
	if (a->fault == FAULT_RESET) {
		struct linger now = { .l_onoff = 1 };
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		return false;
	}
	if (a->fault == FAULT_CLOSE)
		return false;
	if (a->fault == FAULT_SILENT) {
		wait_for_input(c->s, c->fd);
		return false;
	}
	return answer(c, a) && !a->close;
}

static const struct act *next_act(struct puppet *s, const struct puppet_seen *seen)
{
	pthread_mutex_lock(&s->lock);
	int i = s->requests++;
	if (i < REQUESTS)
		s->seen[i] = *seen;
	const struct act *a = s->choose ? s->choose(s->data, i, seen)
			     : &s->acts[(size_t)i < s->act_count ? (size_t)i : s->act_count - 1];
	if (++s->at_once > s->peak)
		s->peak = s->at_once;
	pthread_mutex_unlock(&s->lock);
	return a;
}

static void *serve(void *data)
{
	struct connection *c = data;
	struct puppet *s = c->s;
	struct puppet_seen seen;
	char *in = NULL;
	size_t have = 0, room = 0, used;
	bool open = true;
	while (open && (used = read_request(c, &in, &have, &room, &seen))) {
		open = act(c, next_act(s, &seen));
		pthread_mutex_lock(&s->lock);
		s->at_once--;
		pthread_mutex_unlock(&s->lock);
		memmove(in, in + used, have - used);
		have -= used;
	}
	close(c->fd);
	free(in);
	free(c);
	pthread_mutex_lock(&s->lock);
	s->live--;
	pthread_cond_broadcast(&s->left);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

static void take_connection(struct puppet *s, int fd)
{
	struct connection *c = malloc(sizeof(*c));
	pthread_t thread;
	pthread_attr_t attr;
	int on = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	pthread_mutex_lock(&s->lock);
	*c = (struct connection){ s, fd, s->connections++ };
	s->live++;
	pthread_mutex_unlock(&s->lock);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 256 * 1024);
	if (pthread_create(&thread, &attr, serve, c))
		abort();
	pthread_attr_destroy(&attr);
}

static void *take_connections(void *data)
{
	struct puppet *s = data;
	while (wait_for_input(s, s->listener)) {
		int fd = accept(s->listener, NULL, NULL);
		if (fd >= 0)
			take_connection(s, fd);
	}
	return NULL;
}

static void open_listener(struct puppet *s)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)s->port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int on = 1;
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(s->listener, (struct sockaddr *)&a, sizeof(a)) || listen(s->listener, 1024) ||
	    getsockname(s->listener, (struct sockaddr *)&a, &len))
		abort();
	s->port = ntohs(a.sin_port);
	snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%d/v1", s->port);
	s->stop = false;
	if (pthread_create(&s->thread, NULL, take_connections, s))
		abort();
}

/* Ends the connections, too. */
void puppet_down(struct puppet *s)
{
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	close(s->listener);
	pthread_mutex_lock(&s->lock);
	while (s->live)
		pthread_cond_wait(&s->left, &s->lock);
	pthread_mutex_unlock(&s->lock);
}

void puppet_up(struct puppet *s)
{
	open_listener(s);
}

static struct puppet *start(void)
{
	struct puppet *s = calloc(1, sizeof(*s));
	if (!s)
		abort();
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->left, NULL);
	return s;
}

struct puppet *puppet_start(const struct act *acts, size_t count)
{
	struct puppet *s = start();
	s->acts = acts;
	s->act_count = count;
	open_listener(s);
	return s;
}

struct puppet *puppet_start_choosing(const struct act *(*choose)(void *data, int number,
							       const struct puppet_seen *seen),
				     void *data)
{
	struct puppet *s = start();
	s->choose = choose;
	s->data = data;
	open_listener(s);
	return s;
}

void puppet_stop(struct puppet *s)
{
	if (!s->stop)
		puppet_down(s);
	for (int i = 0; i < s->requests && i < REQUESTS; i++) {
		free((char *)(uintptr_t)s->seen[i].head.p);
		free((char *)(uintptr_t)s->seen[i].body.p);
	}
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->left);
	free(s);
}

const char *puppet_url(const struct puppet *s)
{
	return s->url;
}

int puppet_port(const struct puppet *s)
{
	return s->port;
}

static int read_count(struct puppet *s, const int *count)
{
	pthread_mutex_lock(&s->lock);
	int n = *count;
	pthread_mutex_unlock(&s->lock);
	return n;
}

int puppet_requests(struct puppet *s)
{
	return read_count(s, &s->requests);
}

int puppet_connections(struct puppet *s)
{
	return read_count(s, &s->connections);
}

int puppet_peak(struct puppet *s)
{
	return read_count(s, &s->peak);
}

struct puppet_seen puppet_request(struct puppet *s, int i)
{
	pthread_mutex_lock(&s->lock);
	struct puppet_seen seen = s->seen[i];
	pthread_mutex_unlock(&s->lock);
	return seen;
}
