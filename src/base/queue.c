#include "base/queue.h"

#include <pthread.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	pthread_cond_t drained;
	size_t room;
	size_t head;
	size_t count;
	bool closed;
	void *items[];
};

struct queue *queue_new(size_t room)
{
	struct queue *q = mem_zalloc(sizeof(*q) + room * sizeof(void *));
	q->room = room;
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->filled, &attr);
	pthread_cond_init(&q->drained, &attr);
	pthread_condattr_destroy(&attr);
	return q;
}

void queue_free(struct queue *q)
{
	if (!q)
		return;
	pthread_cond_destroy(&q->filled);
	pthread_cond_destroy(&q->drained);
	pthread_mutex_destroy(&q->lock);
	mem_free(q);
}

static bool put(struct queue *q, void *p, bool patient)
{
	pthread_mutex_lock(&q->lock);
	while (patient && q->count == q->room && !q->closed)
		pthread_cond_wait(&q->drained, &q->lock);
	bool taken = q->count < q->room && !q->closed;
	if (taken) {
		q->items[(q->head + q->count++) % q->room] = p;
		pthread_cond_signal(&q->filled);
	}
	pthread_mutex_unlock(&q->lock);
	return taken;
}

bool queue_put(struct queue *q, void *p)
{
	return put(q, p, true);
}

bool queue_try_put(struct queue *q, void *p)
{
	return put(q, p, false);
}

size_t queue_put_all(struct queue *q, void *const *items, size_t count)
{
	size_t done = 0;
	pthread_mutex_lock(&q->lock);
	while (done < count && !q->closed) {
		while (done < count && q->count < q->room)
			q->items[(q->head + q->count++) % q->room] = items[done++];
		pthread_cond_broadcast(&q->filled);
		if (done < count)
			pthread_cond_wait(&q->drained, &q->lock);
	}
	pthread_mutex_unlock(&q->lock);
	return done;
}

void *queue_take(struct queue *q, int64_t wait)
{
	struct timespec until = { 0 };
	if (wait > 0 && wait != QUEUE_FOREVER) {
		int64_t at = clock_monotonic() + wait;
		until.tv_sec = (time_t)(at / CLOCK_SECOND);
		until.tv_nsec = (long)(at % CLOCK_SECOND);
	}
	pthread_mutex_lock(&q->lock);
	bool late = wait <= 0;
	while (!q->count && !q->closed && !late) {
		if (wait == QUEUE_FOREVER)
			pthread_cond_wait(&q->filled, &q->lock);
		else
			late = pthread_cond_timedwait(&q->filled, &q->lock, &until) != 0;
	}
	void *p = NULL;
	if (q->count) {
		p = q->items[q->head];
		q->head = (q->head + 1) % q->room;
		q->count--;
		pthread_cond_signal(&q->drained);
	}
	pthread_mutex_unlock(&q->lock);
	return p;
}

void queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	pthread_cond_broadcast(&q->filled);
	pthread_cond_broadcast(&q->drained);
	pthread_mutex_unlock(&q->lock);
}
