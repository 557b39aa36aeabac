/* notices.h - messages to the user about servers, with keys removed.
 *
 *     notices_init(&n, &secrets, &pool);
 *     notices_describe(&n, server, failure, &answer, &words, &line);
 *     notices_trouble(&n, &line);             // shown once, and counted
 *     while (notices_take(&n, &line)) …       // by the caller that shows them
 *
 * Messages beyond the room are dropped: they are news, not results. The run's records keep the tally.
 */
#ifndef TEACHER_HTTP_NOTICES_H
#define TEACHER_HTTP_NOTICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "teacher/http/secrets.h"
#include "teacher/http/server_pool.h"
#include "teacher/http/tally.h"

#define NOTICES 16

struct notices {
	const struct secrets *secrets;
	const struct server_pool *pool;
	struct tally *tally;
	bool all_down;               /* already reported */
	char *list[NOTICES];
	size_t count;
};

void notices_init(struct notices *n, const struct secrets *secrets, const struct server_pool *pool);
void notices_release(struct notices *n);
/* Puts the oldest into `line`; false: there is none. */
bool notices_take(struct notices *n, struct buf *line);

/* The line is released by these. */
void notices_add(struct notices *n, struct buf *line);
void notices_trouble(struct notices *n, struct buf *line);

/* "http://host/v1: too many requests (HTTP 429): the server's words"; replaces the contents of `out`. */
void notices_describe(const struct notices *n, const struct server *s, const struct failure *f,
		      const struct http_answer *a, const struct answer_words *w, struct buf *out);

/* A finding about a server changes its requests: shown, and kept with the run. */
void notices_learnt(struct notices *n, const struct server *s, const struct buf *news);
/* Reports what is odd about an answer that is kept. */
void notices_oddities(struct notices *n, const struct server *s, const struct answer *a);
/* Parts of requests that the server's language cannot express; shown once. */
void notices_unsaid(struct notices *n, struct server *s, uint32_t parts);
void notices_redirect(struct notices *n, struct server *s);
void notices_pause(struct notices *n, const struct server *s, int64_t now);
void notices_up(struct notices *n, const struct server *s);
/* `last`: the message of its last failure. */
void notices_down(struct notices *n, const struct server *s, const char *last);

#endif
