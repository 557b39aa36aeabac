/* http_server.h - an HTTP/1.1 server in one thread that can also misbehave. The only
 * face of libmicrohttpd.
 *
 *     struct http_server_options o = { .host = "127.0.0.1", .on_request = answer };
 *     struct http_server *s = http_server_open(&o, err);
 *     printf("http://127.0.0.1:%d\n", http_server_port(s));
 *     while (!stop && !(status = http_server_step(s, CLOCK_SECOND, &woken, err)))
 *             ...
 *     http_server_close(s);
 *
 * `on_request` is called once a request is there whole, and fills in a reply at once: what
 * it says and how it comes, which may be seconds later, in pieces, cut short or never.
 * `on_end` is called once for each request when all of its reply is with the system, or its
 * connection has ended before. Both are called from http_server_step (on_end also from
 * http_server_close) and must not call the server.
 *
 * Connections are kept, waited for by epoll, and cost a waiting request no thread: tens of
 * thousands can wait at once. Later means to the millisecond, never earlier. Bodies with a
 * length and chunked ones are read; plain text, no TLS: it is for one's own machine.
 */
#ifndef IO_HTTP_SERVER_H
#define IO_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"
#include "sow/sow.h"

#define HTTP_BODY_MAX ((size_t)64 << 20)
#define HTTP_FIELDS_MAX 12

struct http_request {
	struct view method;       /* "POST" */
	struct view path;         /* "/v1/models", without what follows a "?" */
	struct view body;
	bool too_big;             /* the body is past HTTP_BODY_MAX, and not here */
	void *exchange;           /* for http_request_field */
};

/* A header's value, whatever the case of its name; empty if it is not there. Only for the
 * time of on_request. */
struct view http_request_field(const struct http_request *q, const char *name);

enum http_manner {
	HTTP_WHOLE,               /* with its length, at once */
	HTTP_BYTES,               /* with its length, `piece` bytes at a time */
	HTTP_EVENTS,              /* chunked; a piece ends at an empty line, as SSE has it */
	HTTP_STREAM,              /* chunked: the body, then what on_more gives, every `pause` */
	HTTP_RESET,               /* no reply: the connection is reset */
	HTTP_HANG                 /* no reply, until the client goes away */
};

struct http_field {
	const char *name;         /* static */
	char value[64];
};

struct http_reply {
	unsigned status;          /* 200 */
	const char *content_type; /* static */
	struct http_field fields[HTTP_FIELDS_MAX];
	size_t field_count;
	const char *const *headers; /* static: name, value, name, value, …, NULL; may be NULL */
	char *body;               /* from mem_alloc; the server frees it; NULL: empty */
	size_t body_len;
	enum http_manner manner;
	int64_t delay;            /* before the first byte, ns */
	int64_t pause;            /* between two pieces, ns */
	size_t piece;             /* bytes, for HTTP_BYTES */
	size_t cut;               /* the connection ends after that many bytes of the body;
				   * 0: it does not */
	void *tag;                /* for on_end */
};

/* Adds a header; past HTTP_FIELDS_MAX, or 63 bytes of value, it is left out or cut. */
void http_reply_field(struct http_reply *r, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

struct http_server_options {
	const char *host;         /* a name or an address; NULL: 127.0.0.1 */
	uint16_t port;            /* 0: any that is free */
	/* Fills in *out, which comes all zero. A failure resets the connection, and there is no
	 * on_end. */
	int (*on_request)(void *data, const struct http_request *q, struct http_reply *out);
	/* `whole`: the reply went out as intended, even if it was meant to be a reset or cut. May be NULL. */
	void (*on_end)(void *data, void *tag, bool whole);
	/* Of HTTP_STREAM: appends what is to be sent next, nothing if there is nothing yet. False
	 * ends the reply. */
	bool (*on_more)(void *data, void *tag, struct buf *more);
	void *data;
};

struct http_server;

/* Listens. NULL on failure: SOW_IO with "HOST:PORT: Address already in use". */
struct http_server *http_server_open(const struct http_server_options *o, struct sow_error *err);
/* Ends every connection, calls on_end for what was under way, frees `s`. NULL is fine. */
void http_server_close(struct http_server *s);

int http_server_port(const struct http_server *s);

/* Another descriptor to wait for (a signalfd, standard input; at most 4): a step ends as soon
 * as it can be read. SOW_INVALID if the system can't wait for it (a regular file). */
int http_server_watch(struct http_server *s, int fd, struct sow_error *err);
void http_server_unwatch(struct http_server *s, int fd);

/* Waits for something to do, at most `wait` nanoseconds, and does it. *woken is a watched
 * descriptor that can be read, -1 if none. SOW_OK or SOW_IO. */
int http_server_step(struct http_server *s, int64_t wait, int *woken, struct sow_error *err);

/* As if the machine had died: every connection ends, new ones are refused. The port stays
 * ours; http_server_listen takes connections again. */
int http_server_hang_up(struct http_server *s, struct sow_error *err);
int http_server_listen(struct http_server *s, struct sow_error *err);

struct http_counts {
	int64_t opened;           /* connections, ever */
	int64_t open;             /* now */
	int64_t peak;             /* most at once */
};
struct http_counts http_server_counts(const struct http_server *s);

#endif
