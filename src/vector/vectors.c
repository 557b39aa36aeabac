#include "vector/vectors.h"

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
#include "vector/products.h"

#define LANES 16 /* rows begin at a multiple of so many numbers */
#define AT_ONCE ((size_t)96) /* rows read from a file together */

float vectors_product(const struct vectors *v, size_t a, size_t b)
{
	return products_of(v->rows + a * v->stride, v->rows + b * v->stride, v->dims);
}

void vectors_pack(const struct vectors *v, size_t first, size_t count, float *panels)
{
	panels_pack(panels, v->rows + first * v->stride, v->stride, count, v->dims);
}

double vectors_cosine_of(float product, float norm_a, float norm_b)
{
	double norms = sqrt((double)norm_a * (double)norm_b);
	return norms > 0 ? (double)product / norms : 0;
}

float vectors_distance2_of(float product, float norm_a, float norm_b)
{
	float d = norm_a + norm_b - 2 * product;
	return d > 0 ? d : 0;
}

double vectors_cosine(const struct vectors *v, size_t a, size_t b)
{
	return vectors_cosine_of(vectors_product(v, a, b), v->norms[a], v->norms[b]);
}

void vectors_release(struct vectors *v)
{
	mem_free(v->rows);
	mem_free(v->norms);
	*v = (struct vectors)VECTORS_INIT;
}

static int make_room(struct vectors *v, size_t room)
{
	size_t floats = v->room * v->stride, norms = v->room;
	if (room <= v->room)
		return SOW_OK;
	if (v->stride && room > SIZE_MAX / v->stride / 2)
		return SOW_NOMEM;
	/* both grow to the same number of rows */
	mem_grow(&v->rows, &floats, room * v->stride);
	mem_grow(&v->norms, &norms, room);
	v->room = room;
	return SOW_OK;
}

int vectors_reserve(struct vectors *v, size_t rows, size_t dims)
{
	if (!v->count) {
		if (dims != v->dims) /* what there is room for was counted in rows of the other length */
			vectors_release(v);
		v->dims = dims;
		v->stride = (dims + LANES - 1) / LANES * LANES;
	}
	return dims && dims == v->dims ? make_room(v, rows) : SOW_INVALID;
}

/* The next row's place, its end zeroed; NULL when out of memory. */
static float *next_row(struct vectors *v)
{
	if (v->count == v->room && make_room(v, v->room ? v->room + v->room / 2 : 64))
		return NULL;
	float *to = v->rows + v->count * v->stride;
	memset(to + v->dims, 0, (v->stride - v->dims) * sizeof(*to));
	return to;
}

/* The norm of a row tells whether its numbers are finite: squares do not cancel each other. */
static int finish_row(struct vectors *v, const float *row)
{
	float norm = products_of(row, row, v->dims);
	if (!isfinite(norm))
		return SOW_INVALID;
	v->norms[v->count++] = norm;
	return SOW_OK;
}

int vectors_add(struct vectors *v, const double *row, size_t dims)
{
	if (vectors_reserve(v, 0, dims))
		return SOW_INVALID;
	float *to = next_row(v);
	if (!to)
		return SOW_NOMEM;
	for (size_t i = 0; i < dims; i++)
		to[i] = (float)row[i];
	return finish_row(v, to);
}

