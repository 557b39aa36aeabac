/* judge.h - how good is this answer? A teacher's grade, from 1 to 10, to choose the best of
 * several by.
 *
 *     struct judge *j = judge_new(arena, &shelf, err);
 *     status = judge_plan(j, &unit, answer, &request);
 *     double grade = judge_read(reply->text);
 *
 * The prompt is prompts/judge/answer.txt, as messages answer.chat.txt. Pure functions.
 */
#ifndef METHOD_JUDGE_H
#define METHOD_JUDGE_H

#include "method/method.h"

struct judge;

/* Made in `a`. NULL on failure, with *err set. */
struct judge *judge_new(struct arena *a, const struct prompt_shelf *prompts, struct sow_error *err);

/* The question is the unit's instruction with its input, or its conversation. SOW_OK with *out
 * the caller's, SOW_NOMEM or SOW_INVALID (damaged turns). */
int judge_plan(const struct judge *j, const struct unit *u, struct view answer,
	       struct request **out);

/* The first number in the reply, if it is from 1 to 10 (also "8/10", "Grade: 7.5"); else 0. */
double judge_read(struct view reply);

#endif
