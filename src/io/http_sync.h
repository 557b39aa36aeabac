/* http_sync.h - one HTTP request at a time, whose answer is kept.
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
 * What may pass (no connection, a busy server) is asked again, after a wait that doubles; any
 * other answer is the caller's to judge. For many requests at once there is http_client.h.
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
	bool get;                    /* else `text` is posted, or if NULL a piece of a file is put */
	const struct buf *text;
	int file;
	size_t from, len;
	int tries;
	int64_t first_wait, timeout; /* ns */
};

/* `ca_file` and `body_max` are those of struct http_options. SOW_OK, or why http_new failed. */
int http_sync_open(struct http_sync *o, const char *ca_file, size_t body_max, struct sow_error *err);
void http_sync_release(struct http_sync *o);

/* SOW_OK with an answer, or with the trouble why there is none; SOW_INVALID (no address) or
 * SOW_IO. */
int http_sync_ask(struct http_sync *o, const struct http_sync_request *r, struct sow_error *err);

/* May the same request be answered another time? */
bool http_sync_may_pass(enum http_trouble trouble, int status);

/* A header of the last answer, as http_header has it. */
struct view http_sync_header(const struct http_sync *o, const char *name);

#endif
