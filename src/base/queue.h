/* queue.h - pointers handed from thread to thread, in order, at most `room` at once.
 *
 *     struct queue *q = queue_new(256);
 *     queue_put(q, p);                        // waits while it is full
 *     while ((p = queue_take(q, QUEUE_FOREVER)))
 *             ...
 *     queue_close(q);                         // wakes all waiting threads; take drains, then NULL
 *     queue_free(q);
 */
#ifndef BASE_QUEUE_H
#define BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUEUE_FOREVER INT64_MAX

struct queue;

struct queue *queue_new(size_t room);
void queue_free(struct queue *q);             /* must be empty; NULL is fine */

/* False if the queue is closed: `p` is still the caller's. */
bool queue_put(struct queue *q, void *p);
bool queue_try_put(struct queue *q, void *p); /* never waits: false if full or closed */

/* The same as a queue_put of each, for the cost of one; returns how many it took: all, or fewer if the
 * queue was closed. */
size_t queue_put_all(struct queue *q, void *const *items, size_t count);

/* The oldest, NULL after `wait` nanoseconds (0: at once) or when closed and empty. */
void *queue_take(struct queue *q, int64_t wait);

void queue_close(struct queue *q);

#endif
