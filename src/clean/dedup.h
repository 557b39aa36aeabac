/* dedup.h - keep one of the lines that say the same, or nearly.
 *
 *     struct dedup_options o = { .clean = { … }, .method = DEDUP_MINHASH, .shingle = 5,
 *                                .threshold = 0.7 };
 *     status = dedup_run(&o, crew, &counts, err);
 *
 * DEDUP_EXACT: texts with the same words in the same order are the same (see `same`).
 * DEDUP_MINHASH: texts whose sets of shingles have a Jaccard similarity of at least the
 * threshold are nearly the same (minhash_index.h): no false positives, and few misses.
 * DEDUP_SEMANTIC: records whose vectors have a cosine of at least the threshold (semantic.h).
 *
 * A line is removed if it is a duplicate of a kept one, which --explain names. Lines are
 * compared in the order of preference: as they come, or the longest or best first. The last
 * two orders read the file twice, as DEDUP_SEMANTIC does, so it cannot be a stream.
 *
 * Memory: exact, 80 to 120 bytes a line; minhash, 4 bytes a shingle and some 300 a line, of
 * those that are kept; in another order than the file's, the shingles and 48 of all lines, and
 * those 300 of the kept.
 */
#ifndef CLEAN_DEDUP_H
#define CLEAN_DEDUP_H

#include "clean/clean.h"
#include "text/words.h"
#include "vector/source.h"

enum dedup_method { DEDUP_EXACT, DEDUP_MINHASH, DEDUP_SEMANTIC };
enum dedup_keep { DEDUP_FIRST, DEDUP_LONGEST, DEDUP_BEST };
enum dedup_order { DEDUP_HARD, DEDUP_EASY, DEDUP_RANDOM }; /* of SemDeDup: by distance from the centre */
enum dedup_same { DEDUP_WORDS, DEDUP_SPACING, DEDUP_BYTES }; /* what exact compares */

struct dedup_options {
	struct clean_options clean;  /* for DEDUP_BEST with its score_field */
	enum dedup_method method;
	enum dedup_keep keep;
	enum dedup_same same;
	enum words_kind tokenizer;
	size_t shingle;              /* words, at least 1 */
	double threshold;
	size_t bands, rows;          /* 0 for both: chosen from the threshold */
	/* of DEDUP_SEMANTIC */
	struct vectors_source source;
	size_t clusters;             /* 0: none, exact; else SemDeDup's way */
	enum dedup_order order;
};

/* The same on ranks, each with its part of the input and its own files (spread.h); for DEDUP_SEMANTIC see
 * semantic.h. The ranks' files, from the lowest rank to the highest, hold what one process keeps. */
struct spread;
int dedup_spread(struct spread *s, const struct dedup_options *o, struct workers *crew,
		 struct clean_counts *counts, struct sow_error *err);

int dedup_run(const struct dedup_options *o, struct workers *crew, struct clean_counts *counts,
	      struct sow_error *err);

#endif
