/* vector.h - which text of a record becomes a vector.
 *
 *     status = vector_ask(u, VECTOR_OF_QUESTION, &request);
 *
 * A unit's instruction and input are its question, its context its answer. The request is raw text without a
 * template, as embedding models are trained on.
 */
#ifndef METHOD_VECTOR_H
#define METHOD_VECTOR_H

#include "data/request.h"
#include "data/unit.h"

/* As an option spells it: option_choice(VECTOR_OFS, text). */
#define VECTOR_OFS "question|answer|both"
enum vector_of { VECTOR_OF_QUESTION, VECTOR_OF_ANSWER, VECTOR_OF_BOTH };

/* The request for it, the caller's. SOW_OK, SOW_NOMEM or SOW_TOOBIG. */
int vector_ask(const struct unit *u, enum vector_of of, struct request **out);
/* True if the reply is a vector. */
bool vector_is(const struct reply *r);

#endif
