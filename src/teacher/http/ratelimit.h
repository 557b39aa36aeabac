/* ratelimit.h - the remaining quota that a server reports in x-ratelimit-* headers.
 *
 * Each response reports the remaining quota of requests (or tokens) and when it resets. Requests in
 * flight at that moment may not be counted yet, so they are subtracted. With no quota left, nothing
 * is sent until a later response reports more, or the reset time has come: then one request goes
 * and brings the next report.
 *
 * Some servers count over windows: the whole quota returns at the end of one. Others refill evenly
 * and report the time until the quota is full. The reported time tells them apart: with an even
 * refill it grows as more is used, in a window it never does. With an even refill a request waits
 * only for what it needs; one hundredth of the limit is left alone.
 * Time is an argument, monotonic, in nanoseconds.
 */
#ifndef TEACHER_HTTP_RATELIMIT_H
#define TEACHER_HTTP_RATELIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"

struct ratelimit {
	bool known;
	double limit;        /* 0: not reported */
	double left;         /* at time `told` */
	int64_t told;
	int64_t renewed;     /* when the whole quota is back */
	double rate;         /* refill a nanosecond; 0: all at once, or not known yet */
	double judged_used;  /* the report that the next is compared with */
	int64_t judged_reset;
};

/* `in_flight`: requests (or tokens) in flight, without the request that brought the report.
 * `reset`: nanoseconds from `now`. */
void ratelimit_update(struct ratelimit *a, double limit, double left, int64_t reset,
		      double in_flight, int64_t now);

/* Nanoseconds until `amount` may go; 0: at once. */
int64_t ratelimit_wait(struct ratelimit *a, double amount, int64_t now);
void ratelimit_take(struct ratelimit *a, double amount);

/* x-ratelimit-{limit,remaining,reset}-{requests,tokens} in the headers of an answer. */
struct ratelimit_news {
	bool said;
	double limit, left;    /* limit 0: not reported */
	int64_t reset;         /* ns */
};
void ratelimit_read(struct view headers, struct ratelimit_news *requests,
		    struct ratelimit_news *tokens);
/* The same with dates: anthropic-ratelimit-{requests,tokens}-{limit,remaining,reset};
 * `now`: wall clock, ns. */
void ratelimit_read_dated(struct view headers, int64_t now, struct ratelimit_news *requests,
			  struct ratelimit_news *tokens);

#endif
