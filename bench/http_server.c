/* A server that answers every request at once (or after a while) with the same few words, as fast
 * as one thread can: what a client is measured against.
 *
 *     http_server [PORT [LATENCY_MS [REPLY_BYTES]]]     prints its port, then serves until killed
 *
 * Every request is one that ends with a body of Content-Length bytes; nothing is checked. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 40000
#define IN_SIZE 16384

struct connection {
	char in[IN_SIZE];
	size_t have, skip; /* skip: of a body longer than `in` */
};

struct due {
	int64_t at;
	int fd;
};

static struct connection *connections[CONNECTIONS];
static char reply[1 << 20];
static size_t reply_len;
static int64_t latency;

/* Answers to come: all wait equally long, so they stand in the order they are due. */
static struct due ring[CONNECTIONS];
static size_t ring_head, ring_count;

static int64_t now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void make_reply(size_t text)
{
	char *body = malloc(text + 512);
	if (!body)
		fail("malloc");
	int n = snprintf(
		body, text + 512,
		"{\"id\":\"c\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\","
		"\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"");
	for (size_t i = 0; i < text; i++)
		body[n++] = "some words "[i % 11];
	n += sprintf(body + n, "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":100,"
			       "\"completion_tokens\":50,\"total_tokens\":150}}");
	reply_len = (size_t)snprintf(reply, sizeof(reply),
				     "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
				     "Content-Length: %d\r\n\r\n%.*s", n, n, body);
	free(body);
}

static void answer(int fd)
{
	if (send(fd, reply, reply_len, MSG_NOSIGNAL) != (ssize_t)reply_len)
		shutdown(fd, SHUT_RDWR);
}

static void answer_later(int fd)
{
	if (!latency) {
		answer(fd);
		return;
	}
	ring[(ring_head + ring_count++) % CONNECTIONS] = (struct due){ now() + latency, fd };
}

static void answer_due(void)
{
	int64_t time = ring_count ? now() : 0;
	while (ring_count && ring[ring_head].at <= time) {
		answer(ring[ring_head].fd);
		ring_head = (ring_head + 1) % CONNECTIONS;
		ring_count--;
	}
}

/* Takes whole requests off what has been read. */
static void take_requests(int fd, struct connection *c)
{
	char *end;
	while ((end = memmem(c->in, c->have, "\r\n\r\n", 4))) {
		size_t head = (size_t)(end - c->in) + 4;
		*end = '\0';
		const char *length = strcasestr(c->in, "content-length:");
		*end = '\r';
		size_t whole = head + (length ? strtoul(length + 15, NULL, 10) : 0);
		if (c->have < whole && whole <= IN_SIZE)
			return;
		size_t used = c->have < whole ? c->have : whole;
		c->skip = whole - used;
		c->have -= used;
		memmove(c->in, c->in + used, c->have);
		if (c->skip)
			return;
		answer_later(fd);
	}
}

static void take_input(int epoll, int fd)
{
	struct connection *c = connections[fd];
	ssize_t n = recv(fd, c->in + c->have, IN_SIZE - c->have, 0);
	if (n <= 0) {
		epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
		close(fd);
		return;
	}
	size_t got = (size_t)n;
	if (c->skip) {
		size_t skipped = got < c->skip ? got : c->skip;
		c->skip -= skipped;
		got -= skipped;
		memmove(c->in, c->in + skipped, got);
		if (!c->skip)
			answer_later(fd);
	}
	c->have += got;
	take_requests(fd, c);
}

static void take_connection(int epoll, int listener)
{
	int on = 1, fd = accept4(listener, NULL, NULL, 0);
	if (fd < 0 || fd >= CONNECTIONS)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (!connections[fd] && !(connections[fd] = malloc(sizeof(struct connection))))
		fail("malloc");
	connections[fd]->have = connections[fd]->skip = 0;
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
}

static int wait_ms(void)
{
	if (!ring_count)
		return -1;
	int64_t left = ring[ring_head].at - now();
	return left <= 0 ? 0 : (int)((left + 999999) / 1000000);
}

int main(int argc, char **argv)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				 .sin_port = htons((uint16_t)(argc > 1 ? atoi(argv[1]) : 0)) };
	struct rlimit files;
	socklen_t len = sizeof(a);
	int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0), epoll = epoll_create1(0);
	latency = argc > 2 ? atoll(argv[2]) * 1000000 : 0;
	make_reply(argc > 3 ? strtoul(argv[3], NULL, 10) : 200);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&a, sizeof(a)) || listen(listener, 4096) ||
	    getsockname(listener, (struct sockaddr *)&a, &len))
		fail("127.0.0.1");
	struct epoll_event e = { .events = EPOLLIN, .data.fd = listener }, events[256];
	epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e);
	printf("%d\n", ntohs(a.sin_port));
	fflush(stdout);
	for (;;) {
		int n = epoll_wait(epoll, events, 256, wait_ms());
		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == listener)
				take_connection(epoll, listener);
			else
				take_input(epoll, events[i].data.fd);
		}
		answer_due();
	}
}
