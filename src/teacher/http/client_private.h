/* client_private.h - shared by the two files of the teacher "http": client.c sends requests and takes
 * answers, client_failed.c decides what to do with one that failed.
 */
#ifndef TEACHER_HTTP_CLIENT_PRIVATE_H
#define TEACHER_HTTP_CLIENT_PRIVATE_H

#include <stdatomic.h>

#include "base/clock.h"
#include "teacher/http/jobs.h"
#include "teacher/http/notices.h"
#include "teacher/http/setup.h"

struct client {
	struct setup_http setup;
	struct jobs jobs;
	int in_hand, on_wire;
	int fresh;                   /* of those in hand, those without a failure so far */
	struct notices notices;
	int64_t failing_since;       /* the first failure since a server last answered; 0: none */
	struct sow_error why;        /* status not 0: it cannot continue */
	int64_t drained;             /* when to stop waiting for the requests still in flight */
	struct buf last;             /* message of the last failure */
	void (*done)(void *data, struct reply *r); /* of the step under way */
	void *done_data;
	atomic_llong load_wire, load_limit, load_retries;
	atomic_int load_up;
};

/* client.c */
int client_capacity_of(const struct client *o);
/* Passes the reply on and frees the job. */
void client_complete(struct client *o, struct job *j, struct reply *r);
void client_fail(struct client *o, struct job *j, const char *words);

/* client_failed.c */
void client_on_failure(struct client *o, struct job *j, const struct http_answer *a,
		       struct view body, const struct answer *answer, enum answer_kind kind);
/* The server answered this request, so it takes others like it. */
void client_clear_suspicion(struct client *o, const struct job *j);
/* Once all other requests have ended, suspects are asked again, or fail. */
void client_ask_suspects(struct client *o);
/* Sends nothing more. Requests in flight are paid for: it waits for them for a while. */
void client_stop_asking(struct client *o);

static inline double client_seconds(int64_t ns)
{
	return (double)ns / (double)CLOCK_SECOND;
}

#endif
