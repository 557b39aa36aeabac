#include "base/reservoir.h"

#include "base/draw.h"

size_t reservoir_slot(struct reservoir *r)
{
	int64_t n = r->passed++;
	if (!r->most || (size_t)n < r->most)
		return (size_t)n;
	struct draw d = draw_start(r->seed, r->stream, (uint64_t)n);
	size_t slot = draw_below(&d, (size_t)n + 1);
	return slot < r->most ? slot : RESERVOIR_NONE;
}
