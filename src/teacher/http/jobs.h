/* jobs.h - requests on their way: waiting for a server that can take them, in flight, or deferred to a
 * later time.
 *
 *     struct job *j = jobs_new(&jobs);      // at the end of those that wait
 *     j = jobs_take(&jobs);                 // the first of them: it is in flight now
 *     jobs_put_off(&jobs, j, due);          // or jobs_append, or jobs_put_first, or
 *     jobs_drop(&jobs, j);                  // it is finished
 *     jobs_wake(&jobs, now);                // deferred jobs that are due go first
 *
 * Dropped jobs are reused.
 */
#ifndef TEACHER_HTTP_JOBS_H
#define TEACHER_HTTP_JOBS_H

#include <stdint.h>

#include "base/heap.h"
#include "data/request.h"
#include "teacher/http/form.h"
#include "teacher/http/param_support.h"
#include "teacher/http/server_pool.h"
#include "teacher/http/stream.h"

struct job {
	struct job *next;            /* waiting, or unused */
	struct job *all;
	struct request *request;
	struct server *server;       /* the last one asked; NULL: none yet */
	struct ticket ticket;
	struct params_sent sent;
	const struct form *form;     /* used by the last try; NULL: for a text */
	bool tries_form;             /* the server's form was unknown then */
	struct stream stream;
	char *words;                 /* why it was set aside as a suspect; NULL: it was not */
	int32_t sends, unknown;
	int failures;                /* in a row, of those that cost a wait */
	int tries;                   /* failures that count towards the limit */
	int64_t answered;            /* how many requests the server had answered at the last of them */
	int64_t asked;               /* monotonic */
	int64_t began;               /* wall clock, of the first try */
};

struct jobs {
	struct job *first, **end;    /* waiting */
	struct job *unused, *all;
	struct heap later;
};

void jobs_init(struct jobs *q);
void jobs_release(struct jobs *q);            /* with their requests */

struct job *jobs_new(struct jobs *q);
void jobs_append(struct jobs *q, struct job *j);
void jobs_put_first(struct jobs *q, struct job *j);
struct job *jobs_take(struct jobs *q);        /* must not be empty */
void jobs_put_off(struct jobs *q, struct job *j, int64_t due);
void jobs_wake(struct jobs *q, int64_t now);
void jobs_drop(struct jobs *q, struct job *j); /* frees its request */

#endif
