#include "text/novelty/sketch.h"

#include <string.h>

/* Neighbouring numbers lie far apart in it. */
static uint32_t spread(uint32_t id)
{
	return id * UINT32_C(0x9E3779B1);
}

uint64_t sketch_of(const uint32_t *ids, size_t count)
{
	uint64_t bits = 0;
	for (size_t i = 0; i < count; i++)
		bits |= UINT64_C(1) << ((uint64_t)spread(ids[i]) * SKETCH_BITS >> 32);
	uint64_t length = count < SKETCH_LENGTHS ? count : SKETCH_LENGTHS - 1;
	return bits | length << SKETCH_BITS;
}

size_t sketch_wide_size(size_t count)
{
	size_t words = 2;
	if (count <= SKETCH_ENOUGH)
		return 0;
	while (words * 32 < count)
		words *= 2;
	return words;
}

void sketch_wide(uint64_t *wide, size_t size, const uint32_t *ids, size_t count)
{
	memset(wide, 0, size * sizeof(*wide));
	for (size_t i = 0; i < count; i++) {
		uint32_t h = spread(ids[i]);
		h ^= h >> 15;
		wide[h / 64 & (size - 1)] |= UINT64_C(1) << h % 64;
	}
}

void sketch_wide_missing(const uint64_t *a, const uint64_t *b, size_t size, size_t *a_missing,
			 size_t *b_missing)
{
	*a_missing = *b_missing = 0;
	for (size_t i = 0; i < size; i++) {
		*a_missing += bits_count(a[i] & ~b[i]);
		*b_missing += bits_count(b[i] & ~a[i]);
	}
}
