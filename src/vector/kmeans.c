#include "vector/kmeans.h"

#include <math.h>
#include <string.h>

#include "base/draw.h"
#include "base/mem.h"
#include "vector/products.h"

#define BLOCK ((size_t)192)   /* rows that a thread takes at once */
#define WIDE ((size_t)12)     /* panels of centres that they are multiplied with at once */

struct lloyd {
	struct kmeans *m;
	const struct vectors *v;
	const struct kmeans_options *o;
	size_t clusters;
	float *panels;               /* of centres; while it begins, of all rows */
	float *least;                /* by row: the square of its distance from a centre, while it begins */
	size_t at;                   /* the row that is the newest centre */
	uint32_t *members, *starts;  /* rows by cluster, and where each cluster begins */
	double *sums;                /* a cluster's rows, by cluster */
	size_t changed;              /* shared */
};

static size_t blocks_of(size_t count)
{
	return (count + BLOCK - 1) / BLOCK;
}

static size_t block_end(size_t block, size_t count)
{
	size_t end = (block + 1) * BLOCK;
	return end < count ? end : count;
}

/* How far apart two rows are, or their directions. */
static float apart(const struct lloyd *l, float product, float norm_a, float norm_b)
{
	if (l->o->spherical)
		return (float)(1 - vectors_cosine_of(product, norm_a, norm_b));
	return vectors_distance2_of(product, norm_a, norm_b);
}

/* The beginning */

static void pack_block(void *data, size_t block)
{
	struct lloyd *l = data;
	size_t first = block * BLOCK;
	vectors_pack(l->v, first, block_end(block, l->v->count) - first, l->panels + first * l->v->dims);
}

static void near_newest(void *data, size_t block)
{
	struct lloyd *l = data;
	const struct vectors *v = l->v;
	size_t first = block * BLOCK, count = block_end(block, v->count) - first;
	float out[BLOCK];
	products(v->rows + l->at * v->stride, v->stride, 1, l->panels + first * v->dims, panels_of(count), v->dims,
		 out, BLOCK);
	for (size_t i = 0; i < count; i++) {
		float d = apart(l, out[i], v->norms[first + i], v->norms[l->at]);
		l->least[first + i] = d < l->least[first + i] ? d : l->least[first + i];
	}
}

/* A row, each as likely as it is far from the centres; where all are near, any. */
static size_t draw_row(const struct lloyd *l, size_t centre)
{
	struct draw d = draw_start(l->o->seed, DRAW_CENTRES, centre);
	double sum = 0;
	for (size_t i = 0; centre && i < l->v->count; i++)
		sum += (double)l->least[i];
	if (!(sum > 0))
		return draw_below(&d, (uint32_t)l->v->count);
	double left = draw_fraction(&d) * sum;
	size_t at = 0;
	for (size_t i = 0; i < l->v->count; i++) {
		if (!(l->least[i] > 0))
			continue;
		at = i;
		left -= (double)l->least[i];
		if (left < 0)
			break;
	}
	return at;
}

static int add_centre(struct lloyd *l, const double *numbers)
{
	const struct vectors *v = l->v;
	double length = 0;
	double *row = mem_alloc(v->dims * sizeof(*row));
	for (size_t k = 0; k < v->dims; k++)
		length += numbers[k] * numbers[k];
	for (size_t k = 0; k < v->dims; k++)
		row[k] = l->o->spherical && length > 0 ? numbers[k] / sqrt(length) : numbers[k];
	int status = vectors_add(&l->m->centres, row, v->dims);
	mem_free(row);
	return status;
}

static int begin(struct lloyd *l, struct workers *crew)
{
	const struct vectors *v = l->v;
	double *row = mem_alloc(v->dims * sizeof(*row));
	l->panels = mem_alloc(panels_of(v->count) * PANEL * v->dims * sizeof(*l->panels));
	l->least = mem_alloc(v->count * sizeof(*l->least));
	int status = SOW_OK;
	for (size_t i = 0; i < v->count; i++)
		l->least[i] = INFINITY;
	workers_run(crew, blocks_of(v->count), pack_block, l);
	for (size_t c = 0; c < l->clusters && !status; c++) {
		l->at = draw_row(l, c);
		for (size_t k = 0; k < v->dims; k++)
			row[k] = (double)v->rows[l->at * v->stride + k];
		status = add_centre(l, row);
		workers_run(crew, blocks_of(v->count), near_newest, l);
	}
	mem_free(row);
	mem_free(l->least);
	mem_free(l->panels);
	l->panels = NULL;
	return status;
}

/* The iterations */

