/* http_client_private.h - what the files of the HTTP client share: http_client.c drives all requests,
 * http_client_call.c sends one and reports its answer, http_client_endpoint.c holds addresses, headers
 * and the rule which of them a redirect may see.
 */
#ifndef IO_HTTP_CLIENT_PRIVATE_H
#define IO_HTTP_CLIENT_PRIVATE_H

#include <curl/curl.h>

#include "io/http_client.h"
#include "io/poller.h"

/* libcurl searches all connections to a host for a free one; with thousands of them in one pool,
 * that search would be most of the work. So there are many pools (shards), and a request goes to the
 * first that has room. */
#define SHARD_SIZE 128

struct shard {
	struct http *h;
	CURLM *multi;
	int number;
	int in_flight;
	int64_t due;          /* when libcurl wants to be called; -1: never */
	bool ended;           /* a request may have ended */
};

struct http {
	struct poller poller;
	CURLSH *share;        /* addresses, and TLS sessions: a new connection resumes another's */
	struct shard *shards;
	size_t shard_count;
	char agent[32];
	char *ca_file;
	size_t body_max;
	struct http_call *all;
	struct http_call *unused;
	struct http_endpoint *endpoints;
	bool refused;         /* epoll refused a connection: the client cannot continue */
};

struct http_endpoint {
	struct http_endpoint *next;
	char *url;
	struct curl_slist *all;    /* all headers, secret ones included */
	struct curl_slist *open;   /* only the headers that are not secret */
};

struct http_call {
	struct http *h;
	struct http_call *next, *next_unused;
	CURL *easy;
	struct http_endpoint *endpoint;  /* whose address and headers `easy` holds; NULL: of a redirect */
	struct http_endpoint *target;
	struct shard *shard;       /* NULL: not in flight */
	enum { POST, GET, PUT } method;
	struct buf body;           /* posted */
	int file;                  /* PUT sends a piece of it: */
	int64_t from;
	size_t len, sent;
	struct buf headers, answer;
	bool (*take)(void *data, struct view bytes);
	void *data;
	bool once;
	int sends, redirects;
	long timeout_ms;
	int64_t began;
	char words[CURL_ERROR_SIZE];
};

/* Ends the process, out of memory, if not `done`: the only reason for which these calls of libcurl fail. */
void http_must(bool done);

/* May headers that are secret to `from` be sent to `to`? */
bool http_endpoint_same(const char *from, const char *to);

/* Call it when a request has ended: passes the answer or the failure to `done`, or follows a redirect. */
void http_call_finish(struct http_call *c, CURLcode code,
		      void (*done)(void *data, void *call_data, const struct http_answer *a),
		      void *data);
void http_call_release(struct http_call *c);

#endif
