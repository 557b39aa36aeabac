#include "text/minhash/minhash.h"

#include <math.h>
#include <string.h>

#include "base/draw.h"
#include "sow/sow.h"

#define USUAL 128
#define RECALL 0.9

double minhash_chance(const struct minhash *m, double similarity)
{
	return 1 - pow(1 - pow(similarity, (double)m->rows), (double)m->bands);
}

static void choose(struct minhash *m, double threshold)
{
	for (m->rows = 16; m->rows > 1; m->rows--) {
		m->bands = USUAL / m->rows;
		if (minhash_chance(m, threshold) >= RECALL)
			return;
	}
	m->bands = USUAL;
}

int minhash_init(struct minhash *m, double threshold, size_t bands, size_t rows)
{
	struct draw d = draw_start(0, DRAW_MINHASH, 0);
	m->bands = bands;
	m->rows = rows;
	if (!bands && !rows)
		choose(m, threshold);
	else if (!bands || !rows || bands > MINHASH_MOST || rows > MINHASH_MOST / bands)
		return SOW_USAGE;
	m->values = (m->bands * m->rows + KERNEL_LANES - 1) / KERNEL_LANES * KERNEL_LANES;
	for (size_t i = 0; i < m->values; i++) {
		uint64_t r = draw_u64(&d);
		m->factors[i] = (uint32_t)r | 1;
		m->offsets[i] = (uint32_t)(r >> 32);
	}
	return SOW_OK;
}

void minhash_bands(const struct minhash *m, const struct kernel *k, const uint32_t *set,
		   size_t count, uint32_t *bands)
{
	uint32_t lows[MINHASH_MOST];
	memset(lows, 0xFF, m->values * sizeof(*lows));
	k->minimize(set, count, m->factors, m->offsets, lows, m->values);
	for (size_t b = 0; b < m->bands; b++) {
		uint64_t h = b;
		for (size_t r = 0; r < m->rows; r++) {
			h = (h ^ lows[b * m->rows + r]) * UINT64_C(0xD6E8FEB86659FD93);
			h ^= h >> 32;
		}
		bands[b] = (uint32_t)(h >> 8);
	}
}
