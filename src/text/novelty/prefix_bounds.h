/* prefix_bounds.h - what two lengths allow: how much two sequences must share to score above a bar.
 *
 *     if (lcs < common_needed(0.7, a, b))
 *             ... rouge_f(lcs, a, b) is not above 0.7 ...
 *
 * F is 2·lcs/(a + b) but for rounding of some 1e-16, which decides where F meets the bar. So
 * the bounds lower the bar by far more than that, and rouge_f itself judges what passes them.
 * They never skip a pair that could have passed.
 *
 * The prefix of a sequence is its rarest words, so many that two sequences above the bar
 * must have a word in common that is in the prefix of both: if they share k words, the
 * rarest of those is among the n - k + 1 rarest of each (Chaudhuri et al. 2006, Bayardo
 * et al. 2007). `struct prefix_bounds` holds what a query of n words needs to know of that.
 *
 * A posting is late if its word is so far back in the prefix of its sequence that no sequence
 * of that length or more needs it: of sequences up to the query's own length a query passes
 * over the late ones. They are those of the most frequent words.
 */
#ifndef TEXT_NOVELTY_PREFIX_BOUNDS_H
#define TEXT_NOVELTY_PREFIX_BOUNDS_H

#include <stddef.h>
#include <stdint.h>

#include "text/kernel.h"
#include "text/novelty/postings.h"

/* The fewest common words with which a pair can score above the bar, at least 1. If no number is
 * enough, more than the shorter length. */
size_t common_needed(double bar, size_t a, size_t b);

struct prefix_bounds {
	size_t prefix;                  /* 0 for an empty sequence */
	size_t early;                   /* words of the prefix before the late ones */
	size_t visits[POSTING_CLASSES]; /* words of the prefix that matter in each class */
	struct sieve sieve;
};

void prefix_bounds_of(struct prefix_bounds *r, double bar, size_t n);

#endif
