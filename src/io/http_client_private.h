/* http_client_private.h - what the files of the HTTP client share: http_client.c drives all requests,
 * http_client_call.c sends one and tells what became of it, http_client_endpoint.c knows addresses and
 * what may be sent to them.
 */
#ifndef IO_HTTP_CLIENT_PRIVATE_H
#define IO_HTTP_CLIENT_PRIVATE_H

#include <curl/curl.h>

#include "io/http_client.h"
#include "io/poller.h"

/* libcurl looks through all connections to a host for one that is free: with thousands of them in
 * one heap that would be most of the work. So there are many heaps, and a request goes to the
 * first that has room. */
#define SHARD_SIZE 128

struct shard {
	struct http *h;
	CURLM *multi;
	int number;
	int in_flight;
	int64_t due;          /* when libcurl wants to be called; -1: not */
	bool ended;           /* some request may have */
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
	bool refused;         /* epoll takes a connection no more: it cannot go on */
};

struct http_endpoint {
	struct http_endpoint *next;
	char *url;
	struct curl_slist *all;    /* headers with secrets */
	struct curl_slist *open;   /* those without */
};

struct http_call {
	struct http *h;
	struct http_call *next, *next_unused;
	CURL *easy;
	struct http_endpoint *endpoint;  /* whose address and headers `easy` has; NULL: another's */
	struct http_endpoint *target;
	struct shard *shard;       /* NULL: not in flight */
	enum { POST, GET, PUT } method;
	struct buf body;           /* posted */
	int file;                  /* of which a piece is put: */
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

/* What libcurl makes and sets up it refuses only when out of memory. */
void http_must(bool done);

/* May what is secret to `from` be shown to `to`? */
bool http_endpoint_same(const char *from, const char *to);

/* An answer has come, or will not: hands it over, or follows where it redirects to. */
void http_call_finish(struct http_call *c, CURLcode code,
		      void (*done)(void *data, void *call_data, const struct http_answer *a),
		      void *data);
void http_call_release(struct http_call *c);

#endif