static void assign_block(void *data, size_t block)
{
	struct lloyd *l = data;
	const struct vectors *v = l->v, *c = &l->m->centres;
	size_t first = block * BLOCK, count = block_end(block, v->count) - first, changed = 0;
	float out[16 * WIDE * PANEL];
	for (size_t r = 0; r < count; r += 16) {
		size_t rows = count - r < 16 ? count - r : 16;
		uint32_t best[16] = { 0 };
		float least[16], product[16] = { 0 };
		for (size_t i = 0; i < rows; i++)
			least[i] = INFINITY;
		for (size_t from = 0; from < c->count; from += WIDE * PANEL) {
			size_t some = c->count - from < WIDE * PANEL ? c->count - from : WIDE * PANEL;
			size_t wide = panels_of(some) * PANEL;
			products(v->rows + (first + r) * v->stride, v->stride, rows, l->panels + from * v->dims,
				 wide / PANEL, v->dims, out, wide);
			for (size_t i = 0; i < rows; i++) {
				for (size_t n = 0; n < some; n++) {
					float p = out[i * wide + n];
					float far = l->o->spherical ? -p : c->norms[from + n] - 2 * p;
					if (far < least[i]) {
						least[i] = far;
						best[i] = (uint32_t)(from + n);
						product[i] = p;
					}
				}
			}
		}
		for (size_t i = 0; i < rows; i++) {
			changed += l->m->cluster[first + r + i] != best[i];
			l->m->cluster[first + r + i] = best[i];
			l->m->product[first + r + i] = product[i];
		}
	}
	__atomic_fetch_add(&l->changed, changed, __ATOMIC_RELAXED);
}

/* Rows by cluster, those of each in their order. */
static void group(struct lloyd *l)
{
	memset(l->starts, 0, (l->clusters + 2) * sizeof(*l->starts));
	for (size_t i = 0; i < l->v->count; i++)
		l->starts[l->m->cluster[i] + 2]++;
	for (size_t c = 2; c < l->clusters + 2; c++)
		l->starts[c] += l->starts[c - 1];
	for (size_t i = 0; i < l->v->count; i++)
		l->members[l->starts[l->m->cluster[i] + 1]++] = (uint32_t)i;
}

static void sum_cluster(void *data, size_t c)
{
	struct lloyd *l = data;
	const struct vectors *v = l->v;
	double *sum = l->sums + c * v->dims;
	uint32_t from = l->starts[c], end = l->starts[c + 1];
	for (size_t k = 0; k < v->dims; k++)
		sum[k] = from == end ? (double)l->m->centres.rows[c * v->stride + k] : 0;
	for (uint32_t n = from; n < end; n++) {
		size_t row = l->members[n];
		double scale = 1;
		if (l->o->spherical)
			scale = v->norms[row] > 0 ? 1 / sqrt((double)v->norms[row]) : 0;
		for (size_t k = 0; k < v->dims; k++)
			sum[k] += scale * (double)v->rows[row * v->stride + k];
	}
	for (size_t k = 0; k < v->dims && from != end && !l->o->spherical; k++)
		sum[k] /= (double)(end - from);
}

static int iterate(struct lloyd *l, struct workers *crew)
{
	struct vectors *c = &l->m->centres;
	size_t most = l->o->iterations ? l->o->iterations : KMEANS_ITERATIONS;
	for (size_t n = 0;; n++) {
		vectors_pack(c, 0, c->count, l->panels);
		l->changed = 0;
		workers_run(crew, blocks_of(l->v->count), assign_block, l);
		if ((!l->changed && n) || n == most)
			return SOW_OK;
		group(l);
		workers_run(crew, l->clusters, sum_cluster, l);
		c->count = 0;
		for (size_t i = 0; i < l->clusters; i++) {
			int status = add_centre(l, l->sums + i * l->v->dims);
			if (status)
				return status;
		}
	}
}

int kmeans_run(struct kmeans *m, const struct vectors *v, const struct kmeans_options *o, struct workers *crew)
{
	struct lloyd l = { .m = m, .v = v, .o = o, .clusters = o->clusters < v->count ? o->clusters : v->count };
	*m = (struct kmeans){ .centres = VECTORS_INIT };
	if (!v->count)
		return SOW_OK;
	if (v->count >= UINT32_MAX)
		return SOW_NOMEM;
	int status = begin(&l, crew);
	m->cluster = mem_zalloc(v->count * sizeof(*m->cluster));
	m->product = mem_zalloc(v->count * sizeof(*m->product));
	l.members = mem_alloc(v->count * sizeof(*l.members));
	l.starts = mem_alloc((l.clusters + 2) * sizeof(*l.starts));
	l.sums = mem_alloc(l.clusters * v->dims * sizeof(*l.sums));
	l.panels = mem_alloc(panels_of(l.clusters) * PANEL * v->dims * sizeof(*l.panels));
	if (!status)
		status = iterate(&l, crew);
	mem_free(l.members);
	mem_free(l.starts);
	mem_free(l.sums);
	mem_free(l.panels);
	if (status)
		kmeans_release(m);
	return status;
}

void kmeans_release(struct kmeans *m)
{
	vectors_release(&m->centres);
	mem_free(m->cluster);
	mem_free(m->product);
	m->cluster = NULL;
	m->product = NULL;
}
