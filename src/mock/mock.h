/* mock.h - the fake teacher: a request in, a reply out, without a socket.
 *
 *     struct mock *m = mock_new(&options, now);
 *     status = mock_reply(m, &call, &reply);      // when a request arrives
 *     mock_end(m, reply.tag, whole, now);         // when its reply is out, or lost
 *     mock_free(m);
 *
 * An answer is a function of the seed and the request; a fault, of seed, request and how often this body was
 * sent before; neither depends on time or order. Only limits (requests and tokens a minute, requests in
 * flight) must look at the clock.
 */
#ifndef MOCK_MOCK_H
#define MOCK_MOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "io/http_server.h"
#include "mock/ask.h"
#include "mock/fault.h"
#include "mock/latency.h"
#include "mock/retry_after.h"
#include "mock/completion.h"

struct mock_options {
	uint64_t seed;
	const char *key;             /* required in Authorization; NULL: any, or none */
	struct ask_rules rules;
	struct faults faults;
	struct retry_after retry_after;
	struct latency latency;
	int64_t rpm, tpm, max_in_flight; /* 0: no limit */
	enum reasoning reasoning;    /* in reasoning_content, or in <think> */
	int64_t cached_percent;      /* of a prompt's tokens, reported as cached */
	bool no_usage;
	int64_t batch_delay;         /* ns until a batch ends */
	double batch_expire;         /* probability that a request of a batch expires */
	bool log;                    /* keep a line for every request: mock_log */
};

struct mock_call {
	struct view method, path, authorization, body;
	struct view api_key, version; /* x-api-key, anthropic-version */
	bool too_big;
	int64_t now, wall;           /* monotonic and since 1970, ns */
};

struct mock;

struct mock *mock_new(const struct mock_options *o, int64_t now);
void mock_free(struct mock *m);              /* NULL is fine */

/* Fills in *out, all zero before. SOW_OK, or a failure that leaves *out empty. */
int mock_reply(struct mock *m, const struct mock_call *call, struct http_reply *out);

/* `tag` is the reply's. */
void mock_end(struct mock *m, void *tag, bool whole, int64_t now);

/* Requests for completions that have ended, with or without success; and those that have not. */
int64_t mock_ended(const struct mock *m);
int64_t mock_in_flight(const struct mock *m);

/* GET /stats also reports these counts of connections. */
void mock_set_counts(struct mock *m, const struct http_counts *counts);

/* Lines of JSON for ended requests, in the order of their ends; the caller clears the buffer after writing
 * them. */
struct buf *mock_log(struct mock *m);

#endif
