#include "text/kernel.h"

#include "base/bits.h"
#include "base/cpu.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* Plain C */

static bool runs_anywhere(void)
{
	return cpu_has(CPU_PLAIN);
}

static inline bool passes(const struct sieve *sieve, uint64_t sketch, uint64_t held)
{
	unsigned length = sketch_length(held);
	return sketch_missing(sketch, held) < sieve->ours[length] &&
	       sketch_missing(held, sketch) < sieve->theirs[length];
}

static size_t sift_scalar(const struct sieve *sieve, uint64_t sketch, const uint64_t *held,
			  size_t n, uint32_t *hits)
{
	size_t found = 0;
	for (size_t i = 0; i < n; i++) {
		if (passes(sieve, sketch, held[i]))
			hits[found++] = (uint32_t)i;
	}
	return found;
}

static void count_scalar(const uint64_t *v, size_t n, uint8_t *counts)
{
	for (size_t i = 0; i < n; i++)
		counts[i] = (uint8_t)bits_count(~v[i]);
}

static void minimize_scalar(const uint32_t *items, size_t n, const uint32_t *factors,
			    const uint32_t *offsets, uint32_t *lows, size_t lows_count)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < lows_count; j++) {
			uint32_t h = items[i] * factors[j] + offsets[j];
			lows[j] = h < lows[j] ? h : lows[j];
		}
	}
}

/* X86 */

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2,popcnt,bmi,bmi2")))
#define AVX512 \
	__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vpopcntdq," \
			      "popcnt,bmi,bmi2")))

static bool runs_avx2(void)
{
	return cpu_has(CPU_AVX2);
}

static bool runs_avx512(void)
{
	return cpu_has(CPU_AVX512);
}

/* Adds i + the place of each bit of `mask`. */
static inline size_t add_hits(uint32_t *hits, size_t found, unsigned mask, size_t i)
{
	for (; mask; mask &= mask - 1)
		hits[found++] = (uint32_t)(i + (unsigned)__builtin_ctz(mask));
	return found;
}

/* Bits are counted by halves of a byte, looked up in a table of 16 (Mula et al. 2018). */
AVX2 static inline __m256i bits_avx2(__m256i v)
{
	const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
					       0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
	const __m256i half = _mm256_set1_epi8(15);
	__m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(v, half));
	__m256i high = _mm256_and_si256(_mm256_srli_epi16(v, 4), half);
	high = _mm256_shuffle_epi8(table, high);
	return _mm256_sad_epu8(_mm256_add_epi8(low, high), _mm256_setzero_si256());
}

/* bounds[length] for each of four lengths. */
AVX2 static inline __m256i bounds_avx2(const uint8_t *bounds, __m256i lengths)
{
	__m128i v = _mm256_i64gather_epi32((const int *)(const void *)bounds, lengths, 1);
	return _mm256_cvtepi32_epi64(_mm_and_si128(v, _mm_set1_epi32(255)));
}

AVX2 static size_t sift_avx2(const struct sieve *sieve, uint64_t sketch, const uint64_t *held,
			     size_t n, uint32_t *hits)
{
	const __m256i words = _mm256_set1_epi64x((long long)SKETCH_WORDS);
	const __m256i ours = _mm256_set1_epi64x((long long)(sketch & SKETCH_WORDS));
	size_t found = 0, i = 0;
	for (; i + 4 <= n; i += 4) {
		__m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(held + i));
		__m256i lengths = _mm256_srli_epi64(v, SKETCH_BITS);
		__m256i bits = bits_avx2(_mm256_andnot_si256(v, ours));
		__m256i pass = _mm256_cmpgt_epi64(bounds_avx2(sieve->ours, lengths), bits);
		if (_mm256_testz_si256(pass, pass))
			continue;
		bits = bits_avx2(_mm256_andnot_si256(ours, _mm256_and_si256(v, words)));
		pass = _mm256_and_si256(
			pass, _mm256_cmpgt_epi64(bounds_avx2(sieve->theirs, lengths), bits));
		found = add_hits(hits, found,
				 (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(pass)), i);
	}
	for (; i < n; i++) {
		if (passes(sieve, sketch, held[i]))
			hits[found++] = (uint32_t)i;
	}
	return found;
}

