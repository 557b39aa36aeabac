/* Every kernel that runs here against the scalar one, on random data, with nothing but libc:
 * for a processor that the machine can emulate and has no test library for. */
#include <stdio.h>
#include <string.h>

#include "text/kernel.h"
#include "vector/products.h"

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

/* Products of rows with panels, of one row with a list, and likenesses: bit by bit those of plain C. */
static int same_products(size_t kernel)
{
	static float rows[13 * 40], others[37 * 40], panels[48 * 40], out[2][13 * 48], listed[2][37];
	static int32_t likes[2][37];
	uint32_t list[37];
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		rows[i] = (float)(random_bits() % 2001) / 1000 - 1;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		others[i] = (float)(random_bits() % 2001) / 1000 - 1;
	for (size_t i = 0; i < 37; i++)
		list[i] = (uint32_t)(36 - i);
	panels_pack(panels, others, 40, 37, 40);
	for (size_t i = 0; i < 2; i++) {
		products_use(i ? kernel : 0);
		products(rows, 40, 13, panels, 3, 40, out[i], 48);
		products_listed(rows, others, 40, list, 37, 40, listed[i]);
		likenesses(listed[i], 20, others, 37, likes[i]);
	}
	return memcmp(out[0], out[1], sizeof(out[0])) == 0 && memcmp(listed[0], listed[1], sizeof(listed[0])) == 0 &&
	       memcmp(likes[0], likes[1], sizeof(likes[0])) == 0;
}

int main(void)
{
	for (size_t i = 0; products_kernel(i); i++) {
		for (int round = 0; round < 100; round++) {
			if (!same_products(i)) {
				printf("products: %s differs from plain\n", products_kernel(i));
				return 1;
			}
		}
		printf("products %s ok\n", products_kernel(i));
	}
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
