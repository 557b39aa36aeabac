#include "vector/products.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/cpu.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* Rows against panels: out[r * out_stride + i], for each row and each number of each panel. */
typedef void tiles(const float *rows, size_t stride, size_t row_count, const float *panels,
		   size_t panel_count, size_t dims, float *out, size_t out_stride);

struct kernel {
	const char *name;
	bool (*can_run)(void);
	tiles *products;
	void (*listed)(const float *a, const float *rows, size_t stride, const uint32_t *list, size_t count,
		       size_t dims, float *out);
	void (*paired)(const float *rows, size_t stride, const struct products_pair *pairs, size_t count,
		       size_t dims, float *out);
	size_t (*reaching)(const float *products, size_t count, float limit, uint32_t *list);
	void (*similarities)(const float *products, float norm, const float *norms, size_t count,
			     int32_t *out);
};

#define INLINE static inline __attribute__((always_inline))

#define SIX(X) X(0) X(1) X(2) X(3) X(4) X(5)
#define EIGHT(X) SIX(X) X(6) X(7)

/* Products A(i) * B(i): each sum waits for its last step, so several run side by side. Where fewer are
 * left the last one is computed by all that have nothing else to do. */
#define START(n) \
	const size_t i##n = at + n < count ? at + n : count - 1; \
	const float *a##n = A(i##n), *b##n = B(i##n); \
	float s##n = 0;
#define STEP(n) s##n = __builtin_fmaf(a##n[k], b##n[k], s##n);
#define STORE(n) out[i##n] = s##n;
#define SIDE_BY_SIDE(MANY, WIDTH) do { \
	for (size_t at = 0; at < count; at += (WIDTH)) { \
		MANY(START) \
		for (size_t k = 0; k < dims; k++) { \
			MANY(STEP) \
		} \
		MANY(STORE) \
	} \
} while (0)

INLINE void one_with_list(const float *a, const float *rows, size_t stride, const uint32_t *list, size_t count,
			  size_t dims, float *out)
{
#define A(i) a
#define B(i) (rows + list[i] * stride)
	SIDE_BY_SIDE(EIGHT, 8);
#undef A
#undef B
}

/* Six: the addresses of more do not fit in the registers. */
INLINE void two_by_two(const float *rows, size_t stride, const struct products_pair *pairs, size_t count,
		       size_t dims, float *out)
{
#define A(i) (rows + pairs[i].a * stride)
#define B(i) (rows + pairs[i].b * stride)
	SIDE_BY_SIDE(SIX, 6);
#undef A
#undef B
}
#undef START
#undef STEP
#undef STORE

INLINE int32_t similarity(float product, float norm_a, float norm_b)
{
	float d = norm_a + norm_b - 2 * product;
	return (int32_t)(1 / (1 + sqrtf(d > 0 ? d : 0)) * (float)SIMILARITY_ONE);
}

/* Walks over the tiles of R rows and C panels; panels that are left over go one by one. The last rows
 * are computed with some before them, which come out the same again; fewer than R go one by one. */
#define WALK(R, C, big, small) do { \
	size_t tall = row_count >= (R) ? (R) : 1; \
	for (size_t r = 0; r < row_count; r += tall) { \
		if (row_count - r < tall) \
			r = row_count - tall; \
		for (size_t c = 0; c < panel_count;) { \
			size_t wide = tall == (R) && panel_count - c >= (C) ? (C) : 1; \
			const float *row = rows + r * stride, *panel = panels + c * PANEL * dims; \
			float *to = out + r * out_stride + c * PANEL; \
			if (wide == (C) && tall == (R)) \
				big(row, stride, panel, dims, to, out_stride); \
			else \
				for (size_t i = 0; i < tall; i++) \
					small(row + i * stride, panel, dims, to + i * out_stride); \
			c += wide; \
		} \
	} \
} while (0)

/* Plain C */

static bool runs_anywhere(void)
{
	return cpu_has(CPU_PLAIN);
}

static void products_plain(const float *rows, size_t stride, size_t row_count, const float *panels,
			   size_t panel_count, size_t dims, float *out, size_t out_stride)
{
	for (size_t r = 0; r < row_count; r++) {
		for (size_t c = 0; c < panel_count; c++) {
			const float *row = rows + r * stride, *panel = panels + c * PANEL * dims;
			float sums[PANEL] = { 0 };
			for (size_t k = 0; k < dims; k++) {
				for (size_t i = 0; i < PANEL; i++)
					sums[i] = __builtin_fmaf(row[k], panel[k * PANEL + i], sums[i]);
			}
			memcpy(out + r * out_stride + c * PANEL, sums, sizeof(sums));
		}
	}
}

