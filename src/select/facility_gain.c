#include "select/facility_gain.h"

#include <string.h>

#include "base/mem.h"
#include "vector/products.h"

void facility_similarities(const struct candidate_panels *k, const float *rows, size_t stride,
			   const float *norms, size_t count, size_t block, int32_t *similar)
{
	float out[FACILITY_ROWS * BLOCK];
	size_t size = block_size(block, k->count), wide = panels_of(size);
	products(rows, stride, count, k->panels + block * BLOCK * k->dims, wide, k->dims, out, wide * PANEL);
	for (size_t i = 0; i < count; i++)
		similarities(out + i * wide * PANEL, norms[i], k->norms + block * BLOCK, size,
			     similar + i * BLOCK);
}

void facility_lose_row(const int32_t *similar, size_t size, int32_t before, int32_t now, int64_t *lost)
{
	for (size_t c = 0; c < size && now > before; c++) {
		int32_t similarity = similar[c] < now ? similar[c] : now;
		lost[c] += similarity > before ? similarity - before : 0;
	}
}

void facility_lose_changes(const struct candidate_panels *k, const struct vectors *records,
			   const struct change *changes, size_t count, size_t block, int64_t *lost)
{
	int32_t similar[FACILITY_ROWS * BLOCK];
	float norms[FACILITY_ROWS], *rows = mem_alloc((FACILITY_ROWS * records->stride + 1) * sizeof(*rows));
	for (size_t from = 0; from < count; from += FACILITY_ROWS) {
		size_t some = count - from < FACILITY_ROWS ? count - from : FACILITY_ROWS;
		for (size_t i = 0; i < some; i++) {
			size_t at = changes[from + i].at;
			memcpy(rows + i * records->stride, records->rows + at * records->stride,
			       records->stride * sizeof(*rows));
			norms[i] = records->norms[at];
		}
		facility_similarities(k, rows, records->stride, norms, some, block, similar);
		for (size_t i = 0; i < some; i++)
			facility_lose_row(similar + i * BLOCK, block_size(block, k->count),
					  changes[from + i].before, changes[from + i].now, lost);
	}
	mem_free(rows);
}

size_t facility_note_nearer(const int32_t *similarity, int32_t *best, size_t count, struct change *changes)
{
	size_t noted = 0;
	for (size_t i = 0; i < count; i++) {
		if (similarity[i] <= best[i])
			continue;
		changes[noted++] = (struct change){ (uint32_t)i, best[i], similarity[i] };
		best[i] = similarity[i];
	}
	return noted;
}
