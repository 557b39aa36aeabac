/* elimination.h - which evolutions fail by the rules that do not need a judge.
 *
 *     const struct evolved e = { text, parent, prompt };
 *     status = elimination_of_text(rules, &e, arena, &broken, &detail);
 *     status = elimination_of_answer(rules, question, answer, &broken, &detail);
 *
 * Sources: Xu et al. 2023, arXiv:2304.12244, "Elimination Evolving"; further errors of small teachers
 * (speech.h). The paper's first rule (no gain over the parent) needs a judge; the rules here only catch a
 * text that repeats the parent word for word.
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

/* The broken rule, RULE_SCAFFOLD to RULE_EQUAL_TO_PARENT, in the table's order, or RULE_COUNT. Words that the
 * parent also has do not count as copied from the prompt: many seed tasks speak of a "given prompt". *detail
 * is what broke the rule: a part of the text, a text in `a`, or a static text. */
enum rule_id elimination_of_text(const struct rules *r, const struct evolved *e, struct arena *a,
				 struct view *detail);

/* The broken rule: RULE_REFUSAL_OPENING, RULE_SELF_NAMING, RULE_ASKS_BACK, RULE_REFUSAL ("sorry", and fewer
 * words than the rule's number), RULE_EMPTY_ANSWER or RULE_COUNT. "Yes", "no", "none" and "not" are answers,
 * not stop words, as is any single word where the question offers choices (elimination_offers_choices). */
enum rule_id elimination_of_answer(const struct rules *r, struct view question, struct view answer,
				   struct view *detail);

/* The rules of speech.h on any text that should be an instruction: RULE_REFUSAL_OPENING to
 * RULE_HOLDS_ANSWER or RULE_COUNT, for methods without a parent to compare it with. */
enum rule_id elimination_of_speech(const struct rules *r, struct view text, struct view context,
				   struct view *detail);

/* True if the question has the word "or" (in several languages), "choose", "select", "pick" or "which of", a
 * second choice ("B)", "(b)", "2."), or words with a slash between them ("true/false"). */
bool elimination_offers_choices(struct view question);

#endif
