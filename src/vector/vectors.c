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

static int finish_row(struct vectors *v, const float *row)
{
	for (size_t i = 0; i < v->dims; i++) {
		if (!isfinite(row[i]))
			return SOW_INVALID;
	}
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

/* A row, whose numbers need not be aligned in the file. */
static int add_row(struct vectors *v, const char *from, const struct npy *n)
{
	float *to = next_row(v);
	double real;
	if (!to)
		return SOW_NOMEM;
	if (n->size == 4)
		memcpy(to, from, n->dims * 4);
	for (size_t i = 0; n->size == 8 && i < n->dims; i++) {
		memcpy(&real, from + i * 8, 8);
		to[i] = (float)real;
	}
	return finish_row(v, to);
}

static int add_rows(struct vectors *v, const struct buf *file, const struct npy *n, const char *path,
		    struct sow_error *err)
{
	const char *from = file->data + n->start;
	int status = vectors_reserve(v, v->count + n->rows, n->dims);
	if (status == SOW_INVALID)
		return error_set(err, status, "%s: expected rows of %zu numbers, not of %zu", path, v->dims, n->dims);
	for (size_t r = 0; r < n->rows && !status; r++, from += n->dims * n->size) {
		status = add_row(v, from, n);
		if (status == SOW_INVALID)
			error_set(err, status, "%s: row %zu: expected numbers that are finite", path, r);
	}
	return status == SOW_NOMEM ? error_nomem(err) : status;
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

/* The header alone; the file is as long as it says. */
static int open_npy(const char *path, FILE **file, struct npy *n, struct sow_error *err)
{
	struct buf head = BUF_INIT;
	char text[1024];
	*file = fopen(path, "rb");
	if (!*file)
		return error_errno(err, path);
	buf_add(&head, text, fread(text, 1, sizeof(text), *file));
	bool is = read_header(&head, n) && n->dims && n->dims <= 1 << 20 && fseeko(*file, 0, SEEK_END) == 0;
	off_t end = is ? ftello(*file) : 0;
	buf_release(&head);
	if (is && end >= 0 && n->rows <= (size_t)end && (size_t)end - n->start == n->rows * n->dims * n->size)
		return SOW_OK;
	return error_set(err, SOW_INVALID, "%s: expected an array of NumPy with a row a record: two "
			 "dimensions, float32 or float64, in C's order", path);
}

int vectors_read_npy_part(struct vectors *v, const char *path, size_t first, size_t count, size_t *rows,
			  struct sow_error *err)
{
	FILE *file = NULL;
	struct npy n = { 0 };
	int status = open_npy(path, &file, &n, err);
	*rows = n.rows;
	first = first < n.rows ? first : n.rows;
	count = count < n.rows - first ? count : n.rows - first;
	char *row = status ? NULL : mem_alloc(n.dims * n.size + 1);
	int made = !status && count ? vectors_reserve(v, v->count + count, n.dims) : SOW_OK;
	if (made == SOW_INVALID)
		status = error_set(err, made, "%s: expected rows of %zu numbers, not of %zu", path, v->dims, n.dims);
	else if (made)
		status = error_nomem(err);
	if (!status && fseeko(file, (off_t)(n.start + first * n.dims * n.size), SEEK_SET) != 0)
		status = error_errno(err, path);
	for (size_t r = 0; r < count && !status; r++) {
		if (fread(row, n.size, n.dims, file) != n.dims) {
			status = error_set(err, SOW_IO, "%s: cannot be read to its end", path);
			continue;
		}
		status = add_row(v, row, &n);
		if (status == SOW_INVALID)
			error_set(err, status, "%s: row %zu: expected numbers that are finite", path, first + r);
		else if (status)
			error_nomem(err);
	}
	mem_free(row);
	if (file)
		fclose(file);
	return status;
}
