/* contamination.h - remove the lines that hold a piece of a benchmark.
 *
 *     struct contamination_options o = { .clean = { … }, .rules = CONTAMINATION_ALL, … };
 *     status = contamination_run(&o, crew, &counts, err);
 *
 * | rule         | a line is removed if                                | used for             |
 * |--------------|-----------------------------------------------------|----------------------|
 * | 13-gram      | it has 13 words in a row in common with an item     | GPT-3 (2005.14165)   |
 * | 8-gram       | 8 words in a row                                    | Llama 3 (2407.21783) |
 * | 8-gram-share | more than half of the item's words lie in 8-grams   | Tülu 3 (2411.15124)  |
 * |              | that the line has too                               |                      |
 * | 50-char      | 50 letters and digits in a row, all else left out   | GPT-4 (2303.08774)   |
 *
 * Differences: GPT-4's report draws three pieces of each item at random, here each piece
 * counts; and a rule cannot find an item shorter than its piece (the run reports how many
 * there were). Words are those of words.h. The explanation has the match.
 */
#ifndef CLEAN_CONTAMINATION_H
#define CLEAN_CONTAMINATION_H

#include "clean/clean.h"
#include "text/words.h"
#include "vector/source.h"

enum contamination_rule_number {
	RULE_13_GRAM,
	RULE_8_GRAM,
	RULE_8_GRAM_SHARE,
	RULE_50_CHAR,
	RULES
};

struct contamination_rule {
	const char *name;
	size_t least;                /* words or characters in a row */
	bool characters;
	bool share;                  /* counts what share of the item is found */
};
extern const struct contamination_rule contamination_rules[RULES];

struct contamination_options {
	struct clean_options clean;
	const char *const *against;  /* the benchmarks: files of the same kind */
	size_t against_count;
	const char *const *against_fields; /* the texts of an item; NULL: as in `clean` */
	size_t against_field_count;
	bool rules[RULES];
	double share;                /* for RULE_8_GRAM_SHARE: more than this, 0.5 */
	enum words_kind tokenizer;
	bool semantic;               /* by vectors instead of rules (semantic.h) */
	struct vectors_source source;
	const char *against_vectors; /* where the source is a file: that of all items, in their order */
	double threshold;
};

struct contamination_counts {
	struct clean_counts lines;
	size_t items;
	size_t too_short[RULES];     /* items that the rule cannot find */
};

int contamination_run(const struct contamination_options *o, struct workers *crew,
		      struct contamination_counts *counts, struct sow_error *err);

/* The same on ranks (spread.h): each reads the benchmarks and has its part of the input. */
struct spread;
int contamination_spread(struct spread *s, const struct contamination_options *o, struct workers *crew,
			 struct contamination_counts *counts, struct sow_error *err);

#endif
