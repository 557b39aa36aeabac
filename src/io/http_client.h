/* http_client.h - many HTTP requests at once, from one thread. The only face of libcurl.
 *
 *     struct http *h = http_new(&options, err);
 *     struct http_endpoint *p = http_endpoint_new(h, "https://host/v1/chat", headers, n, key, err);
 *     struct http_call *c = http_call_new(h);
 *     buf_addstr(http_call_body(c), "{…}");           // the body of the POST
 *     http_call_send(c, p, timeout, mine);            // the call is the client's again
 *     while (…)
 *             http_turn(h, wait, done, data, err);    // calls `done` with each answer
 *     http_free(h);
 *
 * An endpoint is an address and what is sent to it with each request. Connections are kept, and
 * shared by requests where HTTP/2 is offered. Certificates are always verified. The proxy
 * variables of the environment apply. Answers in gzip arrive unpacked.
 *
 * Redirects are followed, posting again. `secrets` (headers) go along only while scheme, host
 * and port stay those of the endpoint, or where the only change is from http to https.
 *
 * Threads: one, but for http_wake. SIGPIPE must be blocked or ignored in it.
 * Memory:  some 20 kB a request in flight. Calls are kept and used again.
 */
#ifndef IO_HTTP_CLIENT_H
#define IO_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"
#include "sow/sow.h"

struct http;
struct http_endpoint;
struct http_call;

struct http_options {
	const char *ca_file;   /* PEM; NULL: $SSL_CERT_FILE, else the system's */
	size_t requests;       /* in flight at most, more or less */
	size_t body_max;       /* bytes of an answer, unpacked */
};

/* Why there is no answer, or not all of it. */
enum http_trouble {
	HTTP_FINE,
	HTTP_NO_HOST,          /* the name is not known */
	HTTP_NO_CONNECTION,    /* no server answers at the address */
	HTTP_NO_TRUST,         /* the certificate */
	HTTP_TIMEOUT,
	HTTP_BROKEN,           /* reset, cut short, or not HTTP */
	HTTP_BODY_TOO_BIG,     /* or its headers are */
	HTTP_REDIRECTS,        /* too many */
	HTTP_NO_MEMORY,        /* here, in a library */
	HTTP_FAILED            /* none of these; `words` says what */
};

/* Views live until `done` returns. */
struct http_answer {
	enum http_trouble trouble;
	const char *words;     /* of the trouble: one line */
	int status;            /* 0: none arrived */
	struct view headers;   /* the lines as they came */
	struct view body;      /* unpacked; empty if the call had a reader */
	int sends;             /* times it went out: again after a kept connection had died */
	bool redirected;
	int64_t took;          /* ns */
};

struct http *http_new(const struct http_options *o, struct sow_error *err);
void http_free(struct http *h);               /* drops what is in flight; NULL is fine */

/* `headers` and `secrets` are lines "Name: value", copied; "Content-Type: application/json" goes along
 * unless they have another, and "Content-Type:" sends none. Lives until http_free. SOW_INVALID for an
 * address that is none. */
struct http_endpoint *http_endpoint_new(struct http *h, const char *url,
					const char *const *headers, size_t header_count,
					const char *const *secrets, size_t secret_count,
					struct sow_error *err);

/* An empty call. Send it, or give it back unsent. */
struct http_call *http_call_new(struct http *h);
void http_call_free(struct http_call *c);
struct buf *http_call_body(struct http_call *c);

/* Sends `len` bytes of a file from `from` on in place of the body, by PUT. The descriptor must stay
 * open until the call is done. */
void http_call_put(struct http_call *c, int fd, int64_t from, size_t len);
/* Never sends it twice, whatever becomes of the connection: a new one is made for it. */
void http_call_once(struct http_call *c);
/* Sends GET in place of POST. */
void http_call_get(struct http_call *c);

/* Lets `take` have the answer's bytes as they arrive. False from it ends the request as
 * HTTP_BODY_TOO_BIG. */
void http_call_read(struct http_call *c, bool (*take)(void *data, struct view bytes));

/* `data` comes back in `done`. */
void http_call_send(struct http_call *c, struct http_endpoint *p, int64_t timeout, void *data);

/* Waits `wait` ns at most (0: not at all) for something to happen, and does what can be done.
 * SOW_OK, or SOW_IO when it cannot continue. */
int http_turn(struct http *h, int64_t wait,
	      void (*done)(void *data, void *call_data, const struct http_answer *a), void *data,
	      struct sow_error *err);

/* Ends a wait, from any thread; cheap when there is none. */
void http_wake(struct http *h);

/* The header's value, trimmed, of several the last; empty if it is not there. */
struct view http_header(struct view headers, const char *name);

#endif
