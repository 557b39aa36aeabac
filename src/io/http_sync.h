/* http_sync.h - blocking HTTP: one request at a time, its answer kept until the next.
 *
 *     struct http_sync o = HTTP_SYNC_INIT;
 *     status = http_sync_open(&o, NULL, 1 << 20, err);
 *     const struct http_sync_request r = { .url = "https://host/file", .get = true, .tries = 5,
 *                                          .first_wait = CLOCK_SECOND,
 *                                          .timeout = 60 * CLOCK_SECOND };
 *     status = http_sync_ask(&o, &r, err);
 *     if (!status && !o.trouble && o.status == 200)
 *             use(o.body.data, o.body.len);
 *     http_sync_release(&o);
 *
 * After a failure that may pass (no connection, a busy server) the request is sent again, after a wait
 * that doubles. The caller judges any other answer. For many requests at once use http_client.h.
 */
#ifndef IO_HTTP_SYNC_H
#define IO_HTTP_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "io/http_client.h"
#include "sow/sow.h"

struct http_sync {
	struct http *http;
	/* of the last answer, until the next request */
	bool done;
	enum http_trouble trouble;
	int status;
	struct buf words, headers, body;
};
#define HTTP_SYNC_INIT { .words = BUF_INIT, .headers = BUF_INIT, .body = BUF_INIT }

/* Headers and secrets are as in http_endpoint_new. */
struct http_sync_request {
	const char *url;
	const char *const *headers, *const *secrets;
	size_t header_count, secret_count;
	bool get;                    /* else POST `text`, or if that is NULL, PUT a piece of a file */
	const struct buf *text;
	int file;
	size_t from, len;
	int tries;
	int64_t first_wait, timeout; /* ns */
};

/* `ca_file` and `body_max` are those of struct http_options. SOW_OK, or why http_new failed. */
int http_sync_open(struct http_sync *o, const char *ca_file, size_t body_max, struct sow_error *err);
void http_sync_release(struct http_sync *o);

/* SOW_OK with an answer, or with the reason for its absence in o->trouble; SOW_INVALID (`url` is not
 * an address) or SOW_IO. */
int http_sync_ask(struct http_sync *o, const struct http_sync_request *r, struct sow_error *err);

/* May the same request succeed later? */
bool http_sync_may_pass(enum http_trouble trouble, int status);

/* A header of the last answer, as http_header has it. */
struct view http_sync_header(const struct http_sync *o, const char *name);

#endif
