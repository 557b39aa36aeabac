#include "vector/pca.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "vector/products.h"

#define BLOCK ((size_t)512)   /* rows whose products are summed as floats, then added up as doubles */
#define WIDE ((size_t)3)      /* panels of numbers that a thread takes at once */
#define TURNS 60              /* of QL for one eigenvalue; it takes two or three */

/* The eigenvalues of a symmetric matrix */

/* Reflections make the matrix tridiagonal: its diagonal goes to d, what is beside it to e. The reflections
 * are left in the rows of `m`, each of length sqrt(2). */
static void tridiagonal(double *m, size_t n, double *d, double *e, double *p)
{
	for (size_t k = 0; k + 2 < n; k++) {
		double *x = m + k * n, length = 0; /* row k behind the diagonal is what is reflected */
		for (size_t i = k + 1; i < n; i++)
			length += x[i] * x[i];
		length = sqrt(length);
		d[k] = x[k];
		e[k] = x[k + 1] > 0 ? -length : length;
		if (!(length > 0)) {
			memset(x + k + 1, 0, (n - k - 1) * sizeof(*x));
			continue;
		}
		x[k + 1] -= e[k];
		double scale = 1 / sqrt(-e[k] * x[k + 1]); /* |x|^2 is -2 e x, so that H = 1 - x x' */
		for (size_t i = k + 1; i < n; i++)
			x[i] *= scale;
		double along = 0;
		for (size_t i = k + 1; i < n; i++) {
			p[i] = 0;
			for (size_t j = k + 1; j < n; j++)
				p[i] += m[i * n + j] * x[j];
			along += p[i] * x[i];
		}
		for (size_t i = k + 1; i < n; i++)
			p[i] -= along / 2 * x[i];
		for (size_t i = k + 1; i < n; i++) {
			for (size_t j = k + 1; j < n; j++)
				m[i * n + j] -= x[i] * p[j] + p[i] * x[j];
		}
	}
	for (size_t k = n < 2 ? 0 : n - 2; k < n; k++) {
		d[k] = m[k * n + k];
		e[k] = k + 1 < n ? m[k * n + k + 1] : 0;
	}
}

/* The product of the reflections, transposed: z[i] is what the i-th number of the tridiagonal form is. */
static void accumulate(const double *m, size_t n, double *z)
{
	for (size_t i = 0; i < n * n; i++)
		z[i] = i % (n + 1) == 0;
	for (size_t k = n < 2 ? 0 : n - 2; k-- > 0;) {
		const double *x = m + k * n;
		for (size_t i = k + 1; i < n; i++) {
			double part = 0;
			for (size_t j = k + 1; j < n; j++)
				part += z[i * n + j] * x[j];
			for (size_t j = k + 1; j < n; j++)
				z[i * n + j] -= part * x[j];
		}
	}
}

static void rotate(double *low, double *high, size_t n, double c, double s)
{
	for (size_t k = 0; k < n; k++) {
		double h = high[k];
		high[k] = s * low[k] + c * h;
		low[k] = c * low[k] - s * h;
	}
}

/* One step of implicit QL on rows `from` to `end`, with Wilkinson's shift. */
static void ql_step(double *d, double *e, double *z, size_t n, size_t from, size_t end)
{
	double g = (d[from + 1] - d[from]) / (2 * e[from]), s = 1, c = 1, p = 0;
	g = d[end] - d[from] + e[from] / (g + copysign(sqrt(g * g + 1), g));
	for (size_t i = end; i-- > from;) {
		double f = s * e[i], b = c * e[i], r = sqrt(f * f + g * g);
		e[i + 1] = r;
		if (!(r > 0)) {
			d[i + 1] -= p;
			e[end] = 0;
			return;
		}
		s = f / r;
		c = g / r;
		g = d[i + 1] - p;
		r = (d[i] - g) * s + 2 * c * b;
		p = s * r;
		d[i + 1] = g + p;
		g = c * r - b;
		rotate(z + i * n, z + (i + 1) * n, n, c, s);
	}
	d[from] -= p;
	e[from] = g;
	e[end] = 0;
}

static void diagonal(double *d, double *e, double *z, size_t n)
{
	for (size_t from = 0; from < n; from++) {
		for (size_t turn = 0; turn < TURNS; turn++) {
			size_t end = from;
			while (end + 1 < n && fabs(e[end]) > DBL_EPSILON * (fabs(d[end]) + fabs(d[end + 1])))
				end++;
			if (end == from)
				break;
			ql_step(d, e, z, n, from, end);
		}
	}
}

struct found {
	double value;
	size_t at;
};

