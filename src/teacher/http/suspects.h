/* suspects.h - requests that one server refused without a word about what it does not take.
 *
 * Where a server refuses requests of a kind that it has never answered, and names nothing that
 * could be left out, they are put aside and not failed: when some are together, or nothing else
 * is left, they are asked again without one part more. What is sent meanwhile finds out for all
 * of them.
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

/* Kinds of requests, by what they went without, that a server has answered: it takes them. */
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
	SUSPECT_NOT,           /* such requests were answered before: it is this one */
	SUSPECT_ASIDE,         /* kept here */
	SUSPECT_AGAIN,         /* to be asked again: there is another guess */
	SUSPECT_ALL_AGAIN,     /* and with it all that are here */
	SUSPECT_FAILED         /* leaving parts out did not help: it fails, and all that are here */
};

/* `words`: the server's, copied. `is_last`: no other request is under way but suspects. */
enum suspicion suspects_refused(struct suspects *s, struct param_support *d, struct job *j,
				const struct buf *words, bool is_last);

/* An answer says that the server takes such requests. True if that is news: all that are here are
 * to be asked again. What was found out is appended to `news`. */
bool suspects_answered(struct suspects *s, struct param_support *d, const struct job *j, struct buf *news);

/* The others have ended, and what they found out did not help. True if those that are here are to be
 * asked again without one part more, false if they fail. There must be one. */
bool suspects_alone(struct suspects *s, struct param_support *d);

struct job *suspects_take(struct suspects *s); /* NULL: none is left */

#endif
