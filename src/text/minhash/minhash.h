/* minhash.h - numbers that similar sets are likely to share (Broder 1997).
 *
 *     struct minhash m;
 *     minhash_init(&m, 0.7, 0, 0);
 *     uint32_t bands[MINHASH_MOST];
 *     minhash_bands(&m, kernel, set, count, bands);    // m.bands of them
 *
 * The least value of a random function over a set is the same for two sets with probability
 * J, their Jaccard similarity. `rows` such values make a band; two sets share at least one
 * of `bands` with probability 1 - (1 - J^rows)^bands, which rises steeply near a threshold.
 * Sets that share a band are candidates, which the caller checks.
 */
#ifndef TEXT_MINHASH_MINHASH_H
#define TEXT_MINHASH_MINHASH_H

#include <stddef.h>
#include <stdint.h>

#include "text/kernel.h"

#define MINHASH_MOST 256 /* values, bands · rows */

struct minhash {
	size_t bands, rows;
	size_t values;           /* bands · rows, and as many more as fill the lanes */
	uint32_t factors[MINHASH_MOST], offsets[MINHASH_MOST];
};

/* With 0 for both, the most rows with which 128 values still find a pair that is just at the
 * threshold nine times of ten. SOW_OK, or SOW_USAGE for too many values, or if only one of the two is 0. */
int minhash_init(struct minhash *m, double threshold, size_t bands, size_t rows);

/* Probability that two sets of that similarity share a band. */
double minhash_chance(const struct minhash *m, double similarity);

/* A number for each band, in all 32 bits. The set is not empty. */
void minhash_bands(const struct minhash *m, const struct kernel *k, const uint32_t *set,
		   size_t count, uint32_t *bands);

#endif
