/* ranks_threads.h - for tests: ranks that are threads of one process.
 *
 *     static void rank(struct ranks *r, void *data) { … }
 *     ranks_threads(3, rank, data);          // returns when all have
 */
#ifndef RANKS_RANKS_THREADS_H
#define RANKS_RANKS_THREADS_H

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ranks/ranks.h"
#include "ranks/ranks_private.h"

#define RANKS_THREADS_MOST 16

struct threads_shared {
	pthread_barrier_t barrier;
	size_t count;
	void (*work)(struct ranks *r, void *data);
	void *data;
	struct {
		const void *out;
		const int *len, *at;
	} given[RANKS_THREADS_MOST];
};

struct threads_rank {
	struct threads_shared *all;
	size_t rank;
};

static void threads_allgather(void *data, const void *own, size_t len, void *all)
{
	const struct threads_rank *t = data;
	t->all->given[t->rank].out = own;
	pthread_barrier_wait(&t->all->barrier);
	for (size_t k = 0; k < t->all->count && len; k++)
		memcpy((char *)all + k * len, t->all->given[k].out, len);
	pthread_barrier_wait(&t->all->barrier);
}

static void threads_alltoall(void *data, const void *out, const int *out_len, const int *out_at, void *in,
			     const int *in_len, const int *in_at)
{
	const struct threads_rank *t = data;
	t->all->given[t->rank].out = out;
	t->all->given[t->rank].len = out_len;
	t->all->given[t->rank].at = out_at;
	pthread_barrier_wait(&t->all->barrier);
	for (size_t k = 0; k < t->all->count; k++) {
		const char *from = t->all->given[k].out;
		if (t->all->given[k].len[t->rank] != in_len[k])
			abort();
		if (in_len[k])
			memcpy((char *)in + in_at[k], from + t->all->given[k].at[t->rank], (size_t)in_len[k]);
	}
	pthread_barrier_wait(&t->all->barrier);
}

static void threads_leave(void *data)
{
	(void)data;
}

static void *threads_start(void *data)
{
	static const struct ranks_transport transport = {
		threads_allgather, threads_alltoall, threads_leave
	};
	struct threads_rank *t = data;
	struct ranks *r = ranks_new(&transport, t, t->rank, t->all->count);
	if (!r)
		abort();
	t->all->work(r, t->all->data);
	ranks_leave(r);
	return NULL;
}

static inline void ranks_threads(size_t count, void (*work)(struct ranks *r, void *data), void *data)
{
	struct threads_shared all = { .count = count, .work = work, .data = data };
	struct threads_rank ranks[RANKS_THREADS_MOST];
	pthread_t threads[RANKS_THREADS_MOST];
	pthread_barrier_init(&all.barrier, NULL, (unsigned)count);
	for (size_t k = 0; k < count; k++) {
		ranks[k] = (struct threads_rank){ &all, k };
		if (pthread_create(&threads[k], NULL, threads_start, &ranks[k]))
			abort();
	}
	for (size_t k = 0; k < count; k++)
		pthread_join(threads[k], NULL);
	pthread_barrier_destroy(&all.barrier);
}

#endif
