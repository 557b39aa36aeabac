/* judge.h - a teacher's grade, from 1 to 10, as stages that methods put into their tables.
 *
 *     &stage_judging        how good is this answer? Chooses the best of several.
 *     &stage_difficulty     how difficult is this instruction? As in the analysis of
 *                           Evol-Instruct (arXiv:2304.12244).
 *
 * The run opens the judge and puts it among the options of the method's state. Pure functions.
 */
#ifndef METHOD_JUDGE_H
#define METHOD_JUDGE_H

#include "method/method.h"

extern const struct stage stage_judging, stage_difficulty;

struct judge;

/* The judge for one of the two stages, made in `a` with the prompt judge/answer or evol/difficulty. NULL on
 * failure, with *err set. */
struct judge *judge_new(struct arena *a, const struct prompt_shelf *prompts,
			const struct stage *what, struct sow_error *err);

/* The first number in the reply, if it is from 1 to 10 (also "8/10", "Grade: 7.5"); else 0. */
double judge_read(struct view reply);

#endif