static void listed_plain(const float *a, const float *rows, size_t stride, const uint32_t *list, size_t count,
			 size_t dims, float *out)
{
	one_with_list(a, rows, stride, list, count, dims, out);
}

static void paired_plain(const float *rows, size_t stride, const struct products_pair *pairs, size_t count,
			 size_t dims, float *out)
{
	two_by_two(rows, stride, pairs, count, dims, out);
}

static size_t reaching_plain(const float *products, size_t count, float limit, uint32_t *list)
{
	size_t found = 0;
	for (size_t i = 0; i < count; i++) {
		if (products[i] >= limit)
			list[found++] = (uint32_t)i;
	}
	return found;
}

static void similarities_plain(const float *products, float norm, const float *norms, size_t count,
			       int32_t *out)
{
	for (size_t i = 0; i < count; i++)
		out[i] = similarity(products[i], norm, norms[i]);
}

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")))

static bool runs_avx2(void)
{
	return cpu_has(CPU_AVX2) && __builtin_cpu_supports("fma");
}

/* Six rows with one panel: twelve sums, two halves of the panel and a number of a row fill the sixteen
 * registers. */
AVX2 static inline void six_avx2(const float *row, size_t stride, const float *panel, size_t dims, float *out,
				 size_t out_stride)
{
#define ZERO(r) __m256 s##r = _mm256_setzero_ps(), t##r = _mm256_setzero_ps();
#define STEP(r) do { \
	__m256 x = _mm256_broadcast_ss(row + r * stride + k); \
	s##r = _mm256_fmadd_ps(x, low, s##r); \
	t##r = _mm256_fmadd_ps(x, high, t##r); \
} while (0);
#define STORE(r) do { \
	_mm256_storeu_ps(out + r * out_stride, s##r); \
	_mm256_storeu_ps(out + r * out_stride + 8, t##r); \
} while (0);
	SIX(ZERO)
	for (size_t k = 0; k < dims; k++) {
		__m256 low = _mm256_loadu_ps(panel + k * PANEL), high = _mm256_loadu_ps(panel + k * PANEL + 8);
		SIX(STEP)
	}
	SIX(STORE)
#undef ZERO
#undef STEP
#undef STORE
}

AVX2 static inline void one_avx2(const float *row, const float *panel, size_t dims, float *out)
{
	__m256 s = _mm256_setzero_ps(), t = _mm256_setzero_ps();
	for (size_t k = 0; k < dims; k++) {
		__m256 x = _mm256_broadcast_ss(row + k);
		s = _mm256_fmadd_ps(x, _mm256_loadu_ps(panel + k * PANEL), s);
		t = _mm256_fmadd_ps(x, _mm256_loadu_ps(panel + k * PANEL + 8), t);
	}
	_mm256_storeu_ps(out, s);
	_mm256_storeu_ps(out + 8, t);
}

/* One row with six panels: where there are too few rows for six, so that twelve sums run side by side. */
AVX2 static inline void long_avx2(const float *row, size_t stride, const float *panel, size_t dims, float *out,
				  size_t out_stride)
{
#define ZERO(c) __m256 s##c = _mm256_setzero_ps(), t##c = _mm256_setzero_ps();
#define STEP(c) do { \
	const float *p = panel + (c * dims + k) * PANEL; \
	s##c = _mm256_fmadd_ps(x, _mm256_loadu_ps(p), s##c); \
	t##c = _mm256_fmadd_ps(x, _mm256_loadu_ps(p + 8), t##c); \
} while (0);
#define STORE(c) do { \
	_mm256_storeu_ps(out + c * PANEL, s##c); \
	_mm256_storeu_ps(out + c * PANEL + 8, t##c); \
} while (0);
	(void)stride;
	(void)out_stride;
	SIX(ZERO)
	for (size_t k = 0; k < dims; k++) {
		__m256 x = _mm256_broadcast_ss(row + k);
		SIX(STEP)
	}
	SIX(STORE)
#undef ZERO
#undef STEP
#undef STORE
}

