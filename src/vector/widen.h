/* widen.h - a model's 16-bit and quantized numbers, converted to 32 bits.
 *
 *     halves_widen(weights, count, out);
 *
 * Numbers of 16 bits (IEEE) are not rounded. Of a block's small whole numbers a sum is: each is a
 * factor of the block, which is exact, and the block's least number.
 */
#ifndef VECTOR_WIDEN_H
#define VECTOR_WIDEN_H

#include <stddef.h>
#include <stdint.h>

#define WIDEN_BLOCK ((size_t)32) /* numbers in a block */

/* GGUF's Q4_1: number i is the low half of byte i, number i + 16 the high one. */
struct block_of_nibbles {
	uint16_t factor, least;
	uint8_t numbers[16];
};

/* GGUF's Q8_0. */
struct block_of_bytes {
	uint16_t factor;
	int8_t numbers[32];
};

void halves_widen(const uint16_t *halves, size_t count, float *out);
void nibbles_widen(const struct block_of_nibbles *blocks, size_t count, float *out); /* count blocks */
void bytes_widen(const struct block_of_bytes *blocks, size_t count, float *out);

/* For a test: the same in plain C. */
void nibbles_widen_plain(const struct block_of_nibbles *blocks, size_t count, float *out);
void bytes_widen_plain(const struct block_of_bytes *blocks, size_t count, float *out);

#endif
