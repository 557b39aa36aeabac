#include "method/loading.h"

#include <pthread.h>

#include "base/mem.h"
#include "base/queue.h"

#define BATCH 2048
#define WAITING 32       /* full batches that wait */

struct batch {
	size_t count;
	struct { struct view text; int64_t id; } list[BATCH];
};

struct loading {
	struct vocabulary *vocabulary;
	struct novelty *index;
	struct words words;      /* scratch */
	struct batch *filling;
	struct queue *full;      /* NULL: no thread yet */
	pthread_t thread;
	int status;              /* of the thread, until it has ended */
};

struct loading *loading_new(struct vocabulary *v, struct novelty *nv)
{
	struct loading *l = mem_zalloc(sizeof(*l));
	*l = (struct loading){ .vocabulary = v, .index = nv, .words = WORDS_INIT };
	return l;
}

static void index_batch(struct loading *l, struct batch *b)
{
	for (size_t i = 0; i < b->count && !l->status; i++) {
		int count = words_of(&l->words, l->vocabulary, b->list[i].text.p, b->list[i].text.len);
		l->status = count < 0 ? count : novelty_add(l->index, &l->words, b->list[i].id);
	}
	mem_free(b);
}

static void *work(void *data)
{
	struct loading *l = data;
	struct batch *b;
	while ((b = queue_take(l->full, QUEUE_FOREVER)))
		index_batch(l, b);
	return NULL;
}

/* Passes the batch to the thread; if the system cannot start one, indexes it here. */
static void hand_over(struct loading *l)
{
	struct batch *b = l->filling;
	if (!l->full) {
		struct queue *full = queue_new(WAITING);
		l->full = full;
		if (pthread_create(&l->thread, NULL, work, l)) {
			queue_free(full);
			l->full = NULL;
		}
	}
	l->filling = NULL;
	if (l->full)
		queue_put(l->full, b);
	else
		index_batch(l, b);
}

void loading_add(struct loading *l, struct view text, int64_t id)
{
	if (l->filling && l->filling->count == BATCH)
		hand_over(l);
	if (!l->filling) {
		l->filling = mem_alloc(sizeof(*l->filling));
		l->filling->count = 0;
	}
	struct batch *b = l->filling;
	b->list[b->count].text = text;
	b->list[b->count++].id = id;
}

int loading_end(struct loading *l)
{
	if (!l)
		return SOW_OK;
	if (l->full) {
		queue_close(l->full);
		pthread_join(l->thread, NULL);
		queue_free(l->full);
	}
	if (l->filling)
		index_batch(l, l->filling);
	int status = l->status;
	words_release(&l->words);
	mem_free(l);
	return status;
}
