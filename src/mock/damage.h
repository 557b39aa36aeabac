/* damage.h - turns a good reply into the bad one of a fault. */
#ifndef MOCK_DAMAGE_H
#define MOCK_DAMAGE_H

#include <stdbool.h>

#include "base/draw.h"
#include "io/http_server.h"
#include "mock/fault.h"

/* For faults that alter the answer and those that need none: all but FAULT_STATUS, FAULT_EMPTY and
 * FAULT_FILTERED, whose replies are written differently from the start. `is_messages`: an answer of
 * Anthropic's API. */
void damage_reply(enum fault_kind kind, bool is_messages, struct draw *d, struct http_reply *out);

#endif
