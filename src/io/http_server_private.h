/* http_server_private.h - what the files of the HTTP server share: http_server.c has connections and
 * requests, http_server_reply.c what is sent of a reply, and when.
 */
#ifndef IO_HTTP_SERVER_PRIVATE_H
#define IO_HTTP_SERVER_PRIVATE_H

#include <microhttpd.h>

#include "base/buf.h"
#include "base/heap.h"
#include "io/http_server.h"
#include "io/listener.h"

#define HTTP_WATCHES 4

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
	int watches[HTTP_WATCHES]; /* -1: free */
	bool full;               /* out of descriptors: not accepting for now */
	bool again;              /* a connection that was broken off waits to be closed */
	struct heap timers;      /* of exchanges that wait */
	struct exchange *hanging;
	struct exchange *spare;
	struct peer *peers;
	struct http_counts counts;
};

/* Suspends the connection until `delay` has passed. */
void http_exchange_wait(struct exchange *x, int64_t delay);
/* Hands the reply to the library, which asks for its pieces. */
enum MHD_Result http_exchange_send(struct exchange *x);

#endif
