#include "vector/panels.h"

#include <stdbool.h>
#include <string.h>

#include "base/cpu.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define AT_ONCE ((size_t)16) /* numbers of each row, so that what they are written to stays in reach */

/* Of `count` rows their numbers from `from` on, into a panel. */
static void pack_rest(float *panel, const float *rows, size_t stride, size_t count, size_t from, size_t dims)
{
	for (size_t at = from; at < dims; at += AT_ONCE) {
		size_t end = dims - at < AT_ONCE ? dims : at + AT_ONCE;
		for (size_t i = 0; i < count; i++) {
			for (size_t k = at; k < end; k++)
				panel[k * PANEL + i] = rows[i * stride + k];
		}
	}
}

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2")))

/* Eight numbers of eight rows, which become eight rows of eight: two rows are mixed, then four, then all. */
AVX2 static inline void turn_eight(const float *rows, size_t stride, float *out)
{
#define LOAD(n) const __m256 r##n = _mm256_loadu_ps(rows + (n) * stride);
#define MIX_TWO(a, b) const __m256 s##a = _mm256_unpacklo_ps(r##a, r##b), s##b = _mm256_unpackhi_ps(r##a, r##b);
#define MIX_FOUR(a, b, c, d) \
	const __m256 t##a = _mm256_shuffle_ps(s##a, s##c, 0x44), t##b = _mm256_shuffle_ps(s##a, s##c, 0xee); \
	const __m256 t##c = _mm256_shuffle_ps(s##b, s##d, 0x44), t##d = _mm256_shuffle_ps(s##b, s##d, 0xee);
#define STORE(a, b) \
	_mm256_storeu_ps(out + (a) * PANEL, _mm256_permute2f128_ps(t##a, t##b, 0x20)); \
	_mm256_storeu_ps(out + (b) * PANEL, _mm256_permute2f128_ps(t##a, t##b, 0x31));
	LOAD(0) LOAD(1) LOAD(2) LOAD(3) LOAD(4) LOAD(5) LOAD(6) LOAD(7)
	MIX_TWO(0, 1) MIX_TWO(2, 3) MIX_TWO(4, 5) MIX_TWO(6, 7)
	MIX_FOUR(0, 1, 2, 3) MIX_FOUR(4, 5, 6, 7)
	STORE(0, 4) STORE(1, 5) STORE(2, 6) STORE(3, 7)
#undef LOAD
#undef MIX_TWO
#undef MIX_FOUR
#undef STORE
}

/* A panel of sixteen rows, as far as their numbers come in eights. How many those are. */
AVX2 static size_t pack_eights(float *panel, const float *rows, size_t stride, size_t dims)
{
	size_t k = 0;
	for (; k + 8 <= dims; k += 8) {
		turn_eight(rows + k, stride, panel + k * PANEL);
		turn_eight(rows + 8 * stride + k, stride, panel + k * PANEL + 8);
	}
	return k;
}
#endif

static void pack(float *panels, const float *rows, size_t stride, size_t count, size_t dims, bool eights)
{
	for (size_t first = 0; first < count; first += PANEL, panels += PANEL * dims) {
		size_t held = count - first < PANEL ? count - first : PANEL, done = 0;
		const float *from = rows + first * stride;
		if (held < PANEL)
			memset(panels, 0, PANEL * dims * sizeof(*panels));
#if defined(__x86_64__)
		if (held == PANEL && eights)
			done = pack_eights(panels, from, stride, dims);
#else
		(void)eights;
#endif
		pack_rest(panels, from, stride, held, done, dims);
	}
}

void panels_pack(float *panels, const float *rows, size_t stride, size_t count, size_t dims)
{
#if defined(__x86_64__)
	pack(panels, rows, stride, count, dims, cpu_has(CPU_AVX2));
#else
	pack(panels, rows, stride, count, dims, false);
#endif
}

void panels_pack_plain(float *panels, const float *rows, size_t stride, size_t count, size_t dims)
{
	pack(panels, rows, stride, count, dims, false);
}
