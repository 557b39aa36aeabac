/* repetition.h - how much of a text it has said before.
 *
 *     status = repetition_of(text, 4, &share);   // 0: every four words in a row are new
 */
#ifndef TEXT_REPETITION_H
#define TEXT_REPETITION_H

#include <stddef.h>

#include "base/view.h"

/* The share of the runs of `n` words that occurred earlier in the text: 1 - distinct / all, seq-rep-n of
 * Welleck et al. (arXiv:1908.04319) over words instead of tokens, as WORDS_UNICODE has them. 0 of a
 * text with fewer words. Runs are compared by 64 bits of a hash. SOW_OK, SOW_NOMEM, or SOW_TOOBIG past
 * WORDS_MAX words. */
int repetition_of(struct view text, size_t n, double *share);

#endif
