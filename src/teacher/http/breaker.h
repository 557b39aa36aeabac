/* breaker.h - a circuit breaker: send nothing to a server that is down.
 *
 * Counts strikes since the last answer. At BREAKER_STRIKES it opens: nothing is sent for a
 * second, then one trial request goes; if that fails as well, twice as long, up to `longest`. Any
 * answer closes it. Time is an argument, monotonic, in nanoseconds.
 *
 *     if (!breaker_wait(&b, now))
 *             trial = breaker_sent(&b);
 *     breaker_failed(&b, strikes, trial, BREAKER_LONGEST, now);  // or
 *     breaker_answered(&b);
 */
#ifndef TEACHER_HTTP_BREAKER_H
#define TEACHER_HTTP_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

#define BREAKER_STRIKES 12

/* Nanoseconds; the second for a server that answered before, responds, and fails. */
#define BREAKER_LONGEST (30 * CLOCK_SECOND)
#define BREAKER_LONGEST_THERE (4 * CLOCK_SECOND)

struct breaker {
	int strikes;
	bool open;
	bool trying;      /* the trial request is in flight */
	int64_t pause;    /* ns */
	int64_t until;
};

/* Nanoseconds until something may be sent; INT64_MAX: not before the trial ends. */
int64_t breaker_wait(const struct breaker *b, int64_t now);
bool breaker_sent(struct breaker *b);         /* true: this one is the trial */

/* True if this failure opened it, or a failed trial keeps it open: `pause` says for how long. */
bool breaker_failed(struct breaker *b, int strikes, bool trial, int64_t longest, int64_t now);
bool breaker_answered(struct breaker *b);     /* true if it was open */

#endif
