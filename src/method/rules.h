/* rules.h - the table of rules that reject instructions, answers and records.
 *
 *     struct rules *rules = rules_new();
 *     status = rules_set(rules, "too-long=100", err);     // or "keyword=off"
 *     enum rule_id broken = rules_check(rules, instruction, &detail);
 *     rules_free(rules);
 *
 * Rules run in the table's order; the reject has the name of the first broken rule. Some rows are checked
 * elsewhere (they need the pool, or a whole reply); they are in the table so that every reject's name has a
 * reason and a switch.
 */
#ifndef METHOD_RULES_H
#define METHOD_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/view.h"
#include "data/record.h"
#include "sow/sow.h"

enum rule_id {
	/* on an instruction, in this order */
	RULE_CUT_REPLY, RULE_NO_LIST, RULE_EMPTY, RULE_TOO_SHORT, RULE_TOO_LONG, RULE_KEYWORD, RULE_PROGRAM,
	RULE_PUNCTUATION, RULE_NON_ASCII, RULE_TOO_MANY, RULE_NEAR_DUPLICATE,
	/* on an instance, in this order */
	RULE_CUT_INSTANCE, RULE_NO_OUTPUT, RULE_SAME_AS_INPUT, RULE_ENDS_WITH_COLON,
	RULE_CONFLICT, RULE_DUPLICATE_INSTANCE, RULE_OVER_FIVE,
	/* on a whole written record, before the others */
	RULE_MALFORMED,
	/* on an evolution: before the request for its answer, and on the answer */
	RULE_NO_EVOLUTION, RULE_SCAFFOLD, RULE_REPEATS_PROMPT, RULE_REFUSAL_OPENING,
	RULE_SELF_NAMING, RULE_ASKS_BACK, RULE_HOLDS_ANSWER, RULE_EQUAL_TO_PARENT, RULE_REFUSAL,
	RULE_EMPTY_ANSWER,
	/* on a task */
	RULE_CONVERSATION, RULE_OTHER_INPUT, RULE_NO_INSTANCE, RULE_REFUSED,
	/* on a record that a prompt is filled with, and on what the reply becomes */
	RULE_SHORT_CHUNK, RULE_UNSUPPORTED, RULE_OFF_QUESTION, RULE_NOT_ALONE,
	/* on a text whose instruction is written, and on that instruction */
	RULE_SHORT_TEXT, RULE_LONG_TEXT, RULE_COPIES_TEXT,
	/* on the messages of a conversation */
	RULE_AS_ASSISTANT, RULE_ONLY_THANKS, RULE_REPEATS_ITSELF, RULE_OTHER_ANSWER,

	RULE_MISSING_FIELD, RULE_FIELD_EXISTS, RULE_UNFIT, RULE_NO_ANSWER, RULE_LOW_GRADE,
	/* on answers that are compared */
	RULE_ONE_ANSWER, RULE_TIE, RULE_SAME_GRADE, RULE_SMALL_MARGIN,
	/* on a record that was not selected */
	RULE_NOT_WHERE, RULE_NO_SCORE, RULE_LOW_RANK, RULE_TOO_NEAR,
	RULE_COUNT
};

struct rule {
	const char *name;
	const char *why;      /* shown to users; no number, which a setting may change */
	double number;        /* the paper's; 0 where it has none */
	bool has_number;
	bool is_share;        /* its number is from 0 to 1, and need not be whole */
	bool fixed;           /* can't be switched off */
	const char *methods;  /* that use it, separated by blanks; NULL: it is fixed */
};
extern const struct rule rule_table[RULE_COUNT];

const char *rule_why(const char *name);       /* NULL: unknown */

struct rules;
struct rules *rules_new(void);                /* the paper's */
void rules_free(struct rules *r);

/* "NAME=off", "NAME=on", "NAME=NUMBER", "keyword=word,word,…" (instead of those there are;
 * with a "+" before the first, in addition to them).
 * SOW_USAGE names the nearest rule. */
int rules_set(struct rules *r, const char *setting, struct sow_error *err);

/* SOW_USAGE if the method does not use the rule of the setting. */
int rules_fit(const char *setting, const char *method, struct sow_error *err);

/* Counts words only by white space, as the paper does: every instruction in Chinese is then too short.
 * Otherwise each letter of a script without spaces is a word. */
void rules_count_spaced(struct rules *r);

bool rules_on(const struct rules *r, enum rule_id id);
double rules_number(const struct rules *r, enum rule_id id);

/* The active rules that the method uses, a line each, in the table's order, in the form of rules_set:
 * "too-long=150", "keyword=image,images,…", "program=off". Fixed rules are left out. */
void rules_text(const struct rules *r, const char *method, struct buf *out);

/* Checks an instruction by the rules that need nothing else (RULE_EMPTY to RULE_NON_ASCII). The broken rule,
 * or RULE_COUNT if none; *detail is the part of the text that broke it. */
enum rule_id rules_check(const struct rules *r, struct view instruction, struct view *detail);

/* Words of `text` as the rules count them. */
double rules_word_count(const struct rules *r, struct view text);

/* The same for one instance by itself (RULE_NO_OUTPUT to RULE_ENDS_WITH_COLON). */
enum rule_id rules_check_instance(const struct rules *r, const struct instance *i);

#endif