static int by_value(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	if (x->value != y->value)
		return x->value > y->value ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static void copy_row(double *to, const double *from, size_t n)
{
	size_t largest = 0;
	for (size_t k = 1; k < n; k++)
		largest = fabs(from[k]) > fabs(from[largest]) ? k : largest;
	for (size_t k = 0; k < n; k++)
		to[k] = from[largest] < 0 ? -from[k] : from[k];
}

void pca_eigen(double *m, size_t n, double *values)
{
	double *z = mem_alloc(n * n * sizeof(*z)), *e = mem_zalloc((n + 1) * sizeof(*e));
	double *p = mem_alloc(n * sizeof(*p));
	struct found *list = mem_alloc(n * sizeof(*list));
	tridiagonal(m, n, values, e, p);
	accumulate(m, n, z);
	diagonal(values, e, z, n);
	for (size_t i = 0; i < n; i++)
		list[i] = (struct found){ values[i], i };
	qsort(list, n, sizeof(*list), by_value);
	for (size_t i = 0; i < n; i++) {
		values[i] = list[i].value;
		copy_row(m + i * n, z + list[i].at * n, n);
	}
	mem_free(z);
	mem_free(e);
	mem_free(p);
	mem_free(list);
}

/* The covariance */

struct covariance {
	const struct vectors *v;
	double *mean, *sums;         /* dims, and dims * dims */
	float *turned, *panels;      /* a block of rows less the mean, a number after the other, and as panels */
	size_t count;                /* rows in it */
};

static void find_mean(struct covariance *c)
{
	const struct vectors *v = c->v;
	for (size_t i = 0; i < v->count; i++) {
		for (size_t k = 0; k < v->dims; k++)
			c->mean[k] += (double)v->rows[i * v->stride + k];
	}
	for (size_t k = 0; k < v->dims; k++)
		c->mean[k] /= (double)v->count;
}

static void add_products(void *data, size_t item)
{
	struct covariance *c = data;
	size_t dims = c->v->dims, first = item * WIDE, panels = panels_of(dims) - first;
	float out[8 * WIDE * PANEL];
	panels = panels < WIDE ? panels : WIDE;
	for (size_t r = 0; r < dims; r += 8) {
		size_t rows = dims - r < 8 ? dims - r : 8;
		products(c->turned + r * BLOCK, BLOCK, rows, c->panels + first * PANEL * c->count, panels, c->count,
			 out, panels * PANEL);
		for (size_t i = 0; i < rows; i++) {
			for (size_t k = 0; k < panels * PANEL && first * PANEL + k < dims; k++)
				c->sums[(r + i) * dims + first * PANEL + k] += (double)out[i * panels * PANEL + k];
		}
	}
}

static void sum_up(struct covariance *c, struct workers *crew)
{
	const struct vectors *v = c->v;
	for (size_t from = 0; from < v->count; from += BLOCK) {
		c->count = v->count - from < BLOCK ? v->count - from : BLOCK;
		for (size_t i = 0; i < c->count; i++) {
			for (size_t k = 0; k < v->dims; k++)
				c->turned[k * BLOCK + i] = (float)((double)v->rows[(from + i) * v->stride + k] -
								   c->mean[k]);
		}
		panels_pack(c->panels, c->turned, BLOCK, v->dims, c->count);
		workers_run(crew, (panels_of(v->dims) + WIDE - 1) / WIDE, add_products, c);
	}
}

static size_t components(const double *values, size_t dims, double share, size_t most)
{
	double sum = 0, so_far = 0;
	size_t count = 0;
	for (size_t k = 0; k < dims; k++)
		sum += values[k] > 0 ? values[k] : 0;
	while (count < dims && (!most || count < most) && so_far <= share * sum)
		so_far += values[count++];
	return count ? count : 1;
}

struct projection {
	const struct vectors *v;
	const double *mean;
	const float *panels;         /* of the components */
	const double *shift;         /* what the mean is along each */
	size_t count;
	float *out;
};

static void project_block(void *data, size_t block)
{
	struct projection *p = data;
	const struct vectors *v = p->v;
	size_t first = block * BLOCK, end = first + BLOCK < v->count ? first + BLOCK : v->count;
	size_t wide = panels_of(p->count) * PANEL;
	float *to = p->out + first * wide;
	products(v->rows + first * v->stride, v->stride, end - first, p->panels, wide / PANEL, v->dims, to, wide);
	for (size_t i = 0; i < end - first; i++) {
		for (size_t k = 0; k < p->count; k++)
			to[i * wide + k] = (float)((double)to[i * wide + k] - p->shift[k]);
	}
}

/* Rows along the first `count` rows of m. */
static int project(struct vectors *out, const struct covariance *c, size_t count, struct workers *crew)
{
	const struct vectors *v = c->v;
	size_t dims = v->dims, wide = panels_of(count) * PANEL;
	float *rows = mem_alloc(count * dims * sizeof(*rows)), *panels = mem_alloc(wide * dims * sizeof(*panels));
	float *all = mem_alloc(v->count * wide * sizeof(*all));
	double *shift = mem_zalloc(count * sizeof(*shift));
	int status = vectors_reserve(out, v->count, count);
	for (size_t i = 0; i < count * dims; i++) {
		rows[i] = (float)c->sums[i];
		shift[i / dims] += (double)rows[i] * c->mean[i % dims];
	}
	panels_pack(panels, rows, dims, count, dims);
	struct projection p = { v, c->mean, panels, shift, count, all };
	workers_run(crew, (v->count + BLOCK - 1) / BLOCK, project_block, &p);
	for (size_t i = 0; i < v->count && !status; i++)
		status = vectors_add_floats(out, all + i * wide, count);
	mem_free(rows);
	mem_free(panels);
	mem_free(all);
	mem_free(shift);
	return status;
}

int pca_project(struct vectors *out, const struct vectors *v, double share, size_t most, struct workers *crew)
{
	size_t dims = v->dims;
	if (!v->count)
		return SOW_OK;
	double *values = mem_alloc(dims * sizeof(*values));
	struct covariance c = { .v = v, .mean = mem_zalloc(dims * sizeof(double)),
				.sums = mem_zalloc(dims * dims * sizeof(double)),
				.turned = mem_alloc(dims * BLOCK * sizeof(float)),
				.panels = mem_alloc(panels_of(dims) * PANEL * BLOCK * sizeof(float)) };
	find_mean(&c);
	sum_up(&c, crew);
	pca_eigen(c.sums, dims, values);
	int status = project(out, &c, components(values, dims, share, most), crew);
	mem_free(values);
	mem_free(c.mean);
	mem_free(c.sums);
	mem_free(c.turned);
	mem_free(c.panels);
	return status;
}
