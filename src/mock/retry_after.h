/* retry_after.h - when a refusal tells the client to retry. */
#ifndef MOCK_RETRY_AFTER_H
#define MOCK_RETRY_AFTER_H

#include <stdint.h>

#include "io/http_server.h"

enum retry_form { RETRY_SECONDS, RETRY_DATE, RETRY_NONE };

struct retry_after {
	enum retry_form form;
	int64_t seconds;          /* for faults; limits compute the time */
};

/* "SECONDS", "date", "none". SOW_OK or SOW_USAGE. */
int retry_after_read(struct retry_after *r, const char *text, struct sow_error *err);

/* Adds the header; `wait` in nanoseconds, rounded up to seconds; `wall` is now. */
void retry_after_put(const struct retry_after *r, int64_t wait, int64_t wall,
		     struct http_reply *out);

#endif
