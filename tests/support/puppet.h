/* puppet.h - an HTTP server for tests that does exactly what it is told, faults too.
 *
 *     struct puppet *s = puppet_start(acts, 2);      // 127.0.0.1, a free port
 *     … puppet_url(s) …
 *     puppet_stop(s);
 *
 * Each request, on whatever connection, is the next act; past the last the last one is done
 * again. A function may choose in their place. Requests are kept: puppet_request.
 */
#ifndef TESTS_PUPPET_H
#define TESTS_PUPPET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/view.h"

enum fault {
	FAULT_NONE,
	FAULT_RESET,    /* RST in place of an answer */
	FAULT_CLOSE,    /* the same, politely */
	FAULT_CUT,      /* Content-Length says twice as much as comes */
	FAULT_RAW,      /* `body` is all that is sent, and the connection is closed */
	FAULT_DRIP,     /* a byte each millisecond */
	FAULT_SILENT    /* never answers, until the client leaves */
};

struct act {
	int status;              /* 0: 200 */
	const char *headers;     /* whole lines, each with "\r\n"; NULL: none */
	const char *body;        /* NULL: an answer that says "Yes." */
	size_t body_len;         /* 0: up to the NUL */
	int delay;               /* milliseconds before anything is sent */
	enum fault fault;
	bool chunked;            /* in two pieces */
	bool close;              /* the connection, afterwards */
};

struct puppet_seen {
	struct view head;        /* request line and headers */
	struct view body;
	int connection;          /* from 0 */
};

struct puppet;

/* `acts` is kept by pointer. */
struct puppet *puppet_start(const struct act *acts, size_t count);
/* `choose` is called from several threads, one at a time. */
struct puppet *puppet_start_choosing(const struct act *(*choose)(void *data, int number,
							       const struct puppet_seen *seen),
				     void *data);
void puppet_stop(struct puppet *s);

const char *puppet_url(const struct puppet *s);      /* "http://127.0.0.1:PORT/v1" */
int puppet_port(const struct puppet *s);
int puppet_requests(struct puppet *s);               /* so far */
int puppet_connections(struct puppet *s);
int puppet_peak(struct puppet *s);                   /* requests at once */
struct puppet_seen puppet_request(struct puppet *s, int i); /* valid until puppet_stop */

/* Refuses all connections, and takes them again at the same port. */
void puppet_down(struct puppet *s);
void puppet_up(struct puppet *s);

#endif
