#include "io/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

#define BACKLOG 4096

static int failed(const struct listener *l, int why, struct sow_error *err)
{
	char host[128] = "", port[16] = "";
	getnameinfo((const struct sockaddr *)&l->address, l->address_len, host, sizeof(host), port,
		    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	return error_set(err, SOW_IO, "%s:%s: %s", host, port, strerror(why));
}

/* A socket that holds the port, -1 with errno on failure. */
static int bound(const struct listener *l)
{
	int fd = socket(l->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int one = 1;
	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
	    bind(fd, (const struct sockaddr *)&l->address, l->address_len) == 0)
		return fd;
	int why = errno;
	close(fd);
	errno = why;
	return -1;
}

static int look_up(struct listener *l, const char *host, uint16_t port, struct sow_error *err)
{
	struct addrinfo *found, hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	char service[16];
	snprintf(service, sizeof(service), "%d", port);
	int why = getaddrinfo(host, service, &hints, &found);
	if (why)
		return error_set(err, SOW_IO, "%s: %s", host, gai_strerror(why));
	memcpy(&l->address, found->ai_addr, found->ai_addrlen);
	l->address_len = found->ai_addrlen;
	freeaddrinfo(found);
	return SOW_OK;
}

int listener_open(struct listener *l, const char *host, uint16_t port, struct sow_error *err)
{
	*l = (struct listener)LISTENER_INIT;
	int status = look_up(l, host ? host : "127.0.0.1", port, err);
	if (status)
		return status;
	l->reserved = bound(l);
	/* the port that was found is the one to come back to */
	if (l->reserved < 0 ||
	    getsockname(l->reserved, (struct sockaddr *)&l->address, &l->address_len)) {
		status = failed(l, errno, err);
		listener_release(l);
		return status;
	}
	return listener_listen(l, err);
}

void listener_release(struct listener *l)
{
	if (l->fd >= 0)
		close(l->fd);
	if (l->reserved >= 0)
		close(l->reserved);
	l->fd = l->reserved = -1;
}

int listener_port(const struct listener *l)
{
	if (l->address.ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)&l->address)->sin6_port);
	return ntohs(((const struct sockaddr_in *)&l->address)->sin_port);
}

int listener_accept(struct listener *l, struct sockaddr_storage *peer, socklen_t *len)
{
	int one = 1;
	*len = sizeof(*peer);
	int fd = accept4(l->fd, (struct sockaddr *)peer, len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

int listener_refuse(struct listener *l, struct sow_error *err)
{
	if (l->fd < 0)
		return SOW_OK;
	/* Linux lets a second socket have the port only if the first no longer listens. */
	close(l->fd);
	l->fd = -1;
	l->reserved = bound(l);
	return l->reserved < 0 ? failed(l, errno, err) : SOW_OK;
}

int listener_listen(struct listener *l, struct sow_error *err)
{
	if (l->fd >= 0)
		return SOW_OK;
	if (listen(l->reserved, BACKLOG)) {
		int status = failed(l, errno, err);
		listener_release(l);
		return status;
	}
	l->fd = l->reserved;
	l->reserved = -1;
	return SOW_OK;
}
