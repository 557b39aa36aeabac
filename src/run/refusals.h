/* refusals.h - are all requests of a stage refused alike?
 *
 *     if (refusals_allow(&r, under_way, now))
 *             refusals_asked(&r, now);                // … one more
 *     refusals_note(&r, stage, reply);               // each that the teacher itself answered
 *     if (r.is_hopeless)
 *             … r.words …
 *
 * A parameter, a model or an account that a server refuses is refused for every request: after
 * REFUSALS_ALIKE of them, and no answer, the rest would be, too. Words that differ in their
 * numbers alone are alike. An answer of that stage that was under way meanwhile takes it back.
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
		int64_t alike;         /* in a row, so far; -1: some request was answered */
		uint64_t words;        /* a hash of the last ones */
	} stages[REFUSALS_STAGES];
	size_t count;
	int64_t asked, first;          /* how many, and when the first was */
	bool is_open;                  /* any number may be asked; from the start of teachers that gather */
	bool is_hopeless;
	int64_t hopeless_stage;
	char words[512];               /* of the refusal, as far as they fit */
};

/* May another be asked while `under_way` are, at the time `now` (monotonic)? Servers refuse at once:
 * until a request is answered, or a moment has passed since the first, no more are asked than
 * would show that all are refused. */
#define REFUSALS_MOMENT (200 * CLOCK_MS)
bool refusals_allow(struct refusals *r, size_t under_way, int64_t now);
void refusals_asked(struct refusals *r, int64_t now);

void refusals_note(struct refusals *r, int64_t stage, const struct reply *reply);

#endif
