/* latency.h - how long an answer takes.
 *
 * Log-normal, like the waiting times of servers: `ms` is the median, `sigma` the spread of the logarithm (0:
 * always the same), `token_ms` the additional milliseconds for each token written.
 */
#ifndef MOCK_LATENCY_H
#define MOCK_LATENCY_H

#include <stdint.h>

#include "base/draw.h"

struct latency {
	double ms, sigma, token_ms;
};

/* Before the first token, in nanoseconds; at most an hour. */
int64_t latency_first(const struct latency *l, struct draw *d);

/* For each token, in nanoseconds. */
int64_t latency_token(const struct latency *l);

#endif
