#include "io/poller.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"

#define EVENTS 256 /* taken from epoll at once */

enum { AWAKE, ASLEEP, WOKEN };

struct watch {
	uint32_t life;        /* of this number: events of another one are stale */
	int owner;
	uint8_t wanted;       /* POLLER_… */
	uint8_t registered;   /* what epoll tells of */
	bool opened;          /* its end will be told */
};

int poller_init(struct poller *p, struct sow_error *err)
{
	*p = (struct poller){ .epoll = epoll_create1(EPOLL_CLOEXEC),
			      .event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = (uint32_t)p->event };
	if (p->epoll < 0 || p->event < 0 || epoll_ctl(p->epoll, EPOLL_CTL_ADD, p->event, &e))
		return error_errno(err, "epoll");
	p->ready = mem_alloc(EVENTS * sizeof(*p->ready));
	return SOW_OK;
}

void poller_release(struct poller *p)
{
	if (p->epoll >= 0)
		close(p->epoll);
	if (p->event >= 0)
		close(p->event);
	mem_free(p->watches);
	mem_free(p->ready);
	*p = (struct poller){ .epoll = -1, .event = -1 };
}

/* Descriptors */

static struct watch *watch_of(struct poller *p, int fd)
{
	size_t before = p->watch_room;
	mem_grow(&p->watches, &p->watch_room, (size_t)fd + 1);
	if (p->watch_room > before)
		memset(p->watches + before, 0, (p->watch_room - before) * sizeof(*p->watches));
	return &p->watches[fd];
}

void poller_opened(struct poller *p, int fd)
{
	struct watch *w = watch_of(p, fd);
	*w = (struct watch){ .life = w->life + 1, .opened = true };
}

/* Closing takes it out of epoll. */
void poller_closed(struct poller *p, int fd)
{
	if ((size_t)fd < p->watch_room)
		p->watches[fd] = (struct watch){ .life = p->watches[fd].life + 1 };
}

static int tell_epoll(struct poller *p, int fd, struct watch *w, uint8_t what)
{
	struct epoll_event e = { .data.u64 = (uint64_t)w->life << 32 | (uint32_t)fd };
	if (what & POLLER_IN)
		e.events |= EPOLLIN;
	if (what & POLLER_OUT)
		e.events |= EPOLLOUT;
	int op = !what ? EPOLL_CTL_DEL : w->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
	w->registered = what;
	return epoll_ctl(p->epoll, op, fd, &e) && what ? SOW_IO : SOW_OK;
}

int poller_want(struct poller *p, int fd, int what, int owner)
{
	struct watch *w = watch_of(p, fd);
	w->owner = owner;
	w->wanted = (uint8_t)what;
	if (w->wanted == w->registered || (!w->wanted && w->opened))
		return SOW_OK;
	return tell_epoll(p, fd, w, w->wanted);
}

/* Waiting */

static int milliseconds(int64_t wait)
{
	if (wait <= 0)
		return 0;
	wait = wait / CLOCK_MS + (wait % CLOCK_MS != 0);
	return wait < INT32_MAX ? (int)wait : INT32_MAX;
}

int poller_wait(struct poller *p, int64_t wait, struct sow_error *err)
{
	int ms = milliseconds(wait), awake = AWAKE;
	if (ms && !atomic_compare_exchange_strong(&p->sleep, &awake, ASLEEP))
		ms = 0;
	int n = epoll_wait(p->epoll, p->ready, EVENTS, ms);
	/* From here on to be woken leaves only its mark: what it is for is seen before the next
	 * wait, or ends that. */
	atomic_store(&p->sleep, AWAKE);
	p->ready_next = 0;
	p->ready_count = n > 0 ? n : 0;
	return n < 0 && errno != EINTR ? error_errno(err, "epoll_wait") : SOW_OK;
}

static void take_wake(struct poller *p)
{
	uint64_t count;
	ssize_t n = read(p->event, &count, sizeof(count)); /* fails only if it was taken already */
	(void)n;
}

/* False for an event that is not wanted. */
static bool take_event(struct poller *p, const struct epoll_event *e, struct poller_event *out)
{
	int fd = (int)(uint32_t)e->data.u64;
	struct watch *w = &p->watches[fd];
	if (w->life != e->data.u64 >> 32 || !w->registered)
		return false;
	if (!w->wanted) { /* a kept connection has ended: once is enough */
		tell_epoll(p, fd, w, 0);
		return false;
	}
	*out = (struct poller_event){ .fd = fd, .owner = w->owner };
	if (e->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		out->what |= POLLER_IN;
	if (e->events & EPOLLOUT)
		out->what |= POLLER_OUT;
	if (e->events & EPOLLERR)
		out->what |= POLLER_ERROR;
	return true;
}

bool poller_next(struct poller *p, struct poller_event *e)
{
	while (p->ready_next < p->ready_count) {
		const struct epoll_event *ready = &p->ready[p->ready_next++];
		if (ready->data.u64 == (uint32_t)p->event)
			take_wake(p);
		else if (take_event(p, ready, e))
			return true;
	}
	return false;
}

void poller_wake(struct poller *p)
{
	static const uint64_t one = 1;
	if (atomic_exchange(&p->sleep, WOKEN) == ASLEEP) {
		ssize_t n = write(p->event, &one, sizeof(one)); /* fails only at 2^64 */
		(void)n;
	}
}
