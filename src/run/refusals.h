/* refusals.h - are all requests of a stage refused alike?
 *
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
	bool is_hopeless;
	int64_t hopeless_stage;
	char words[512];               /* of the refusal, as far as they fit */
};

void refusals_note(struct refusals *r, int64_t stage, const struct reply *reply);

#endif
