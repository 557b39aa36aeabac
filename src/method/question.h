/* question.h - an input as a unit to be answered, the request that asks for its answer, and the
 * answer in the reply.
 *
 *     status = question_take(input, outcome->arena, &unit);
 *     question_answers(input, outcome->arena, &list, &count);   // existing ones
 *     question_finish(input, chat, &accepted, outcome);
 *     status = question_add(&unit, chat, system, request);
 *     broken = question_answer(&unit, rules, reply, &answer, &detail);
 *
 * The question is a record's instruction with its input, or a conversation up to the answer at its end, the
 * assistant's last turns.
 */
#ifndef METHOD_QUESTION_H
#define METHOD_QUESTION_H

#include "method/method.h"

/* Sets instruction, input, turns, tools, fields and class. New texts are in `a`. SOW_OK or SOW_NOMEM. */
int question_take(const struct record *t, struct arena *a, struct unit *u);

/* Puts the system message before a question without one: the unit's record then holds all that the teacher
 * saw. New texts are in `a`. SOW_OK, SOW_NOMEM or SOW_INVALID. */
int question_keep_system(struct unit *u, const char *system, struct arena *a);

/* The existing answers: of instances that have one, or the turns after a conversation's question. Made in
 * `a`. */
void question_answers(const struct record *t, struct arena *a, struct instance **list, size_t *count);

/* Finishes a unit with the answers of *a, if any, or fails it if no request is possible: it asks nothing, or
 * is a conversation and `chat` is false. A record is one unit: its other inputs are rejected, except those
 * whose answers finish it. */
void question_finish(const struct record *t, bool chat, struct accepted *a, struct outcome *o);

/* Adds the question as a user would send it: messages, with the system message (NULL: none) before those
 * without one, or raw text. SOW_OK, SOW_NOMEM, SOW_TOOBIG, or SOW_INVALID (damaged turns). */
int question_add(const struct unit *u, bool chat, const char *system, struct request *r);

/* A request to the writer for the answer, with the recipe's sampling. SOW_OK with *out the caller's, or as
 * question_add. */
int question_plan(const struct unit *u, const struct method_options *o, const char *system,
		  size_t sample, struct request **out);

/* Reads a reply as the answer to the unit's question: *answer, whose texts are the reply's, and RULE_COUNT.
 * Or the rule that it breaks, RULE_REFUSED, RULE_CUT_REPLY or RULE_NO_OUTPUT, and in *detail the teacher's
 * text. */
enum rule_id question_answer(const struct unit *u, const struct rules *rules, const struct reply *r,
			     struct instance *answer, struct view *detail);

/* Appends instruction and input as a prompt shows them, without white space at their ends. */
void question_show(struct view instruction, struct view input, struct buf *out);

#endif
