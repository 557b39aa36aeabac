/* timers.h - things that are due later, the earliest first.
 *
 *     struct timers t = TIMERS_INIT;
 *     timers_add(&t, clock_monotonic() + CLOCK_SECOND, connection);
 *     ...
 *     while (t.count && timers_due(&t) <= clock_monotonic())
 *             wake(timers_take(&t));
 *     timers_release(&t);
 *
 * A heap: adding and taking cost the logarithm of the count. What is due at the same
 * time comes in the order it was added.
 */
#ifndef BASE_TIMERS_H
#define BASE_TIMERS_H

#include <stddef.h>
#include <stdint.h>

struct timer;

struct timers {
	struct timer *list;
	size_t count;
	size_t room;
	uint64_t added;
};

#define TIMERS_INIT { .list = 0 }

int timers_add(struct timers *t, int64_t due, void *data); /* SOW_OK or SOW_NOMEM */
int64_t timers_due(const struct timers *t);   /* of the earliest; INT64_MAX if there is none */
void *timers_take(struct timers *t);          /* the earliest's data; NULL if there is none */
void timers_release(struct timers *t);

#endif
