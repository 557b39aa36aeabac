/* elimination.h - which evolutions fail, by the rules that need no judge.
 *
 *     enum rule_id broken = elimination_of_text(rules, evolved, parent, &detail);
 *     status = elimination_of_answer(rules, answer, &broken);
 *
 * Source: Xu et al. 2023, arXiv:2304.12244, "Elimination Evolving". Its first rule (no gain over
 * the parent) is a judge's; here only what repeats the parent word for word is caught.
 */
#ifndef METHOD_ELIMINATION_H
#define METHOD_ELIMINATION_H

#include "method/rules.h"

/* RULE_SCAFFOLD, RULE_EQUAL_TO_PARENT or RULE_COUNT. Scaffold words that the parent has too are
 * not copied from the prompt: many seed tasks speak of a "given prompt". *detail is what was met,
 * a part of `evolved` or a text that stays. */
enum rule_id elimination_of_text(const struct rules *r, struct view evolved, struct view parent,
				 struct view *detail);

/* *broken: RULE_REFUSAL ("sorry", and fewer words than the rule's number), RULE_EMPTY_ANSWER
 * or RULE_COUNT. "Yes", "no", "none" and "not" are answers, and no stop words here. SOW_OK or
 * SOW_NOMEM. */
int elimination_of_answer(const struct rules *r, struct view answer, enum rule_id *broken);

#endif