AVX2 static void count_avx2(const uint64_t *v, size_t n, uint8_t *counts)
{
	for (size_t i = 0; i < n; i++)
		counts[i] = (uint8_t)__builtin_popcountll(~v[i]);
}

AVX2 static void minimize_avx2(const uint32_t *items, size_t n, const uint32_t *factors,
			       const uint32_t *offsets, uint32_t *lows, size_t lows_count)
{
	for (size_t j = 0; j < lows_count; j += 8) {
		__m256i *at = (__m256i *)(void *)(lows + j);
		__m256i low = _mm256_loadu_si256(at);
		__m256i factor = _mm256_loadu_si256((const __m256i *)(const void *)(factors + j));
		__m256i offset = _mm256_loadu_si256((const __m256i *)(const void *)(offsets + j));
		for (size_t i = 0; i < n; i++) {
			__m256i h = _mm256_mullo_epi32(_mm256_set1_epi32((int)items[i]), factor);
			low = _mm256_min_epu32(low, _mm256_add_epi32(h, offset));
		}
		_mm256_storeu_si256(at, low);
	}
}

/* Lengths are looked up among 64 bytes at once; the upper 7 bytes of each lane are none. */
AVX512 static size_t sift_avx512(const struct sieve *sieve, uint64_t sketch, const uint64_t *held,
				 size_t n, uint32_t *hits)
{
	const __m512i words = _mm512_set1_epi64((long long)SKETCH_WORDS);
	const __m512i ours = _mm512_set1_epi64((long long)(sketch & SKETCH_WORDS));
	const __m512i our_bounds = _mm512_loadu_si512(sieve->ours);
	const __m512i their_bounds = _mm512_loadu_si512(sieve->theirs);
	const __mmask64 lowest = UINT64_C(0x0101010101010101);
	size_t found = 0;
	for (size_t i = 0; i < n; i += 8) {
		__mmask8 there = (__mmask8)(n - i < 8 ? (1u << (n - i)) - 1 : 255);
		__m512i v = _mm512_maskz_loadu_epi64(there, held + i);
		__m512i lengths = _mm512_srli_epi64(v, SKETCH_BITS);
		__m512i bits = _mm512_popcnt_epi64(_mm512_andnot_si512(v, ours));
		__m512i bound = _mm512_maskz_permutexvar_epi8(lowest, lengths, our_bounds);
		__mmask8 pass = _mm512_mask_cmplt_epu64_mask(there, bits, bound);
		bits = _mm512_popcnt_epi64(_mm512_andnot_si512(ours, _mm512_and_si512(v, words)));
		bound = _mm512_maskz_permutexvar_epi8(lowest, lengths, their_bounds);
		pass = _mm512_mask_cmplt_epu64_mask(pass, bits, bound);
		found = add_hits(hits, found, pass, i);
	}
	return found;
}

AVX512 static void count_avx512(const uint64_t *v, size_t n, uint8_t *counts)
{
	const __m512i ones = _mm512_set1_epi64(-1);
	for (size_t i = 0; i < n; i += 8) {
		__mmask8 there = (__mmask8)(n - i < 8 ? (1u << (n - i)) - 1 : 255);
		__m512i clear = _mm512_xor_si512(_mm512_maskz_loadu_epi64(there, v + i), ones);
		__m128i bytes = _mm512_cvtepi64_epi8(_mm512_popcnt_epi64(clear));
		_mm_mask_storeu_epi8(counts + i, there, bytes);
	}
}

AVX512 static void minimize_avx512(const uint32_t *items, size_t n, const uint32_t *factors,
				   const uint32_t *offsets, uint32_t *lows, size_t lows_count)
{
	for (size_t j = 0; j < lows_count; j += 16) {
		__m512i low = _mm512_loadu_si512(lows + j);
		__m512i factor = _mm512_loadu_si512(factors + j);
		__m512i offset = _mm512_loadu_si512(offsets + j);
		for (size_t i = 0; i < n; i++) {
			__m512i h = _mm512_mullo_epi32(_mm512_set1_epi32((int)items[i]), factor);
			low = _mm512_min_epu32(low, _mm512_add_epi32(h, offset));
		}
		_mm512_storeu_si512(lows + j, low);
	}
}
#endif

