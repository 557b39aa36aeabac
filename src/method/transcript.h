/* transcript.h - a conversation as a model is shown it that goes on with it.
 *
 *     transcript_add(turns, count, &text);                    // "User: Why?\n\nAssistant: Because."
 *     status = transcript_exchange(turns, count, request, &said);
 *
 * What is said to the assistant alone, its system message, is in neither.
 */
#ifndef METHOD_TRANSCRIPT_H
#define METHOD_TRANSCRIPT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/view.h"
#include "data/request.h"
#include "data/turn.h"

/* As one would note it down. */
void transcript_add(const struct turn *turns, size_t count, struct buf *out);

/* Adds it as messages with the sides exchanged, for a model that plays the user: a chat model speaks as
 * the assistant in its own turns, whatever it is told. What the user said are its own replies, as the JSON
 * that it is asked for; what the assistant said, and tools, are the messages that it gets. They alternate,
 * and stand behind a user's message that the request has. What the assistant said last is not added: it is
 * in *said, in the request's arena. SOW_OK, SOW_NOMEM or SOW_TOOBIG. */
int transcript_exchange(const struct turn *turns, size_t count, struct request *r, struct view *said);

#endif