int vectors_add_floats(struct vectors *v, const float *row, size_t dims)
{
	if (vectors_reserve(v, 0, dims))
		return SOW_INVALID;
	float *to = next_row(v);
	if (!to)
		return SOW_NOMEM;
	memcpy(to, row, dims * sizeof(*to));
	return finish_row(v, to);
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

/* As a file to seek in, whose header fits its length. */
static int open_npy(const char *path, FILE **file, struct npy *n, struct sow_error *err)
{
	struct buf head = BUF_INIT;
	char text[1024];
	struct infile *in = infile_open(path, err);
	*file = in ? infile_seekable(in, err) : NULL;
	infile_close(in);
	if (!*file)
		return err->status;
	rewind(*file);
	buf_add(&head, text, fread(text, 1, sizeof(text), *file));
	bool is = read_header(&head, n) && n->dims && n->dims <= 1 << 20 && fseeko(*file, 0, SEEK_END) == 0;
	off_t end = is ? ftello(*file) : 0;
	buf_release(&head);
	if (is && end >= 0 && n->rows <= (size_t)end && (size_t)end - n->start == n->rows * n->dims * n->size)
		return SOW_OK;
	return error_set(err, SOW_INVALID, "%s: expected an array of NumPy with a row a record: two "
			 "dimensions, float32 or float64, in C's order", path);
}

/* One row; `wide` has room for it in 64 bits. */
static bool read_row(FILE *file, const struct npy *n, float *to, size_t stride, double *wide)
{
	void *from = n->size == 4 ? (void *)to : wide;
	if (fread(from, n->size, n->dims, file) != n->dims)
		return false;
	for (size_t i = 0; n->size == 8 && i < n->dims; i++)
		to[i] = (float)wide[i];
	memset(to + n->dims, 0, (stride - n->dims) * sizeof(*to));
	return true;
}

/* Behind those that are held, where there is room. */
static bool read_rows(FILE *file, const struct npy *n, struct vectors *v, size_t count, double *wide)
{
	float *to = v->rows + v->count * v->stride;
	if (n->size == 4 && v->stride == n->dims)
		return fread(to, n->size, count * n->dims, file) == count * n->dims;
	for (size_t i = 0; i < count; i++) {
		if (!read_row(file, n, to + i * v->stride, v->stride, wide))
			return false;
	}
	return true;
}

/* Takes over rows that are read, up to the first that is not finite. How many. */
static size_t take_rows(struct vectors *v, size_t count)
{
	struct products_pair pairs[AT_ONCE];
	float *norms = v->norms + v->count;
	size_t n = 0;
	for (uint32_t i = 0; i < count; i++)
		pairs[i] = (struct products_pair){ i, i };
	products_paired(v->rows + v->count * v->stride, v->stride, pairs, count, v->dims, norms);
	while (n < count && isfinite(norms[n]))
		n++;
	v->count += n;
	return n;
}

static int read_part(FILE *file, const struct npy *n, struct vectors *v, size_t first, size_t count,
		     const char *path, struct sow_error *err)
{
	double *wide = mem_alloc(n->dims * sizeof(*wide));
	int status = SOW_OK;
	if (fseeko(file, (off_t)(n->start + first * n->dims * n->size), SEEK_SET) != 0)
		status = error_errno(err, path);
	for (size_t r = 0; r < count && !status; r += AT_ONCE) {
		size_t some = count - r < AT_ONCE ? count - r : AT_ONCE, taken = 0;
		if (!read_rows(file, n, v, some, wide))
			status = error_set(err, SOW_IO, "%s: cannot be read to its end", path);
		else if ((taken = take_rows(v, some)) < some)
			status = error_set(err, SOW_INVALID, "%s: row %zu: expected numbers that are finite", path,
					   first + r + taken);
	}
	mem_free(wide);
	return status;
}

int vectors_read_npy_part(struct vectors *v, const char *path, size_t first, size_t count, size_t *rows,
			  struct sow_error *err)
{
	FILE *file = NULL;
	struct npy n = { 0 };
	struct sow_error own;
	err = err ? err : &own;
	int status = open_npy(path, &file, &n, err);
	*rows = n.rows;
	first = first < n.rows ? first : n.rows;
	count = count < n.rows - first ? count : n.rows - first;
	int made = !status && count ? vectors_reserve(v, v->count + count, n.dims) : SOW_OK;
	if (made == SOW_INVALID)
		status = error_set(err, made, "%s: expected rows of %zu numbers, not of %zu", path, v->dims, n.dims);
	else if (made)
		status = error_nomem(err);
	if (!status)
		status = read_part(file, &n, v, first, count, path, err);
	if (file)
		fclose(file);
	return status;
}

int vectors_read_npy(struct vectors *v, const char *path, struct sow_error *err)
{
	size_t rows;
	return vectors_read_npy_part(v, path, 0, SIZE_MAX, &rows, err);
}