AVX2 static void products_avx2(const float *rows, size_t stride, size_t row_count, const float *panels,
			       size_t panel_count, size_t dims, float *out, size_t out_stride)
{
	if (row_count >= 6)
		WALK(6, 1, six_avx2, one_avx2);
	else
		WALK(1, 6, long_avx2, one_avx2);
}

AVX2 static void listed_avx2(const float *a, const float *rows, size_t stride, const uint32_t *list,
			     size_t count, size_t dims, float *out)
{
	one_with_list(a, rows, stride, list, count, dims, out);
}

AVX2 static void paired_avx2(const float *rows, size_t stride, const struct products_pair *pairs,
			     size_t count, size_t dims, float *out)
{
	two_by_two(rows, stride, pairs, count, dims, out);
}

AVX2 static size_t reaching_avx2(const float *products, size_t count, float limit, uint32_t *list)
{
	const __m256 least = _mm256_set1_ps(limit);
	size_t found = 0, i = 0;
	for (; i + 8 <= count; i += 8) {
		__m256 reached = _mm256_cmp_ps(_mm256_loadu_ps(products + i), least, _CMP_GE_OQ);
		for (unsigned mask = (unsigned)_mm256_movemask_ps(reached); mask; mask &= mask - 1)
			list[found++] = (uint32_t)i + (uint32_t)__builtin_ctz(mask);
	}
	for (; i < count; i++) {
		if (products[i] >= limit)
			list[found++] = (uint32_t)i;
	}
	return found;
}

AVX2 static void similarities_avx2(const float *products, float norm, const float *norms, size_t count,
				   int32_t *out)
{
	const __m256 own = _mm256_set1_ps(norm), one = _mm256_set1_ps(1), two = _mm256_set1_ps(2);
	const __m256 scale = _mm256_set1_ps((float)SIMILARITY_ONE);
	size_t i = 0;
	for (; i + 8 <= count; i += 8) {
		__m256 sum = _mm256_add_ps(own, _mm256_loadu_ps(norms + i));
		__m256 d = _mm256_sub_ps(sum, _mm256_mul_ps(two, _mm256_loadu_ps(products + i)));
		d = _mm256_sqrt_ps(_mm256_max_ps(d, _mm256_setzero_ps()));
		__m256 like = _mm256_mul_ps(_mm256_div_ps(one, _mm256_add_ps(one, d)), scale);
		_mm256_storeu_si256((__m256i *)(void *)(out + i), _mm256_cvttps_epi32(like));
	}
	for (; i < count; i++)
		out[i] = similarity(products[i], norm, norms[i]);
}

/* Eight rows with one to three panels, 24 sums of 32 registers at most: each panel of a row is a chain of
 * its own, and eight run side by side. */
#define ONE_PANEL(X, r) X(r, 0)
#define TWO_PANELS(X, r) X(r, 0) X(r, 1)
#define THREE_PANELS(X, r) X(r, 0) X(r, 1) X(r, 2)
#define EIGHT_ROWS(PANELS, X) \
	PANELS(X, 0) PANELS(X, 1) PANELS(X, 2) PANELS(X, 3) PANELS(X, 4) PANELS(X, 5) PANELS(X, 6) PANELS(X, 7)
#define ZERO(r, c) __m512 s##r##c = _mm512_setzero_ps();
#define LOAD(r, c) const __m512 p##c = _mm512_loadu_ps(panel + (c * dims + k) * PANEL);
#define STEP(r, c) s##r##c = _mm512_fmadd_ps(_mm512_set1_ps(row[r * stride + k]), p##c, s##r##c);
#define STORE(r, c) _mm512_storeu_ps(out + r * out_stride + c * PANEL, s##r##c);
#define TILE(NAME, PANELS) \
	AVX512 static inline void NAME(const float *row, size_t stride, const float *panel, size_t dims, \
				       float *out, size_t out_stride) \
	{ \
		EIGHT_ROWS(PANELS, ZERO) \
		for (size_t k = 0; k < dims; k++) { \
			PANELS(LOAD, 0) \
			EIGHT_ROWS(PANELS, STEP) \
		} \
		EIGHT_ROWS(PANELS, STORE) \
	}
