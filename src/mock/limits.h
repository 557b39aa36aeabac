/* limits.h - requests and tokens a minute, and requests at once, as servers limit them.
 *
 *     struct limits l;
 *     limits_init(&l, 60, 10000, 0, now);
 *     struct refusal no;
 *     if (!limits_take(&l, now, tokens, in_flight, &no))
 *             … 429, retry after no.wait …
 *
 * Two token buckets (in the sense of networks): each holds a minute's worth, fills up
 * evenly, and starts full. A refused request takes nothing. 0 means no limit.
 */
#ifndef MOCK_LIMITS_H
#define MOCK_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum limit { LIMIT_REQUESTS, LIMIT_TOKENS, LIMIT_IN_FLIGHT, LIMIT_COUNT };
extern const char *const limit_names[]; /* "requests", "tokens", "in_flight" */

struct bucket {
	double most;              /* 0: no limit */
	double level;
	int64_t at;               /* when `level` was measured, ns */
};

struct limits {
	struct bucket buckets[2]; /* requests, tokens */
	int64_t max_in_flight;    /* 0: no limit */
};

struct refusal {
	enum limit limit;
	int64_t wait;             /* until it would be accepted, ns; 0: unknown */
	int64_t most, used, asked;
};

void limits_init(struct limits *l, int64_t rpm, int64_t tpm, int64_t max_in_flight, int64_t now);

/* True if a request of `tokens` is accepted, with `in_flight` others in flight. */
bool limits_take(struct limits *l, int64_t now, int64_t tokens, int64_t in_flight,
		 struct refusal *no);

/* The remaining level, and the time until it is full again, in nanoseconds. */
int64_t bucket_left(const struct bucket *b);
int64_t bucket_refill_time(const struct bucket *b);

/* "1h2m3s", "6m0s", "1.2s", "20ms", as in the headers. */
#define DURATION_SIZE 32
void limits_duration(int64_t ns, char out[DURATION_SIZE]);

#endif
