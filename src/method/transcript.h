/* transcript.h - a conversation in the form for a model that continues it.
 *
 *     transcript_add(turns, count, &text);                    // "User: Why?\n\nAssistant: Because."
 *     status = transcript_exchange(turns, count, request, &said);
 *
 * Both omit the system message, which only the assistant sees.
 */
#ifndef METHOD_TRANSCRIPT_H
#define METHOD_TRANSCRIPT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/view.h"
#include "data/request.h"
#include "data/turn.h"

/* Appends it as a written dialogue. */
void transcript_add(const struct turn *turns, size_t count, struct buf *out);

/* Adds it as messages with the sides exchanged, for a model that plays the user: a chat model always speaks
 * as the assistant in its own turns, whatever its prompt says. The user's turns become its replies, in the
 * JSON that the prompt demands; those of the assistant and of tools become the messages that it gets. They
 * alternate, and follow a user's message that the request has. The assistant's last turn is not added: it is
 * in *said, in the request's arena. SOW_OK, SOW_NOMEM or SOW_TOOBIG. */
int transcript_exchange(const struct turn *turns, size_t count, struct request *r, struct view *said);

#endif