TILE(eight_by_one, ONE_PANEL)
TILE(eight_by_two, TWO_PANELS)
TILE(eight_by_three, THREE_PANELS)
#undef ZERO
#undef LOAD
#undef STEP
#undef STORE
#undef TILE

AVX512 static inline void one_avx512(const float *row, const float *panel, size_t dims, float *out)
{
	__m512 s = _mm512_setzero_ps();
	for (size_t k = 0; k < dims; k++)
		s = _mm512_fmadd_ps(_mm512_set1_ps(row[k]), _mm512_loadu_ps(panel + k * PANEL), s);
	_mm512_storeu_ps(out, s);
}

/* One row with eight panels: where there is a single row, so that eight sums run side by side. */
AVX512 static inline void long_avx512(const float *row, size_t stride, const float *panel, size_t dims,
				      float *out, size_t out_stride)
{
#define ZERO(c) __m512 s##c = _mm512_setzero_ps();
#define STEP(c) s##c = _mm512_fmadd_ps(x, _mm512_loadu_ps(panel + (c * dims + k) * PANEL), s##c);
#define STORE(c) _mm512_storeu_ps(out + c * PANEL, s##c);
	(void)stride;
	(void)out_stride;
	EIGHT(ZERO)
	for (size_t k = 0; k < dims; k++) {
		__m512 x = _mm512_set1_ps(row[k]);
		EIGHT(STEP)
	}
	EIGHT(STORE)
#undef ZERO
#undef STEP
#undef STORE
}

AVX512 static void products_avx512(const float *rows, size_t stride, size_t row_count, const float *panels,
				   size_t panel_count, size_t dims, float *out, size_t out_stride)
{
	if (row_count < 8) {
		WALK(1, 8, long_avx512, one_avx512);
		return;
	}
	for (size_t r = 0; r < row_count; r += 8) {
		if (row_count - r < 8) /* as in WALK */
			r = row_count - 8;
		for (size_t c = 0; c < panel_count; c += 3) {
			const float *row = rows + r * stride, *panel = panels + c * PANEL * dims;
			float *to = out + r * out_stride + c * PANEL;
			if (panel_count - c >= 3)
				eight_by_three(row, stride, panel, dims, to, out_stride);
			else if (panel_count - c == 2)
				eight_by_two(row, stride, panel, dims, to, out_stride);
			else
				eight_by_one(row, stride, panel, dims, to, out_stride);
		}
	}
}

AVX512 static void similarities_avx512(const float *products, float norm, const float *norms, size_t count,
				       int32_t *out)
{
	const __m512 own = _mm512_set1_ps(norm), one = _mm512_set1_ps(1), two = _mm512_set1_ps(2);
	const __m512 scale = _mm512_set1_ps((float)SIMILARITY_ONE);
	size_t i = 0;
	for (; i + 16 <= count; i += 16) {
		__m512 sum = _mm512_add_ps(own, _mm512_loadu_ps(norms + i));
		__m512 d = _mm512_sub_ps(sum, _mm512_mul_ps(two, _mm512_loadu_ps(products + i)));
		d = _mm512_sqrt_ps(_mm512_max_ps(d, _mm512_setzero_ps()));
		__m512 like = _mm512_mul_ps(_mm512_div_ps(one, _mm512_add_ps(one, d)), scale);
		_mm512_storeu_si512(out + i, _mm512_cvttps_epi32(like));
	}
	for (; i < count; i++)
		out[i] = similarity(products[i], norm, norms[i]);
}

static bool runs_avx512(void)
{
	return cpu_has(CPU_AVX512) && runs_avx2();
}
#endif

#if defined(__aarch64__)
static bool runs_neon(void)
{
	return cpu_has(CPU_NEON);
}

static inline void one_neon(const float *row, const float *panel, size_t dims, float *out)
{
	float32x4_t s[4] = { vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0) };
	for (size_t k = 0; k < dims; k++) {
		for (int i = 0; i < 4; i++)
			s[i] = vfmaq_n_f32(s[i], vld1q_f32(panel + k * PANEL + 4 * (size_t)i), row[k]);
	}
	for (int i = 0; i < 4; i++)
		vst1q_f32(out + 4 * i, s[i]);
}

