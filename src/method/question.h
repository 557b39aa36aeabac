/* question.h - an input as a unit to be answered, the request that asks for its answer, and the
 * answer in the reply.
 *
 *     status = question_take(input, outcome->arena, &unit);
 *     question_answers(input, outcome->arena, &list, &count);   // those it has already
 *     question_finish(input, chat, &accepted, outcome);
 *     status = question_add(&unit, chat, system, request);
 *     broken = question_answer(&unit, rules, reply, &answer, &detail);
 *
 * The question is a record's instruction with its input, or a conversation up to the answer at its
 * end: what the assistant says last.
 */
#ifndef METHOD_QUESTION_H
#define METHOD_QUESTION_H

#include "method/method.h"

/* Sets instruction, input, turns, tools, fields and class. What is new lies in `a`. SOW_OK or
 * SOW_NOMEM. */
int question_take(const struct record *t, struct arena *a, struct unit *u);

/* Puts the system message before the question, where it has none: the unit's record then holds
 * what the teacher was asked. What is new lies in `a`. SOW_OK, SOW_NOMEM or SOW_INVALID. */
int question_keep_system(struct unit *u, const char *system, struct arena *a);

/* The answers that are there: instances that have one, or what stands behind a conversation's
 * question. Made in `a`. */
void question_answers(const struct record *t, struct arena *a, struct instance **list, size_t *count);

/* A unit that was taken is finished with the answers of *a, if there are some, and fails if it can't
 * be asked about: it asks nothing, or is a conversation and `chat` is false. A record is one unit: of
 * its inputs those that are neither asked about nor answered already are rejected. */
void question_finish(const struct record *t, bool chat, struct accepted *a, struct outcome *o);

/* Adds what a user would send: messages, with the system message (NULL: none) before those that
 * have none, or raw text. SOW_OK, SOW_NOMEM, SOW_TOOBIG, or SOW_INVALID (damaged turns). */
int question_add(const struct unit *u, bool chat, const char *system, struct request *r);

/* A request of the writer's for the answer, as the recipe has it sampled. SOW_OK with *out the
 * caller's, or as question_add. */
int question_plan(const struct unit *u, const struct method_options *o, const char *system,
		  size_t sample, struct request **out);

/* The answer to the unit's question that a reply is: *answer, whose texts are the reply's, and
 * RULE_COUNT. Or the rule by which it is none, RULE_REFUSED, RULE_CUT_REPLY or RULE_NO_OUTPUT, and
 * in *detail what the teacher said. */
enum rule_id question_answer(const struct unit *u, const struct rules *rules, const struct reply *r,
			     struct instance *answer, struct view *detail);

/* Appends instruction and input as a prompt shows them: no white space at their ends. */
void question_show(struct view instruction, struct view input, struct buf *out);

#endif
