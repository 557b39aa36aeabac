#include "vector/exps.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/cpu.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#define LANES ((size_t)8)

/* e^x is 2^n e^r with |r| at most half of ln 2, and e^r its Taylor series to r^7, which is right to
 * 5e-9. ln 2 is taken away in two parts. */
#define LOWEST (-87.0f)
#define LOG2_E 1.44269504f
#define LN2_HIGH 0.693359375f
#define LN2_LOW (-2.12194440e-4f)
#define TERMS(X) X(1.0f / 720) X(1.0f / 120) X(1.0f / 24) X(1.0f / 6) X(0.5f) X(1.0f) X(1.0f)
#define FIRST_TERM (1.0f / 5040)

static float exp_of(float x)
{
	if (!(x >= LOWEST))
		return 0;
	float n = rintf(x * LOG2_E);
	float r = __builtin_fmaf(n, -LN2_LOW, __builtin_fmaf(n, -LN2_HIGH, x));
	float sum = FIRST_TERM;
#define TERM(c) sum = __builtin_fmaf(sum, r, c);
	TERMS(TERM)
#undef TERM
	uint32_t bits = (uint32_t)((int32_t)n + 127) << 23;
	float scale;
	memcpy(&scale, &bits, sizeof(scale));
	return sum * scale;
}

static double add_up(const double lanes[LANES])
{
	double sum = 0;
	for (size_t i = 0; i < LANES; i++)
		sum += lanes[i];
	return sum;
}

static void rest(const float *x, size_t from, size_t count, float less, float *out, double lanes[LANES])
{
	for (size_t i = from; i < count; i++) {
		float e = exp_of(x[i] - less);
		lanes[i % LANES] += (double)e;
		if (out)
			out[i] = e;
	}
}

double exps_plain(const float *x, size_t count, float less, float *out)
{
	double lanes[LANES] = { 0 };
	rest(x, 0, count, less, out, lanes);
	return add_up(lanes);
}

static float most_plain(const float *x, size_t from, size_t count, float most)
{
	for (size_t i = from; i < count; i++)
		most = x[i] > most ? x[i] : most;
	return most;
}

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2,fma")))

AVX2 static inline __m256 exp_avx2(__m256 x)
{
	const __m256 in_range = _mm256_cmp_ps(x, _mm256_set1_ps(LOWEST), _CMP_GE_OQ);
	__m256 n = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(LOG2_E)),
				   _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
	__m256 r = _mm256_fmadd_ps(n, _mm256_set1_ps(-LN2_HIGH), x);
	r = _mm256_fmadd_ps(n, _mm256_set1_ps(-LN2_LOW), r);
	__m256 sum = _mm256_set1_ps(FIRST_TERM);
#define TERM(c) sum = _mm256_fmadd_ps(sum, r, _mm256_set1_ps(c));
	TERMS(TERM)
#undef TERM
	__m256i power = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
	sum = _mm256_mul_ps(sum, _mm256_castsi256_ps(_mm256_slli_epi32(power, 23)));
	return _mm256_and_ps(sum, in_range);
}

AVX2 static double exps_avx2(const float *x, size_t count, float less, float *out)
{
	const __m256 away = _mm256_set1_ps(less);
	__m256d low = _mm256_setzero_pd(), high = _mm256_setzero_pd();
	double lanes[LANES];
	size_t i = 0;
	for (; i + LANES <= count; i += LANES) {
		__m256 e = exp_avx2(_mm256_sub_ps(_mm256_loadu_ps(x + i), away));
		low = _mm256_add_pd(low, _mm256_cvtps_pd(_mm256_castps256_ps128(e)));
		high = _mm256_add_pd(high, _mm256_cvtps_pd(_mm256_extractf128_ps(e, 1)));
		if (out)
			_mm256_storeu_ps(out + i, e);
	}
	if (i < count) { /* what fills up the last ones comes to 0 */
		float last[LANES] = { -INFINITY, -INFINITY, -INFINITY, -INFINITY,
				      -INFINITY, -INFINITY, -INFINITY, -INFINITY };
		memcpy(last, x + i, (count - i) * sizeof(*last));
		__m256 e = exp_avx2(_mm256_sub_ps(_mm256_loadu_ps(last), away));
		low = _mm256_add_pd(low, _mm256_cvtps_pd(_mm256_castps256_ps128(e)));
		high = _mm256_add_pd(high, _mm256_cvtps_pd(_mm256_extractf128_ps(e, 1)));
		_mm256_storeu_ps(last, e);
		if (out)
			memcpy(out + i, last, (count - i) * sizeof(*last));
	}
	_mm256_storeu_pd(lanes, low);
	_mm256_storeu_pd(lanes + 4, high);
	return add_up(lanes);
}

AVX2 static float most_avx2(const float *x, size_t count)
{
	__m256 most = _mm256_set1_ps(x[0]);
	float lanes[LANES];
	size_t i = 0;
	for (; i + LANES <= count; i += LANES)
		most = _mm256_max_ps(_mm256_loadu_ps(x + i), most);
	_mm256_storeu_ps(lanes, most);
	return most_plain(x, i, count, most_plain(lanes, 1, LANES, lanes[0]));
}
#endif

double exps(const float *x, size_t count, float less, float *out)
{
#if defined(__x86_64__)
	if (cpu_has(CPU_AVX2) && __builtin_cpu_supports("fma"))
		return exps_avx2(x, count, less, out);
#endif
	return exps_plain(x, count, less, out);
}

float exps_most(const float *x, size_t count)
{
#if defined(__x86_64__)
	if (cpu_has(CPU_AVX2))
		return most_avx2(x, count);
#endif
	return most_plain(x, 1, count, x[0]);
}
