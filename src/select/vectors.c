#include "select/vectors.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/view.h"
#include "io/infile.h"

#define LANES 8
typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));

static inline __attribute__((always_inline)) float sum_lanes(const lanes *x)
{
	float sum = 0;
	for (int i = 0; i < LANES; i++)
		sum += (*x)[i];
	return sum;
}

static float dot(const float *a, const float *b, size_t stride)
{
	lanes sum = { 0 };
	for (size_t i = 0; i < stride; i += LANES)
		sum += *(const lanes *)(a + i) * *(const lanes *)(b + i);
	return sum_lanes(&sum);
}

/* Four at once, so that `a` is read once for them. */
static inline __attribute__((always_inline)) void
dot4(const float *a, const float *b, size_t stride, float out[4])
{
	lanes s0 = { 0 }, s1 = { 0 }, s2 = { 0 }, s3 = { 0 };
	for (size_t i = 0; i < stride; i += LANES) {
		lanes x = *(const lanes *)(a + i);
		s0 += x * *(const lanes *)(b + i);
		s1 += x * *(const lanes *)(b + stride + i);
		s2 += x * *(const lanes *)(b + 2 * stride + i);
		s3 += x * *(const lanes *)(b + 3 * stride + i);
	}
	out[0] = sum_lanes(&s0);
	out[1] = sum_lanes(&s1);
	out[2] = sum_lanes(&s2);
	out[3] = sum_lanes(&s3);
}

static inline __attribute__((always_inline)) void
dots(const float *a, const float *b, size_t stride, size_t count, float *out)
{
	size_t i = 0;
	for (; i + 4 <= count; i += 4)
		dot4(a, b + i * stride, stride, out + i);
	for (; i < count; i++)
		out[i] = dot(a, b + i * stride, stride);
}

#if defined(__x86_64__)
/* The same sums in the same order: without FMA, which would round once where this rounds twice. */
__attribute__((target("avx2"))) static void dots_avx2(const float *a, const float *b, size_t stride,
						      size_t count, float *out)
{
	dots(a, b, stride, count, out);
}

static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}
#else
#define dots_avx2 dots
static bool has_avx2(void)
{
	return false;
}
#endif

float vectors_dot(const struct vectors *v, size_t a, size_t b)
{
	return dot(v->rows + a * v->stride, v->rows + b * v->stride, v->stride);
}

void vectors_dots(const struct vectors *v, size_t a, const struct vectors *w, size_t first, size_t count,
		  float *out)
{
	const float *row = v->rows + a * v->stride, *others = w->rows + first * w->stride;
	if (has_avx2())
		dots_avx2(row, others, v->stride, count, out);
	else
		dots(row, others, v->stride, count, out);
}

float vectors_cosine_of(float product, float norm_a, float norm_b)
{
	float norms = sqrtf(norm_a) * sqrtf(norm_b);
	return norms > 0 ? product / norms : 0;
}

float vectors_distance2_of(float product, float norm_a, float norm_b)
{
	float d = norm_a + norm_b - 2 * product;
	return d > 0 ? d : 0;
}

float vectors_cosine(const struct vectors *v, size_t a, size_t b)
{
	return vectors_cosine_of(vectors_dot(v, a, b), v->norms[a], v->norms[b]);
}

void vectors_release(struct vectors *v)
{
	mem_free(v->rows);
	mem_free(v->norms);
	*v = (struct vectors)VECTORS_INIT;
}

static int grow(struct vectors *v)
{
	size_t room = v->room ? 2 * v->room : 64, floats = 0, norms = v->room;
	/* both grow to the same number of rows */
	floats = v->room * v->stride;
	if (mem_grow(&v->rows, &floats, room * v->stride) || mem_grow(&v->norms, &norms, room))
		return SOW_NOMEM;
	v->room = room;
	return SOW_OK;
}

int vectors_add(struct vectors *v, const double *row, size_t dims)
{
	if (!v->count) {
		v->dims = dims;
		v->stride = (dims + LANES - 1) / LANES * LANES;
	}
	if (!dims || dims != v->dims)
		return SOW_INVALID;
	if (v->count == v->room && grow(v))
		return SOW_NOMEM;
	float *to = v->rows + v->count * v->stride;
	memset(to, 0, v->stride * sizeof(*to));
	for (size_t i = 0; i < dims; i++) {
		to[i] = (float)row[i];
		if (!isfinite(to[i]))
			return SOW_INVALID;
	}
	v->norms[v->count] = dot(to, to, v->stride);
	v->count++;
	return SOW_OK;
}

/* What the header of an array says, a Python dictionary in plain text. */
struct npy {
	size_t rows, dims, size;     /* bytes of a number */
	size_t start;                /* of the numbers */
};

static bool read_header(const struct buf *file, struct npy *n)
{
	const unsigned char *p = (const unsigned char *)file->data;
	char text[512] = "";
	if (file->len < 12 || memcmp(p, "\x93NUMPY", 6) != 0)
		return false;
	size_t at = p[6] == 1 ? 10 : 12;
	size_t len = p[8] + ((size_t)p[9] << 8) + (p[6] == 1 ? 0 : ((size_t)p[10] << 16));
	if (len >= sizeof(text) || at + len > file->len)
		return false;
	memcpy(text, file->data + at, len);
	const char *kind = strstr(text, "'descr': '<f"), *shape = strstr(text, "'shape': (");
	if (!kind || !shape || !strstr(text, "'fortran_order': False"))
		return false;
	n->size = (size_t)(kind[12] - '0');
	n->start = at + len;
	return (n->size == 4 || n->size == 8) &&
	       sscanf(shape, "'shape': (%zu, %zu)", &n->rows, &n->dims) == 2;
}

static int add_rows(struct vectors *v, const struct buf *file, const struct npy *n, const char *path,
		    struct sow_error *err)
{
	double *row = mem_alloc(n->dims * sizeof(*row));
	const char *from = file->data + n->start;
	int status = row ? SOW_OK : error_nomem(err);
	for (size_t r = 0; r < n->rows && !status; r++) {
		for (size_t i = 0; i < n->dims; i++, from += n->size) {
			float single;
			if (n->size == 8)
				memcpy(&row[i], from, 8);
			else
				memcpy(&single, from, 4), row[i] = (double)single;
		}
		status = vectors_add(v, row, n->dims);
		if (status == SOW_INVALID)
			error_set(err, status, "%s: row %zu: expected numbers that are finite", path, r);
		else if (status)
			error_nomem(err);
	}
	mem_free(row);
	return status;
}

int vectors_read_npy(struct vectors *v, const char *path, struct sow_error *err)
{
	struct buf file = { .data = buf_empty, .cap = INFILE_WHOLE_MAX };
	struct npy n;
	int status = infile_whole(path, &file, err);
	if (!status && (!read_header(&file, &n) || !n.dims || n.dims > 1 << 20 || n.rows > file.len ||
			file.len - n.start != n.rows * n.dims * n.size))
		status = error_set(err, SOW_INVALID, "%s: expected an array of NumPy with a row a record: two "
				   "dimensions, float32 or float64, in C's order", path);
	if (!status)
		status = add_rows(v, &file, &n, path, err);
	buf_release(&file);
	return status;
}
