/* kernel.h - inner loops with a version for each family of processors.
 *
 *     const struct kernel *k = kernel_fastest();
 *     size_t found = k->sift(&sieve, sketch, held, n, hits);
 *
 * Every kind gives the same results to the last bit; the test compares each that runs
 * here with the scalar one. Nothing here allocates or keeps anything.
 */
#ifndef TEXT_KERNEL_H
#define TEXT_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/novelty/sketch.h"

#define KERNEL_LANES 16

/* Which sketches a query must check, by the length that a sketch says. */
struct sieve {
	uint8_t ours[SKETCH_LENGTHS + 4];   /* fewer bits of ours than this are missing in it */
	uint8_t theirs[SKETCH_LENGTHS + 4]; /* fewer bits of it than this are missing in ours */
};

struct kernel {
	const char *name; /* "scalar", "avx2", "avx512", "neon" */
	bool (*can_run)(void);

	/* Those of held[0 .. n-1] that pass: their places go into hits[], in order, which has
	 * room for n. Returns how many. A sieve is read 3 bytes past its lengths. */
	size_t (*sift)(const struct sieve *sieve, uint64_t sketch, const uint64_t *held, size_t n,
		       uint32_t *hits);

	/* counts[i] = how many bits of v[i] are clear. */
	void (*count_clear)(const uint64_t *v, size_t n, uint8_t *counts);

	/* lows[j] = min(lows[j], items[i] * factors[j] + offsets[j]) over all i, modulo 2^32.
	 * `lows_count` is a multiple of KERNEL_LANES. */
	void (*minimize)(const uint32_t *items, size_t n, const uint32_t *factors,
			 const uint32_t *offsets, uint32_t *lows, size_t lows_count);
};

/* All that were compiled, the plainest first. */
extern const struct kernel kernels[];
extern const size_t kernel_count;

const struct kernel *kernel_fastest(void); /* of those that run here */

#endif
