/* refusals.h - does the teacher refuse all requests of a stage in the same way?
 *
 *     if (refusals_allow(&r, under_way, now))
 *             refusals_asked(&r, now);                // … one more
 *     refusals_note(&r, stage, reply);               // each reply of the teacher itself
 *     if (r.is_hopeless)
 *             … r.words …
 *
 * A server that refuses a parameter, a model or an account does so for every request: after
 * REFUSALS_ALIKE of them without an answer, the rest would be refused as well. Messages that differ
 * only in their numbers are alike. A later answer to a request of that stage takes the verdict back.
 */
#ifndef RUN_REFUSALS_H
#define RUN_REFUSALS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "data/request.h"

#define REFUSALS_ALIKE 20
#define REFUSALS_STAGES 8

struct refusals {
	struct {
		int64_t stage;
		int64_t alike;         /* in a row, so far; -1: a request was answered */
		uint64_t words;        /* a hash of the last message */
	} stages[REFUSALS_STAGES];
	size_t count;
	int64_t asked, first;          /* how many, and when the first was sent */
	bool is_open;                  /* no limit; from the start for teachers that gather */
	bool is_hopeless;
	int64_t hopeless_stage;
	char words[512];               /* of the refusal, as much as fits */
};

/* May another be sent while `under_way` are in flight, at the time `now` (monotonic)? Servers refuse at
 * once: until a request is answered, or a moment has passed since the first, no more are sent than it
 * takes to show that all are refused. */
#define REFUSALS_MOMENT (200 * CLOCK_MS)
bool refusals_allow(struct refusals *r, size_t under_way, int64_t now);
void refusals_asked(struct refusals *r, int64_t now);

void refusals_note(struct refusals *r, int64_t stage, const struct reply *reply);

#endif
