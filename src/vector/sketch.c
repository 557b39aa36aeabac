#include "vector/sketch.h"

#include <math.h>
#include <string.h>

#include "base/draw.h"
#include "base/mem.h"
#include "vector/products.h"

#define SAMPLE ((size_t)128)  /* rows whose pairs tell how long a sketch must be */
#define LOOK 400.0            /* what looking at a pair costs, in the time that one */
#define STEP 25.0             /* pair of sketches takes for so many numbers */

/* `count` orthogonal rows of length 1: random ones, each less what it has of those before it, twice. */
static void make_basis(double *basis, size_t count, size_t dims)
{
	for (size_t n = 0; n < count; n++) {
		double *row = basis + n * dims, length = 0;
		struct draw d = draw_start(0, DRAW_SKETCH, n);
		for (size_t k = 0; k < dims; k++)
			row[k] = draw_fraction(&d) - 0.5;
		for (size_t other = 0; other < 2 * n; other++) {
			const double *from = basis + other % n * dims;
			double part = 0;
			for (size_t k = 0; k < dims; k++)
				part += row[k] * from[k];
			for (size_t k = 0; k < dims; k++)
				row[k] -= part * from[k];
		}
		for (size_t k = 0; k < dims; k++)
			length += row[k] * row[k];
		for (size_t k = 0; k < dims; k++)
			row[k] /= sqrt(length);
	}
}

static void take_basis(struct sketches *s, size_t size)
{
	size_t dims = s->vectors->dims, count = size - 1;
	double *exact = mem_alloc(count * dims * sizeof(*exact));
	float *rows = mem_alloc(count * dims * sizeof(*rows));
	s->basis = mem_alloc(panels_of(count) * PANEL * dims * sizeof(*s->basis));
	s->size = size;
	make_basis(exact, count, dims);
	for (size_t i = 0; i < count * dims; i++)
		rows[i] = (float)exact[i];
	panels_pack(s->basis, rows, dims, count, dims);
	mem_free(exact);
	mem_free(rows);
}

/* What rounding makes of a sketch at most, as a length: each number is a sum of dims steps. */
static double slack(const struct sketches *s)
{
	return (sqrt((double)s->size) + 2) * ((double)s->vectors->dims + 8) * 0x1p-24;
}

static void make_one(const struct sketches *s, uint32_t row, const float *in_basis, float *out)
{
	const struct vectors *v = s->vectors;
	float norm = v->norms[row], scale = norm > 0 ? 1 / sqrtf(norm) : 0;
	double left = 1 + 3 * slack(s);
	size_t count = s->basis ? s->size - 1 : s->size;
	for (size_t k = 0; k < count; k++) {
		out[k] = scale * (s->basis ? in_basis[k] : v->rows[row * v->stride + k]);
		left -= (double)out[k] * (double)out[k];
	}
	if (s->basis)
		out[count] = norm > 0 && left > 0 ? (float)sqrt(left) : 0;
}

void sketches_make(const struct sketches *s, const uint32_t *rows, size_t count, float *out)
{
	const struct vectors *v = s->vectors;
	size_t wide = s->basis ? panels_of(s->size - 1) * PANEL : 0;
	float *gathered = mem_alloc((v->stride + wide + 1) * SKETCHES_AT_ONCE * sizeof(*gathered));
	float *in_basis = gathered + v->stride * SKETCHES_AT_ONCE;
	for (size_t i = 0; s->basis && i < count; i++)
		memcpy(gathered + i * v->stride, v->rows + rows[i] * v->stride, v->stride * sizeof(float));
	if (s->basis)
		products(gathered, v->stride, count, s->basis, wide / PANEL, v->dims, in_basis, wide);
	for (size_t i = 0; i < count; i++)
		make_one(s, rows[i], in_basis + i * wide, out + i * s->size);
	mem_free(gathered);
}

/* Which part of the pairs of a sample reach the threshold. */
static double reached(const struct sketches *s, const uint32_t *rows, size_t count, double threshold)
{
	size_t held = count < SAMPLE ? count : SAMPLE, wide = panels_of(held) * PANEL, pairs = 0;
	float *made = mem_alloc((SAMPLE + SKETCHES_AT_ONCE) * s->size * sizeof(*made));
	float *panels = mem_alloc(wide * s->size * sizeof(*panels)), *all = mem_alloc(SAMPLE * wide * sizeof(*all));
	for (size_t i = 0; i < held; i += SKETCHES_AT_ONCE) {
		uint32_t some[SKETCHES_AT_ONCE];
		size_t n = 0;
		for (; n < SKETCHES_AT_ONCE && i + n < held; n++)
			some[n] = rows[(i + n) * count / held];
		sketches_make(s, some, n, made + i * s->size);
	}
	panels_pack(panels, made, s->size, held, s->size);
	products(made, s->size, held, panels, wide / PANEL, s->size, all, wide);
	for (size_t a = 0; a < held; a++) {
		for (size_t b = 0; b < a; b++)
			pairs += (double)(all[a * wide + b] + s->margin) >= threshold;
	}
	mem_free(made);
	mem_free(panels);
	mem_free(all);
	return held > 1 ? (double)pairs / (double)(held * (held - 1) / 2) : 0;
}

void sketches_init(struct sketches *s, const struct vectors *v, const uint32_t *rows, size_t count,
		   double threshold)
{
	static const size_t sizes[] = { 64, 128, 256 };
	*s = (struct sketches){ .vectors = v };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes) && 3 * sizes[i] <= 2 * v->dims && count; i++) {
		sketches_release(s);
		take_basis(s, sizes[i]);
		s->margin = (float)(6 * slack(s));
		if (reached(s, rows, count, threshold) * LOOK <= (double)sizes[i] / STEP)
			return;
	}
	sketches_release(s);
	s->size = v->dims;
	s->margin = (float)(6 * slack(s));
}

void sketches_release(struct sketches *s)
{
	mem_free(s->basis);
	s->basis = NULL;
}
