/* verb_noun.h - what an instruction asks for, as a verb and a noun: (write, poem).
 *
 *     struct verb_noun *v = verb_noun_new(err);
 *     struct verb_noun_pair pair;
 *     if (verb_noun_of(v, instruction, &pair) == GRAMMAR_FOUND)
 *             ... pair.verb, pair.noun: lemmas in lower case ...
 *     verb_noun_free(v);
 *
 * As in the figure of Wang et al. 2022: the main verb of the first sentence and its direct
 * object. The parser gets one clause of it: up to a colon or dash or, where only a
 * label ("Question:") stands before that, the part after it. A sentence that begins with a
 * word that can be a verb, and asks nothing, is an imperative, or no answer.
 *
 * English only. Threads: any number may use one. Tests hold it to a precision of 90 %.
 */
#ifndef TEXT_VERB_NOUN_H
#define TEXT_VERB_NOUN_H

#include "base/view.h"
#include "text/verb_noun/grammar.h"

struct verb_noun_pair {
	char verb[CLAUSE_WORD_MAX];
	char noun[CLAUSE_WORD_MAX];
};

struct verb_noun;

/* NULL on failure: SOW_MISSING without a dictionary, SOW_NOMEM. */
struct verb_noun *verb_noun_new(struct sow_error *err);
void verb_noun_free(struct verb_noun *v);     /* NULL is fine */
void verb_noun_share(struct verb_noun *v, size_t threads); /* as grammar_share */

/* As grammar_parse; GRAMMAR_NO_PARSE when out of memory. */
enum grammar_outcome verb_noun_of(struct verb_noun *v, struct view instruction,
				  struct verb_noun_pair *pair);

#endif
