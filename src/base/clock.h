/* clock.h - time, in nanoseconds. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_SECOND INT64_C(1000000000)
#define CLOCK_MS INT64_C(1000000)

int64_t clock_monotonic(void); /* only for differences */
int64_t clock_wall(void);      /* since 1970, UTC */
int64_t clock_thread(void);    /* processor time of this thread */

#endif
