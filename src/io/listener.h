/* listener.h - a TCP port of ours, open or closed for a while.
 *
 *     struct listener l = LISTENER_INIT;
 *     status = listener_open(&l, "127.0.0.1", 0, err);   // any port that is free
 *     int client = listener_accept(&l, &peer, &len);
 *     listener_refuse(&l, err);                          // as if no server were listening
 *     listener_listen(&l, err);                          // on the same port again
 *     listener_release(&l);
 *
 * Failures are SOW_IO with "ADDRESS:PORT: Address already in use".
 */
#ifndef IO_LISTENER_H
#define IO_LISTENER_H

#include <stdint.h>
#include <sys/socket.h>

#include "sow/sow.h"

struct listener {
	int fd;                       /* to be waited for; -1: closed */
	int reserved;                 /* holds the port while it is closed, else -1 */
	struct sockaddr_storage address;
	socklen_t address_len;
};

#define LISTENER_INIT { .fd = -1, .reserved = -1 }

/* `host` is a name or an address, NULL for 127.0.0.1; `port` 0 is any. */
int listener_open(struct listener *l, const char *host, uint16_t port, struct sow_error *err);
void listener_release(struct listener *l);

int listener_port(const struct listener *l);

/* The next connection, which does not block; -1 with errno if there is none. */
int listener_accept(struct listener *l, struct sockaddr_storage *peer, socklen_t *len);

/* Closes the port: connections are refused, those that are not accepted yet reset. */
int listener_refuse(struct listener *l, struct sow_error *err);
int listener_listen(struct listener *l, struct sow_error *err);

#endif
