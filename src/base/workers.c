#include "base/workers.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/cpu.h"
#include "base/mem.h"

struct workers {
	pthread_mutex_t lock;
	pthread_cond_t begin, end;
	size_t started;            /* threads besides the caller */
	size_t busy;               /* of those, still in the present loop */
	unsigned loop;             /* number of the present loop */
	bool closing;
	void (*work)(void *data, size_t item);
	void *data;
	size_t items;
	atomic_size_t next;
	pthread_t threads[WORKERS_MAX];
};

static void share(struct workers *crew)
{
	for (;;) {
		size_t item = atomic_fetch_add_explicit(&crew->next, 1, memory_order_relaxed);
		if (item >= crew->items)
			return;
		crew->work(crew->data, item);
	}
}

static void *serve(void *data)
{
	struct workers *crew = data;
	unsigned done = 0;
	pthread_mutex_lock(&crew->lock);
	for (;;) {
		while (crew->loop == done && !crew->closing)
			pthread_cond_wait(&crew->begin, &crew->lock);
		if (crew->closing)
			break;
		done = crew->loop;
		pthread_mutex_unlock(&crew->lock);
		share(crew);
		pthread_mutex_lock(&crew->lock);
		if (--crew->busy == 0)
			pthread_cond_signal(&crew->end);
	}
	pthread_mutex_unlock(&crew->lock);
	return NULL;
}

/* With all signals blocked, so that Ctrl-C reaches the thread that handles it. */
static void start(struct workers *crew, size_t count)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (crew->started < count &&
	       pthread_create(&crew->threads[crew->started], NULL, serve, crew) == 0)
		crew->started++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct workers *workers_new(size_t threads)
{
	struct workers *crew = mem_zalloc(sizeof(*crew));
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->begin, NULL);
	pthread_cond_init(&crew->end, NULL);
	if (!threads)
		threads = cpu_cores();
	start(crew, (threads < WORKERS_MAX ? threads : WORKERS_MAX) - 1);
	return crew;
}

void workers_free(struct workers *crew)
{
	if (!crew)
		return;
	pthread_mutex_lock(&crew->lock);
	crew->closing = true;
	pthread_cond_broadcast(&crew->begin);
	pthread_mutex_unlock(&crew->lock);
	for (size_t i = 0; i < crew->started; i++)
		pthread_join(crew->threads[i], NULL);
	pthread_cond_destroy(&crew->begin);
	pthread_cond_destroy(&crew->end);
	pthread_mutex_destroy(&crew->lock);
	mem_free(crew);
}

size_t workers_count(const struct workers *crew)
{
	return crew ? crew->started + 1 : 1;
}

void workers_run(struct workers *crew, size_t items, void (*work)(void *data, size_t item),
		 void *data)
{
	if (!crew || !crew->started || items < 2) {
		for (size_t i = 0; i < items; i++)
			work(data, i);
		return;
	}
	pthread_mutex_lock(&crew->lock);
	crew->work = work;
	crew->data = data;
	crew->items = items;
	atomic_store(&crew->next, 0);
	crew->busy = crew->started;
	crew->loop++;
	pthread_cond_broadcast(&crew->begin);
	pthread_mutex_unlock(&crew->lock);
	share(crew);
	pthread_mutex_lock(&crew->lock);
	while (crew->busy)
		pthread_cond_wait(&crew->end, &crew->lock);
	pthread_mutex_unlock(&crew->lock);
}
