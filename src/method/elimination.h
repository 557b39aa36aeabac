/* elimination.h - which evolutions fail, by the rules that need no judge.
 *
 *     const struct evolved e = { text, parent, prompt };
 *     status = elimination_of_text(rules, &e, arena, &broken, &detail);
 *     status = elimination_of_answer(rules, question, answer, &broken, &detail);
 *
 * Sources: Xu et al. 2023, arXiv:2304.12244, "Elimination Evolving"; what small teachers do wrong
 * besides (speech.h). Its first rule (no gain over the parent) is a judge's; here only what repeats the
 * parent word for word is caught.
 */
#ifndef METHOD_ELIMINATION_H
#define METHOD_ELIMINATION_H

#include <stdbool.h>

#include "base/arena.h"
#include "method/rules.h"

struct evolved {
	struct view text;
	struct view parent;   /* with its input */
	struct view prompt;   /* the words of the evolving prompt (speech_add_words) */
};

/* The broken rule, RULE_SCAFFOLD to RULE_EQUAL_TO_PARENT, in the table's order, or RULE_COUNT. Words that
 * the parent has too are not copied from the prompt: many seed tasks speak of a "given prompt". *detail is
 * what was met: a part of the text, one of `a`, or a text that stays. */
enum rule_id elimination_of_text(const struct rules *r, const struct evolved *e, struct arena *a,
				 struct view *detail);

/* The broken rule: RULE_REFUSAL_OPENING, RULE_SELF_NAMING, RULE_ASKS_BACK, RULE_REFUSAL ("sorry", and fewer
 * words than the rule's number), RULE_EMPTY_ANSWER or RULE_COUNT. "Yes", "no", "none" and "not" are
 * answers, and no stop words here; nor is any one word, where the question offers choices
 * (elimination_offers_choices). */
enum rule_id elimination_of_answer(const struct rules *r, struct view question, struct view answer,
				   struct view *detail);

/* The rules of speech.h on any text that should be an instruction: RULE_REFUSAL_OPENING to
 * RULE_HOLDS_ANSWER or RULE_COUNT, for methods that have no parent to compare it with. */
enum rule_id elimination_of_speech(const struct rules *r, struct view text, struct view context,
				   struct view *detail);

/* Has it the word "or" (of several languages), "choose", "select", "pick" or "which of", a second choice
 * ("B)", "(b)", "2."), or words with a slash between ("true/false")? */
bool elimination_offers_choices(struct view question);

#endif
