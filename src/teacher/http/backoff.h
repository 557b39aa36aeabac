/* backoff.h - how long to wait before the next try.
 *
 * Waits double with each failure in a row and are spread over their upper half, so that requests that
 * failed together do not come back together. The spread is drawn from the request's key and the number
 * of the try: the same run has the same waits.
 */
#ifndef TEACHER_HTTP_BACKOFF_H
#define TEACHER_HTTP_BACKOFF_H

#include <stdint.h>

#include "base/view.h"
#include "io/hash.h"

/* After `failures` in a row, from 1: 0.3 to 0.5 s, then twice as long each time, up to 19.2 to 32 s;
 * each wait is longer than the one before by at least a fifth. Nanoseconds. */
int64_t backoff_delay(const struct hash *key, int failures);

/* The value of the header Retry-After: seconds, or a date (`now`: wall clock, ns). Nanoseconds
 * from now, 0 for a date that has passed; -1 if it cannot be read. */
int64_t backoff_retry_after(struct view value, int64_t now);

/* The same for a date such as 2026-11-28T22:50:00Z (RFC 3339). */
int64_t backoff_timestamp(struct view value, int64_t now);

/* A time as servers write it: "12", "0.5", "20ms", "6m0s", "1h2m3.5s"; without a unit it is in
 * units of `unit` ns. Nanoseconds; -1 if it cannot be read. At most a year. */
int64_t backoff_duration(struct view text, int64_t unit);

/* Limits a server's wait of so many ns to a year; -1 if it is negative or NaN. */
int64_t backoff_limit(double ns);

#endif
