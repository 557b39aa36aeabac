/* server_pool.h - servers of one model: which to ask next, and the load that each can bear.
 *
 *     struct server *s = server_pool_choose(&pool, avoid, slot, tokens, now, &wait);
 *     if (s)
 *             server_sent(s, &pool, tokens, &ticket);  // and later, with the same ticket,
 *     server_answered(s, &ticket, tokens_used);      // or
 *     server_failed(s, &ticket, failure, retry_after, now);
 *
 * Of the servers that can take a request, it chooses the one that has had least for its weight (fair
 * queueing by virtual time: a server that was away does not catch up). Knows nothing of sockets; time
 * is an argument, monotonic, in nanoseconds.
 */
#ifndef TEACHER_HTTP_SERVER_POOL_H
#define TEACHER_HTTP_SERVER_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "teacher/http/concurrency.h"
#include "teacher/http/address.h"
#include "teacher/http/ratelimit.h"
#include "teacher/http/breaker.h"
#include "teacher/http/bucket.h"
#include "teacher/http/param_support.h"
#include "teacher/http/failure.h"
#include "teacher/http/form.h"
#include "teacher/http/suspects.h"
#include "teacher/http/wire.h"

struct server {
	struct address address;
	struct http_endpoint *endpoint, *embeddings; /* for texts; for vectors, NULL: it has none */
	const char *key;             /* NULL: none */
	const struct wire *wire;     /* the language it speaks */
	struct param_support support;
	struct forms forms;          /* how to ask it for numbers */
	struct concurrency concurrency;
	struct breaker breaker;
	struct bucket requests, tokens;          /* the user's limits */
	struct ratelimit requests_left, tokens_left; /* the server's */
	bool retired;                /* not asked any longer */
	int in_flight;
	double tokens_in_flight;
	int refusals;                /* 429s and their like since the last answer */
	int64_t paused;              /* until then */
	double turn;                 /* virtual time of its next request */
	int64_t answered;            /* requests */
	int pages;                   /* web pages in place of answers, in a row */
	bool redirect_told;
	uint32_t unsaid_told;        /* parts of requests that its language cannot express */
	struct suspects suspects;
};

struct server_pool {
	struct server *list;
	size_t count;
	double turn;                 /* of the last request */
};

/* One request under way. */
struct ticket {
	uint64_t number;
	double tokens;
	bool trial;
};

/* Takes the limits of the address; `cap`: most in flight where the address has none. */
void server_start(struct server *s, int cap, int64_t now);

/* The server for a request of about so many tokens; `avoid` (may be NULL) only if no other can take
 * it. While a server's form for `slot` is being found, it takes no other request of that slot. NULL:
 * none can; *wait is when to look again, INT64_MAX if only an answer can change that. */
struct server *server_pool_choose(struct server_pool *p, const struct server *avoid, enum form_slot slot,
			   double tokens, int64_t now, int64_t *wait);

void server_sent(struct server *s, struct server_pool *p, double tokens, struct ticket *t);
/* What the end of a request shows about its server, if that is news. */
enum server_news { SERVER_AS_BEFORE, SERVER_DOWN, SERVER_UP };

/* `used`: tokens, 0 if not known. */
enum server_news server_answered(struct server *s, const struct ticket *t, double used);
/* `retry_after`: ns, -1: not given. A server that refuses is up. */
enum server_news server_failed(struct server *s, const struct ticket *t, const struct failure *f,
			       int64_t retry_after, int64_t now);
/* The request ended without showing the server's state. */
void server_ended(struct server *s, const struct ticket *t);

/* It refused so many in a row that it will refuse the next. */
bool server_is_refusing(const struct server *s);
bool server_is_up(const struct server *s);
size_t server_pool_up_count(const struct server_pool *p);
bool server_pool_has_answered(const struct server_pool *p);      /* has any server, ever? */

#endif
