#include "base/draw.h"

#include <string.h>

#define ROUNDS 10

void philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
	uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
	uint32_t k0 = key[0], k1 = key[1];
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t a = (uint64_t)0xD2511F53 * c0;
		uint64_t b = (uint64_t)0xCD9E8D57 * c2;
		uint32_t n0 = (uint32_t)(b >> 32) ^ c1 ^ k0;
		uint32_t n2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
		c1 = (uint32_t)b;
		c3 = (uint32_t)a;
		c0 = n0;
		c2 = n2;
		k0 += 0x9E3779B9;
		k1 += 0xBB67AE85;
	}
	out[0] = c0;
	out[1] = c1;
	out[2] = c2;
	out[3] = c3;
}

struct draw draw_start(uint64_t seed, uint32_t stream, uint64_t unit)
{
	return (struct draw){ .seed = seed, .unit = unit, .stream = stream };
}

static uint64_t stir(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0x9FB21C651E98DF25);
	return h ^ h >> 35;
}

uint64_t draw_unit(uint64_t so_far, const void *bytes, size_t len)
{
	uint64_t h = stir(so_far, len), word;
	const char *p = bytes;
	for (; len >= sizeof(word); len -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = stir(h, word);
	}
	word = 0;
	for (size_t i = 0; i < len; i++)
		word |= (uint64_t)(unsigned char)p[i] << 8 * i;
	return stir(stir(h, word), h >> 29);
}

uint64_t draw_u64(struct draw *d)
{
	const uint32_t counter[4] = { d->number++, d->stream, (uint32_t)d->unit,
				      (uint32_t)(d->unit >> 32) };
	const uint32_t key[2] = { (uint32_t)d->seed, (uint32_t)(d->seed >> 32) };
	uint32_t out[4];
	philox4x32(counter, key, out);
	return (uint64_t)out[1] << 32 | out[0];
}

double draw_fraction(struct draw *d)
{
	return (double)(draw_u64(d) >> 11) * 0x1p-53;
}

size_t draw_below(struct draw *d, size_t n)
{
	/* Lemire's multiplication: reject the few values that would favour some. */
	uint64_t floor = (0 - (uint64_t)n) % n;
	for (;;) {
		__extension__ typedef unsigned __int128 wide;
		wide product = (wide)draw_u64(d) * n;
		if ((uint64_t)product >= floor)
			return (size_t)(product >> 64);
	}
}

void draw_sample(struct draw *d, size_t n, size_t k, size_t *out)
{
	for (size_t i = 0; i < k;) {
		out[i] = draw_below(d, n);
		size_t j = 0;
		while (out[j] != out[i])
			j++;
		if (j == i)
			i++;
	}
}

size_t draw_place(struct draw *d, size_t n, size_t most)
{
	if (n < most)
		return n;
	size_t place = draw_below(d, n + 1);
	return place < most ? place : DRAW_NOWHERE;
}

void draw_shuffle(struct draw *d, size_t *array, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = draw_below(d, i);
		size_t held = array[i - 1];
		array[i - 1] = array[j];
		array[j] = held;
	}
}
