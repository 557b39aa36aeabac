/* Every kernel that runs here against the scalar one, on random data, with nothing but libc:
 * for a processor that the machine can emulate and has no test library for. */
#include <stdio.h>
#include <string.h>

#include "text/kernel.h"

#define HELD 200
#define LOWS 32

static uint64_t random_bits(void)
{
	static uint64_t state = 1;
	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return state ^ state >> 29;
}

static int same(const struct kernel *k, const struct kernel *plain)
{
	uint64_t held[HELD], sketch = random_bits() & random_bits();
	uint32_t hits[2][HELD], items[HELD], factors[LOWS], offsets[LOWS], lows[2][LOWS];
	uint8_t counts[2][HELD];
	struct sieve sieve;
	size_t n = random_bits() % HELD;
	for (size_t i = 0; i < sizeof(sieve.ours); i++) {
		sieve.ours[i] = random_bits() % 50;
		sieve.theirs[i] = random_bits() % 50;
	}
	for (size_t i = 0; i < HELD; i++) {
		held[i] = random_bits() & random_bits();
		items[i] = (uint32_t)random_bits();
	}
	for (size_t i = 0; i < LOWS; i++) {
		factors[i] = (uint32_t)random_bits();
		offsets[i] = (uint32_t)random_bits();
		lows[0][i] = lows[1][i] = (uint32_t)random_bits();
	}
	size_t found = plain->sift(&sieve, sketch, held, n, hits[0]);
	if (k->sift(&sieve, sketch, held, n, hits[1]) != found ||
	    memcmp(hits[0], hits[1], found * sizeof(hits[0][0])) != 0)
		return 0;
	plain->count_clear(held, n, counts[0]);
	k->count_clear(held, n, counts[1]);
	plain->minimize(items, n, factors, offsets, lows[0], LOWS);
	k->minimize(items, n, factors, offsets, lows[1], LOWS);
	return memcmp(counts[0], counts[1], n) == 0 &&
	       memcmp(lows[0], lows[1], sizeof(lows[0])) == 0;
}

int main(void)
{
	for (size_t i = 0; i < kernel_count; i++) {
		if (!kernels[i].can_run())
			continue;
		for (int round = 0; round < 3000; round++) {
			if (!same(&kernels[i], &kernels[0])) {
				printf("%s differs from scalar\n", kernels[i].name);
				return 1;
			}
		}
		printf("%s ok\n", kernels[i].name);
	}
	return 0;
}