static inline void four_neon(const float *row, size_t stride, const float *panel, size_t dims, float *out,
			     size_t out_stride)
{
#define FOUR(X) X(0) X(1) X(2) X(3)
#define ZERO(r) float32x4_t s##r = vdupq_n_f32(0), t##r = s##r, u##r = s##r, v##r = s##r;
#define STEP(r) do { \
	float x = row[r * stride + k]; \
	s##r = vfmaq_n_f32(s##r, a, x); \
	t##r = vfmaq_n_f32(t##r, b, x); \
	u##r = vfmaq_n_f32(u##r, c, x); \
	v##r = vfmaq_n_f32(v##r, d, x); \
} while (0);
#define STORE(r) do { \
	vst1q_f32(out + r * out_stride, s##r); \
	vst1q_f32(out + r * out_stride + 4, t##r); \
	vst1q_f32(out + r * out_stride + 8, u##r); \
	vst1q_f32(out + r * out_stride + 12, v##r); \
} while (0);
	FOUR(ZERO)
	for (size_t k = 0; k < dims; k++) {
		const float *p = panel + k * PANEL;
		float32x4_t a = vld1q_f32(p), b = vld1q_f32(p + 4), c = vld1q_f32(p + 8), d = vld1q_f32(p + 12);
		FOUR(STEP)
	}
	FOUR(STORE)
#undef ZERO
#undef STEP
#undef STORE
}

static void products_neon(const float *rows, size_t stride, size_t row_count, const float *panels,
			  size_t panel_count, size_t dims, float *out, size_t out_stride)
{
	WALK(4, 1, four_neon, one_neon);
}
#endif

static const struct kernel kernels[] = {
	{ "plain", runs_anywhere, products_plain, listed_plain, paired_plain, reaching_plain,
	  similarities_plain },
#if defined(__x86_64__)
	{ "avx2", runs_avx2, products_avx2, listed_avx2, paired_avx2, reaching_avx2, similarities_avx2 },
	{ "avx512", runs_avx512, products_avx512, listed_avx2, paired_avx2, reaching_avx2,
	  similarities_avx512 },
#endif
#if defined(__aarch64__)
	{ "neon", runs_neon, products_neon, listed_plain, paired_plain, reaching_plain, similarities_plain },
#endif
};

static size_t runnable(size_t n)
{
	size_t found = 0;
	for (size_t i = 0; i < sizeof(kernels) / sizeof(*kernels); i++) {
		if (kernels[i].can_run() && found++ == n)
			return i;
	}
	return sizeof(kernels) / sizeof(*kernels);
}

const char *products_kernel(size_t i)
{
	size_t at = runnable(i);
	return at < sizeof(kernels) / sizeof(*kernels) ? kernels[at].name : NULL;
}

static const struct kernel *in_use;

void products_use(size_t i)
{
	in_use = &kernels[runnable(i)];
}

/* Whichever thread asks first, each finds the same one. */
static const struct kernel *kernel(void)
{
	const struct kernel *k = __atomic_load_n(&in_use, __ATOMIC_RELAXED);
	if (k)
		return k;
	k = &kernels[0];
	for (size_t i = 0; i < sizeof(kernels) / sizeof(*kernels); i++)
		k = kernels[i].can_run() ? &kernels[i] : k;
	__atomic_store_n(&in_use, k, __ATOMIC_RELAXED);
	return k;
}

void products(const float *rows, size_t stride, size_t row_count, const float *panels, size_t panel_count,
	      size_t dims, float *out, size_t out_stride)
{
	kernel()->products(rows, stride, row_count, panels, panel_count, dims, out, out_stride);
}

float products_of(const float *a, const float *b, size_t dims)
{
	static const uint32_t first = 0;
	float out;
	kernel()->listed(a, b, 0, &first, 1, dims, &out);
	return out;
}

void products_listed(const float *a, const float *rows, size_t stride, const uint32_t *list, size_t count,
		     size_t dims, float *out)
{
	kernel()->listed(a, rows, stride, list, count, dims, out);
}

void products_paired(const float *rows, size_t stride, const struct products_pair *pairs, size_t count,
		     size_t dims, float *out)
{
	kernel()->paired(rows, stride, pairs, count, dims, out);
}

size_t products_reaching(const float *products_, size_t count, float limit, uint32_t *list)
{
	return kernel()->reaching(products_, count, limit, list);
}

void similarities(const float *products_, float norm, const float *norms, size_t count, int32_t *out)
{
	kernel()->similarities(products_, norm, norms, count, out);
}