/* ARM */

#if defined(__aarch64__)
static bool runs_neon(void)
{
	return cpu_has(CPU_NEON);
}

static inline uint64x2_t bits_neon(uint64x2_t v)
{
	return vpaddlq_u32(vpaddlq_u16(vpaddlq_u8(vcntq_u8(vreinterpretq_u8_u64(v)))));
}

/* bounds[length] for each of two lengths. */
static inline uint64x2_t bounds_neon(const uint8x16x4_t bounds, uint64x2_t lengths)
{
	uint8x16_t v = vqtbl4q_u8(bounds, vreinterpretq_u8_u64(lengths));
	return vandq_u64(vreinterpretq_u64_u8(v), vdupq_n_u64(255));
}

static size_t sift_neon(const struct sieve *sieve, uint64_t sketch, const uint64_t *held,
			size_t n, uint32_t *hits)
{
	const uint64x2_t words = vdupq_n_u64(SKETCH_WORDS);
	const uint64x2_t ours = vdupq_n_u64(sketch & SKETCH_WORDS);
	const uint8x16x4_t our_bounds = vld1q_u8_x4(sieve->ours);
	const uint8x16x4_t their_bounds = vld1q_u8_x4(sieve->theirs);
	size_t found = 0, i = 0;
	for (; i + 2 <= n; i += 2) {
		uint64x2_t v = vld1q_u64(held + i), lengths = vshrq_n_u64(v, SKETCH_BITS);
		uint64x2_t pass = vcltq_u64(bits_neon(vbicq_u64(ours, v)),
					    bounds_neon(our_bounds, lengths));
		v = vbicq_u64(vandq_u64(v, words), ours);
		pass = vandq_u64(pass, vcltq_u64(bits_neon(v), bounds_neon(their_bounds, lengths)));
		hits[found] = (uint32_t)i;
		found += vgetq_lane_u64(pass, 0) & 1;
		hits[found] = (uint32_t)i + 1;
		found += vgetq_lane_u64(pass, 1) & 1;
	}
	if (i < n && passes(sieve, sketch, held[i]))
		hits[found++] = (uint32_t)i;
	return found;
}

static void count_neon(const uint64_t *v, size_t n, uint8_t *counts)
{
	size_t i = 0;
	for (; i + 2 <= n; i += 2) {
		uint64x2_t bits = bits_neon(vld1q_u64(v + i));
		counts[i] = (uint8_t)(64 - vgetq_lane_u64(bits, 0));
		counts[i + 1] = (uint8_t)(64 - vgetq_lane_u64(bits, 1));
	}
	if (i < n)
		counts[i] = (uint8_t)bits_count(~v[i]);
}

static void minimize_neon(const uint32_t *items, size_t n, const uint32_t *factors,
			  const uint32_t *offsets, uint32_t *lows, size_t lows_count)
{
	for (size_t j = 0; j < lows_count; j += 4) {
		uint32x4_t low = vld1q_u32(lows + j), factor = vld1q_u32(factors + j);
		uint32x4_t offset = vld1q_u32(offsets + j);
		for (size_t i = 0; i < n; i++)
			low = vminq_u32(low, vmlaq_u32(offset, vdupq_n_u32(items[i]), factor));
		vst1q_u32(lows + j, low);
	}
}
#endif

const struct kernel kernels[] = {
	{ "scalar", runs_anywhere, sift_scalar, count_scalar, minimize_scalar },
#if defined(__x86_64__)
	{ "avx2", runs_avx2, sift_avx2, count_avx2, minimize_avx2 },
	{ "avx512", runs_avx512, sift_avx512, count_avx512, minimize_avx512 },
#endif
#if defined(__aarch64__)
	{ "neon", runs_neon, sift_neon, count_neon, minimize_neon },
#endif
};
const size_t kernel_count = sizeof(kernels) / sizeof(kernels[0]);

const struct kernel *kernel_fastest(void)
{
	size_t best = kernel_count - 1;
	while (!kernels[best].can_run())
		best--;
	return &kernels[best];
}
