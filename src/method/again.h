/* again.h - asks again for a reply that did not fit, and says why it did not.
 *
 * A unit's context keeps the reply and the reason: it is what run.db stores.
 */
#ifndef METHOD_AGAIN_H
#define METHOD_AGAIN_H

#include <stdbool.h>

#include "base/buf.h"
#include "data/request.h"
#include "io/json.h"

/* Appends the members "reply" and "why". */
void again_members(struct view reply, struct view why, struct buf *out);
/* Adds to the request the reply, why it did not fit, and a demand for another in the form that `wanted` names
 * ("with a number alone"). SOW_OK or SOW_TOOBIG. */
int again_ask(struct view reply, struct view why, bool chat, const char *wanted, struct request *r);
/* The same, from the members that again_members wrote. */
int again_ask_of(const json_value *context, bool chat, const char *wanted, struct request *r);

#endif
