#include "teacher/http/jobs.h"

#include "base/mem.h"

void jobs_init(struct jobs *q)
{
	*q = (struct jobs){ .later = HEAP_INIT };
	q->end = &q->first;
}

void jobs_release(struct jobs *q)
{
	while (q->all) {
		struct job *j = q->all;
		q->all = j->all;
		request_free(j->request);
		stream_release(&j->stream);
		mem_free(j->words);
		mem_free(j);
	}
	heap_release(&q->later);
}

struct job *jobs_new(struct jobs *q)
{
	struct job *j = q->unused;
	if (j) {
		q->unused = j->next;
		*j = (struct job){ .all = j->all, .stream = j->stream };
	} else {
		j = mem_zalloc(sizeof(*j));
		j->stream = (struct stream)STREAM_INIT;
		j->all = q->all;
		q->all = j;
	}
	jobs_append(q, j);
	return j;
}

void jobs_append(struct jobs *q, struct job *j)
{
	j->next = NULL;
	*q->end = j;
	q->end = &j->next;
}

void jobs_put_first(struct jobs *q, struct job *j)
{
	j->next = q->first;
	q->first = j;
	if (!j->next)
		q->end = &j->next;
}

struct job *jobs_take(struct jobs *q)
{
	struct job *j = q->first;
	q->first = j->next;
	if (!q->first)
		q->end = &q->first;
	return j;
}

void jobs_put_off(struct jobs *q, struct job *j, int64_t due)
{
	heap_push(&q->later, due, j);
}

void jobs_wake(struct jobs *q, int64_t now)
{
	struct job **at = &q->first;
	while (heap_key(&q->later) <= now) {
		struct job *j = heap_pop(&q->later);
		j->next = *at;
		*at = j;
		at = &j->next;
		if (!j->next)
			q->end = at;
	}
}

void jobs_drop(struct jobs *q, struct job *j)
{
	request_free(j->request);
	j->request = NULL;
	mem_free(j->words);
	j->words = NULL;
	stream_release(&j->stream); /* it is as large as the answer was */
	j->next = q->unused;
	q->unused = j;
}
