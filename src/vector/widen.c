#include "vector/widen.h"

#include <stdbool.h>
#include <string.h>

#include "base/cpu.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

static float widen(uint16_t half)
{
	uint32_t sign = (uint32_t)(half & 0x8000) << 16, power = half >> 10 & 31, rest = half & 0x3ff, bits;
	if (power == 31)
		bits = sign | 0x7f800000 | rest << 13;
	else if (power)
		bits = sign | (power + 112) << 23 | rest << 13;
	else
		bits = sign;
	float f;
	if (!power && rest) {
		f = (float)rest * 0x1p-24f;
		return sign ? -f : f;
	}
	memcpy(&f, &bits, sizeof(f));
	return f;
}

void nibbles_widen_plain(const struct block_of_nibbles *blocks, size_t count, float *out)
{
	for (size_t b = 0; b < count; b++, out += WIDEN_BLOCK) {
		float factor = widen(blocks[b].factor), least = widen(blocks[b].least);
		for (size_t i = 0; i < WIDEN_BLOCK / 2; i++) {
			out[i] = (float)(blocks[b].numbers[i] & 15) * factor + least;
			out[i + WIDEN_BLOCK / 2] = (float)(blocks[b].numbers[i] >> 4) * factor + least;
		}
	}
}

void bytes_widen_plain(const struct block_of_bytes *blocks, size_t count, float *out)
{
	for (size_t b = 0; b < count; b++, out += WIDEN_BLOCK) {
		float factor = widen(blocks[b].factor);
		for (size_t i = 0; i < WIDEN_BLOCK; i++)
			out[i] = (float)blocks[b].numbers[i] * factor;
	}
}

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2,fma,f16c"))) /* F16C is older than AVX2 */

static bool has_avx2(void)
{
	return cpu_has(CPU_AVX2) && __builtin_cpu_supports("fma");
}

AVX2 static size_t widen_eights(const uint16_t *halves, size_t count, float *out)
{
	size_t i = 0;
	for (; i + 8 <= count; i += 8) {
		__m128i eight = _mm_loadu_si128((const __m128i *)(const void *)(halves + i));
		_mm256_storeu_ps(out + i, _mm256_cvtph_ps(eight));
	}
	return i;
}

AVX2 static inline __m256 spread(uint16_t half)
{
	return _mm256_set1_ps(_cvtsh_ss(half));
}

/* The product is exact, so that a sum that is rounded once is the same as of two steps. */
AVX2 static inline void put_nibbles(__m128i sixteen, __m256 factor, __m256 least, float *out)
{
	__m256 low = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(sixteen));
	__m256 high = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_srli_si128(sixteen, 8)));
	_mm256_storeu_ps(out, _mm256_fmadd_ps(low, factor, least));
	_mm256_storeu_ps(out + 8, _mm256_fmadd_ps(high, factor, least));
}

AVX2 static void nibbles_widen_avx2(const struct block_of_nibbles *blocks, size_t count, float *out)
{
	const __m128i four = _mm_set1_epi8(15);
	for (size_t b = 0; b < count; b++, out += WIDEN_BLOCK) {
		__m256 factor = spread(blocks[b].factor), least = spread(blocks[b].least);
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)blocks[b].numbers);
		put_nibbles(_mm_and_si128(bytes, four), factor, least, out);
		put_nibbles(_mm_and_si128(_mm_srli_epi16(bytes, 4), four), factor, least, out + 16);
	}
}

AVX2 static void bytes_widen_avx2(const struct block_of_bytes *blocks, size_t count, float *out)
{
	for (size_t b = 0; b < count; b++) {
		__m256 factor = spread(blocks[b].factor);
		for (size_t i = 0; i < WIDEN_BLOCK; i += 8, out += 8) {
			__m128i eight = _mm_loadl_epi64((const __m128i *)(const void *)(blocks[b].numbers + i));
			_mm256_storeu_ps(out, _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(eight)), factor));
		}
	}
}
#endif

void halves_widen(const uint16_t *halves, size_t count, float *out)
{
	size_t i = 0;
#if defined(__x86_64__)
	if (has_avx2())
		i = widen_eights(halves, count, out);
#endif
	for (; i < count; i++)
		out[i] = widen(halves[i]);
}

void nibbles_widen(const struct block_of_nibbles *blocks, size_t count, float *out)
{
#if defined(__x86_64__)
	if (has_avx2()) {
		nibbles_widen_avx2(blocks, count, out);
		return;
	}
#endif
	nibbles_widen_plain(blocks, count, out);
}

void bytes_widen(const struct block_of_bytes *blocks, size_t count, float *out)
{
#if defined(__x86_64__)
	if (has_avx2()) {
		bytes_widen_avx2(blocks, count, out);
		return;
	}
#endif
	bytes_widen_plain(blocks, count, out);
}
