/* novel.h - keep the lines that are new: not too similar to a line kept before, by ROUGE-L.
 *
 *     struct novel_options o = { .clean = { … }, .threshold = 0.7 };
 *     status = novel_run(&o, crew, &counts, err);
 *
 * Greedy, in the order of the file, as Self-Instruct's filter does it (METHODS.md 1, 9): a
 * line is removed if some line before it that was kept, or a line of `against`, scores
 * above the threshold. Memory grows with what is kept: about 200 bytes for a sentence of
 * 17 words.
 */
#ifndef CLEAN_NOVEL_H
#define CLEAN_NOVEL_H

#include "clean/clean.h"
#include "text/words.h"

struct novel_options {
	struct clean_options clean;
	double threshold;            /* 0..1; a line that scores above it is removed */
	enum words_kind tokenizer;
	const char *const *against;  /* more files of the same kind */
	size_t against_count;
	bool exact_below;            /* also report the nearest of kept lines: slow */
};

int novel_run(const struct novel_options *o, struct workers *crew, struct clean_counts *counts,
	      struct sow_error *err);

#endif
