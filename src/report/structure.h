/* structure.h - the tasks that a set's instructions name: the most frequent verbs, and the nouns of each.
 *
 *     struct structure *s = structure_new(10000, err);
 *     structure_add(s, instruction);               // each instruction
 *     structure_finish(s, threads);                // parses
 *     structure_figures(structure_result(s), figures);
 *     structure_free(s);
 *
 * The figure of Wang et al. 2022: the 20 most frequent verbs, and with each the 4 most frequent
 * nouns. Parsing takes some 15 ms a sentence and core, so of a large set only a sample is
 * parsed: every instruction is as likely to be in it as any other, and the same set gives the
 * same sample. Equal first sentences are parsed once.
 *
 * Memory: the sample's first sentences and their results.
 */
#ifndef REPORT_STRUCTURE_H
#define REPORT_STRUCTURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/view.h"
#include "report/figures.h"
#include "sow/sow.h"
#include "text/verb_noun.h"

#define STRUCTURE_VERBS 20
#define STRUCTURE_NOUNS 4

struct structure_noun {
	const char *noun;
	int64_t count;
};

struct structure_verb {
	const char *verb;            /* texts live as long as the structure */
	int64_t count;               /* with any noun */
	struct structure_noun nouns[STRUCTURE_NOUNS];
	size_t noun_count;
};

struct structure_result {
	int64_t instructions, sampled;
	int64_t outcomes[GRAMMAR_OUTCOMES]; /* of the sampled */
	int64_t shown;                      /* of the sampled, in the pairs below */
	struct structure_verb verbs[STRUCTURE_VERBS];
	size_t verb_count;
};

struct structure;

/* At most `sample` instructions are parsed; 0: all. NULL on failure: SOW_MISSING if a
 * dictionary is missing. */
struct structure *structure_new(size_t sample, struct sow_error *err);
void structure_free(struct structure *s);     /* NULL is fine */
void structure_add(struct structure *s, struct view instruction);
/* Parses on `threads` (at least one). Call it once. */
void structure_finish(struct structure *s, size_t threads);
/* Lives as long as `s`; all zero before it is finished. */
const struct structure_result *structure_result(const struct structure *s);

/* The object "structure"; texts are the structure's. */
void structure_figures(const struct structure_result *r, struct figures *f);

#endif
