/* repetition.h - how much of a text it has said before.
 *
 *     double share = repetition_of(text, 4);     // 0: every four words in a row are new
 */
#ifndef TEXT_REPETITION_H
#define TEXT_REPETITION_H

#include <stddef.h>

#include "base/view.h"

/* The share of the runs of `n` words that stood in the text already: 1 - distinct / all, seq-rep-n of
 * Welleck et al. (arXiv:1908.04319) over words instead of tokens, as WORDS_UNICODE has them. 0 of a
 * text with fewer words. Runs are compared by 64 bits of a hash. Negative: SOW_NOMEM, or SOW_TOOBIG
 * past WORDS_MAX words. */
double repetition_of(struct view text, size_t n);

#endif
