/* sketch.h - which words a sequence holds, in 64 bits.
 *
 *     uint64_t a = sketch_of(ids, count), b = ...;
 *     if (count - sketch_missing(a, b) < needed)
 *             ... they have fewer than `needed` words in common ...
 *
 * Each word sets one of the lower 58 bits; the upper 6 are the length, 63 for that and
 * more. A bit of A that B lacks is at least one word of A that B lacks; so A and B have
 * at most |A| - popcount(A & ~B) words in common (Sandes et al. 2020 use such bitmaps
 * for set joins). With some 17 words a sequence, sketches rule out nearly all pairs.
 *
 * kernel.h compares many of them at once. Nothing here allocates.
 */
#ifndef TEXT_NOVELTY_SKETCH_H
#define TEXT_NOVELTY_SKETCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/bits.h"

#define SKETCH_BITS 58
#define SKETCH_WORDS ((UINT64_C(1) << SKETCH_BITS) - 1)
#define SKETCH_LENGTHS 64
#define SKETCH_ENOUGH 12 /* words up to which 58 bits suffice */

uint64_t sketch_of(const uint32_t *ids, size_t count);

static inline unsigned sketch_length(uint64_t sketch)
{
	return (unsigned)(sketch >> SKETCH_BITS);
}

/* Bits of the words of `a` that `b` lacks. */
static inline unsigned sketch_missing(uint64_t a, uint64_t b)
{
	return bits_count(a & ~b & SKETCH_WORDS);
}

/* Longer sequences need more bits: a bitmap of sketch_wide_size(count) words of 64 bits, a
 * power of two, with at least 2 bits a word of the sequence; 0 up to SKETCH_ENOUGH. Two that are
 * compared have the same size. The bound is that of the narrow sketch. */
size_t sketch_wide_size(size_t count);
void sketch_wide(uint64_t *wide, size_t size, const uint32_t *ids, size_t count);
/* Bits of each that the other lacks. */
void sketch_wide_missing(const uint64_t *a, const uint64_t *b, size_t size, size_t *a_missing,
			 size_t *b_missing);

#endif
