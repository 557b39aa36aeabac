/* poller.h - many file descriptors watched by one thread (epoll), and a way to wake it.
 *
 *     poller_want(&p, fd, POLLER_IN, owner);
 *     poller_wait(&p, wait);
 *     while (poller_next(&p, &event))
 *             … event.fd is ready, event.owner is who wanted it …
 *
 * poller_opened is for descriptors that are wanted on and off, such as connections that are kept
 * between two requests. Such a descriptor stays registered with epoll while it is not wanted, which
 * saves two system calls a request. Events on it are dropped meanwhile.
 *
 * Threads: one, but for poller_wake.
 */
#ifndef IO_POLLER_H
#define IO_POLLER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sow/sow.h"

enum { POLLER_IN = 1, POLLER_OUT = 2, POLLER_ERROR = 4 };

struct watch;
struct epoll_event;

struct poller {
	int epoll, event;
	atomic_int sleep;
	struct watch *watches;       /* by descriptor */
	size_t watch_room;
	struct epoll_event *ready;   /* of the last wait */
	int ready_count, ready_next;
};

struct poller_event {
	int fd;
	int what;                    /* POLLER_… */
	int owner;
};

int poller_init(struct poller *p, struct sow_error *err); /* SOW_OK or SOW_IO */
void poller_release(struct poller *p);        /* also after a failed poller_init */

/* A descriptor was opened, or is closed in a moment, that poller_want will be or was called for.
 * What is closed without a word must be unwanted before. */
void poller_opened(struct poller *p, int fd);
void poller_closed(struct poller *p, int fd);

/* From now on `owner` wants to hear of these (0: of nothing). SOW_OK or SOW_IO. */
int poller_want(struct poller *p, int fd, int what, int owner);

/* Waits `wait` ns at most (0: not at all) for what is wanted, or to be woken. SOW_OK or SOW_IO. */
int poller_wait(struct poller *p, int64_t wait, struct sow_error *err);
/* The next that is ready; false: that was all. What was closed meanwhile is passed over. */
bool poller_next(struct poller *p, struct poller_event *e);

/* Ends a wait, from any thread: the one under way, or the next. No system call where there is
 * none under way. */
void poller_wake(struct poller *p);

#endif
