/* suspects.h - requests that one server refused without naming the part it does not take.
 *
 * If a server refuses requests of a kind that it has never answered, and names no part to leave out,
 * they are set aside instead of failed: when several have gathered, or nothing else is left, they are
 * sent again without one more part. Requests that are sent meanwhile find out for all of them.
 *
 *     switch (suspects_refused(&s, &support, job, words, is_last)) …
 *     if (suspects_answered(&s, &support, job, &news))
 *             … suspects_take: all are asked again …
 *     if (suspects_alone(&s, &support))         // all else has ended
 *             … suspects_take: all are asked again …; else they fail
 *
 * Guesses are param_support.h's.
 */
#ifndef TEACHER_HTTP_SUSPECTS_H
#define TEACHER_HTTP_SUSPECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "teacher/http/param_support.h"

struct job;

/* The kinds of requests, by the parts they went without, that a server has answered: it takes them. */
struct proofs {
	uint32_t without[8];
	size_t count;                /* the newest are kept */
};
void proofs_add(struct proofs *p, uint32_t without);
bool proofs_has(const struct proofs *p, uint32_t without);

struct suspects {
	struct job *first;
	int count;
	struct proofs proofs;
};

enum suspicion {
	SUSPECT_NOT,           /* it answered such requests before: this one is at fault */
	SUSPECT_ASIDE,         /* kept here */
	SUSPECT_AGAIN,         /* to be sent again: there is another guess */
	SUSPECT_ALL_AGAIN,     /* likewise, with all others kept here */
	SUSPECT_FAILED         /* leaving parts out did not help: it fails, with all others kept here */
};

/* `words`: the server's, copied. `is_last`: only suspects are in flight besides. */
enum suspicion suspects_refused(struct suspects *s, struct param_support *d, struct job *j,
				const struct buf *words, bool is_last);

/* An answer shows that the server takes such requests. True if that is news: then all requests kept here
 * are to be sent again. The findings are appended to `news`. */
bool suspects_answered(struct suspects *s, struct param_support *d, const struct job *j, struct buf *news);

/* The other requests have ended, and their findings did not help. True if the requests kept here are to
 * be sent again without one more part, false if they fail. There must be at least one. */
bool suspects_alone(struct suspects *s, struct param_support *d);

struct job *suspects_take(struct suspects *s); /* NULL: none is left */

#endif
