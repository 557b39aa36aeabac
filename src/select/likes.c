#include "select/likes.h"

#include <string.h>

#include "base/mem.h"
#include "vector/products.h"

void likes_of(const struct likes *k, const float *rows, size_t stride, const float *norms, size_t count, size_t block,
	      int32_t *likes)
{
	float out[LIKES_ROWS * BLOCK];
	size_t size = block_size(block, k->count), wide = panels_of(size);
	products(rows, stride, count, k->panels + block * BLOCK * k->dims, wide, k->dims, out, wide * PANEL);
	for (size_t i = 0; i < count; i++)
		similarities(out + i * wide * PANEL, norms[i], k->norms + block * BLOCK, size,
			     likes + i * BLOCK);
}

void likes_lose(const int32_t *likes, size_t size, int32_t before, int32_t now, int64_t *lost)
{
	for (size_t c = 0; c < size && now > before; c++) {
		int32_t like = likes[c] < now ? likes[c] : now;
		lost[c] += like > before ? like - before : 0;
	}
}

void likes_lost(const struct likes *k, const struct vectors *records, const struct change *changes, size_t count,
		size_t block, int64_t *lost)
{
	int32_t likes[LIKES_ROWS * BLOCK];
	float norms[LIKES_ROWS], *rows = mem_alloc((LIKES_ROWS * records->stride + 1) * sizeof(*rows));
	for (size_t from = 0; from < count; from += LIKES_ROWS) {
		size_t some = count - from < LIKES_ROWS ? count - from : LIKES_ROWS;
		for (size_t i = 0; i < some; i++) {
			size_t at = changes[from + i].at;
			memcpy(rows + i * records->stride, records->rows + at * records->stride,
			       records->stride * sizeof(*rows));
			norms[i] = records->norms[at];
		}
		likes_of(k, rows, records->stride, norms, some, block, likes);
		for (size_t i = 0; i < some; i++)
			likes_lose(likes + i * BLOCK, block_size(block, k->count), changes[from + i].before,
				   changes[from + i].now, lost);
	}
	mem_free(rows);
}

size_t likes_note(const int32_t *like, int32_t *best, size_t count, struct change *changes)
{
	size_t noted = 0;
	for (size_t i = 0; i < count; i++) {
		if (like[i] <= best[i])
			continue;
		changes[noted++] = (struct change){ (uint32_t)i, best[i], like[i] };
		best[i] = like[i];
	}
	return noted;
}
