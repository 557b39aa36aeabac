/* rouge.h - ROUGE-L (Lin 2004), as rouge_score 0.1.2 computes it. */
#ifndef TEXT_ROUGE_H
#define TEXT_ROUGE_H

#include <stddef.h>
#include <stdint.h>

#include "text/words.h"

/* F = 2pr/(p+r) with p = lcs/a, r = lcs/b, in doubles and in this order, so that a
 * bound such as 0.7 falls as it does in published work; 0 if a length is 0. */
double rouge_f(size_t lcs, size_t a, size_t b);

/* Length of the longest common subsequence, SOW_NOMEM, or SOW_TOOBIG if the shorter one
 * is past INT_MAX. Bit-parallel (see lcs.h), O(ceil(short/64)·long). `lcs_plain` is the
 * textbook table, the reference in tests. */
int lcs_length(const uint32_t *a, size_t na, const uint32_t *b, size_t nb);
int lcs_plain(const uint32_t *a, size_t na, const uint32_t *b, size_t nb);

/* ROUGE-L F1 of two texts; SOW_NOMEM or SOW_TOOBIG (see words_of), which are negative. */
double rouge_l(enum words_kind kind, struct view a, struct view b);

#endif
