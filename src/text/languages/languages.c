#include "text/languages.h"

#include <pthread.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/queue.h"
#include "text/language.h"

#define BATCH ((size_t)32 << 10) /* bytes handed over at once */
#define WAITING 4                /* batches a thread */

/* Texts one after the other, each with its length before it. */
struct batch {
	size_t used;
	char bytes[BATCH];
};

struct worker {
	pthread_t thread;
	struct queue *queue;
	int64_t count[LANGUAGE_COUNT];
};

struct languages {
	struct queue *queue;
	struct batch *filling;
	size_t threads;              /* that run */
	int64_t count[LANGUAGE_COUNT];
	struct worker workers[];
};

static void count_batch(const struct batch *b, int64_t count[LANGUAGE_COUNT])
{
	for (size_t at = 0, len; at < b->used; at += len) {
		memcpy(&len, b->bytes + at, sizeof(len));
		at += sizeof(len);
		count[language_of(b->bytes + at, len)]++;
	}
}

static void *work(void *data)
{
	struct worker *w = data;
	struct batch *b;
	while ((b = queue_take(w->queue, QUEUE_FOREVER))) {
		count_batch(b, w->count);
		mem_free(b);
	}
	return NULL;
}

static void start(struct languages *l, size_t threads)
{
	for (; l->threads < threads; l->threads++) {
		struct worker *w = &l->workers[l->threads];
		w->queue = l->queue;
		if (pthread_create(&w->thread, NULL, work, w) != 0)
			return;
	}
}

struct languages *languages_new(size_t threads)
{
	struct languages *l = mem_zalloc(sizeof(*l) + threads * sizeof(l->workers[0]));
	l->queue = queue_new(WAITING * (threads ? threads : 1));
	start(l, threads);
	return l;
}

static void hand_over(struct languages *l)
{
	struct batch *b = l->filling;
	l->filling = NULL;
	if (!b || (l->threads && queue_put(l->queue, b)))
		return;
	count_batch(b, l->count);
	mem_free(b);
}

static struct batch *new_batch(void)
{
	struct batch *b = mem_alloc(sizeof(*b));
	b->used = 0;
	return b;
}

void languages_add(struct languages *l, struct view text)
{
	/* of a text larger than a batch, what fits decides */
	size_t len = text.len < BATCH / 2 ? text.len : BATCH / 2, need = sizeof(len) + len;
	if (l->filling && l->filling->used + need > BATCH)
		hand_over(l);
	if (!l->filling)
		l->filling = new_batch();
	char *to = l->filling->bytes + l->filling->used;
	memcpy(to, &len, sizeof(len));
	if (len)
		memcpy(to + sizeof(len), text.p, len);
	l->filling->used += need;
}

const int64_t *languages_finish(struct languages *l)
{
	hand_over(l);
	queue_close(l->queue);
	for (; l->threads; l->threads--) {
		struct worker *w = &l->workers[l->threads - 1];
		pthread_join(w->thread, NULL);
		for (size_t i = 0; i < LANGUAGE_COUNT; i++)
			l->count[i] += w->count[i];
	}
	return l->count;
}

void languages_free(struct languages *l)
{
	if (!l)
		return;
	languages_finish(l);
	queue_free(l->queue);
	mem_free(l);
}
