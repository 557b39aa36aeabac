/* question.h - an input as a unit to be answered, and the request that asks for its answer.
 *
 *     status = question_take(input, outcome->arena, &unit);
 *     status = question_add(&unit, chat, system, request);
 *
 * The question is a task's instruction with its input, or a conversation up to the last turn of
 * the user's.
 */
#ifndef METHOD_QUESTION_H
#define METHOD_QUESTION_H

#include "method/method.h"

/* Sets instruction, input, turns and class. What is new lies in `a`. SOW_OK or SOW_NOMEM. */
int question_take(const struct record *t, struct arena *a, struct unit *u);

/* Puts the system message before the question, where it has none: the unit's record then holds
 * what the teacher was asked. What is new lies in `a`. SOW_OK, SOW_NOMEM or SOW_INVALID. */
int question_keep_system(struct unit *u, const char *system, struct arena *a);

/* The answers that are there: instances with an output, or the turn behind a conversation's
 * last question. Made in `a`; SOW_OK or SOW_NOMEM. */
int question_answers(const struct record *t, struct arena *a, struct instance **list, size_t *count);

/* False for a conversation where there are no messages. */
bool question_fits(const struct unit *u, bool chat);

/* Adds what a user would send: messages, with the system message (NULL: none) before those that
 * have none, or raw text. SOW_OK, SOW_NOMEM, SOW_TOOBIG, or SOW_INVALID (damaged turns). */
int question_add(const struct unit *u, bool chat, const char *system, struct request *r);

#endif
