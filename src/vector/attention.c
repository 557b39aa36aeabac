#include "vector/attention.h"

#include <string.h>

#include "base/mem.h"
#include "vector/products.h"

#define ROWS_LEAST ((size_t)8) /* products of fewer are slow: they go with the group before them */
#define ROWS_MOST (ATTENTION_ROWS + ROWS_LEAST - 1)

static size_t pieces_of(const struct attention *a)
{
	return panels_of(a->width);
}

static size_t groups_of(const struct attention *a)
{
	size_t whole = a->rows / ATTENTION_ROWS;
	return whole + (!whole || a->rows % ATTENTION_ROWS >= ROWS_LEAST);
}

void attention_begin(struct attention *a, size_t rows, size_t width)
{
	a->rows = rows;
	a->width = width;
	size_t need = groups_of(a) * pieces_of(a);
	mem_grow(&a->shown, &a->room, need + 1);
	memset(a->shown, 0, need * sizeof(*a->shown));
}

void attention_show(struct attention *a, size_t row, size_t from, size_t count)
{
	size_t group = row / ATTENTION_ROWS, last = groups_of(a) - 1;
	bool *shown = a->shown + (group < last ? group : last) * pieces_of(a);
	for (size_t piece = from / PANEL; count && piece <= (from + count - 1) / PANEL; piece++)
		shown[piece] = true;
}

void attention_release(struct attention *a)
{
	mem_free(a->shown);
	*a = (struct attention){ 0 };
}

/* A group of rows, and what it is shown. */
struct group {
	const bool *shown;
	size_t first, count;         /* rows */
};

static struct group group_at(const struct attention *a, size_t n)
{
	size_t first = n * ATTENTION_ROWS, rest = a->rows - first;
	return (struct group){ .shown = a->shown + n * pieces_of(a), .first = first,
			       .count = n + 1 < groups_of(a) ? ATTENTION_ROWS : rest };
}

/* The next pieces that are shown one behind the other, of those from *from on and before `end`: *from is
 * the first; how many, 0 if there are no more. */
static size_t next_run(const struct group *g, size_t *from, size_t end)
{
	size_t count = 0;
	while (*from < end && !g->shown[*from])
		++*from;
	while (*from + count < end && g->shown[*from + count])
		count++;
	return count;
}

/* Of the last panel no more than `count` numbers are written. */
static void last_panel(const float *rows, size_t stride, size_t row_count, const float *panel, size_t count,
		       size_t dims, float *out, size_t out_stride)
{
	float whole[ROWS_MOST * PANEL];
	products(rows, stride, row_count, panel, 1, dims, whole, PANEL);
	for (size_t r = 0; r < row_count; r++)
		memcpy(out + r * out_stride, whole + r * PANEL, count * sizeof(*out));
}

void attention_scores(const struct attention *a, const float *rows, size_t stride, const float *panels,
		      size_t first, size_t count, size_t dims, float *out, size_t out_stride)
{
	size_t begin = first / PANEL, whole = begin + count / PANEL, end = begin + panels_of(count), run;
	for (size_t n = 0; n < groups_of(a); n++) {
		struct group g = group_at(a, n);
		const float *from = rows + g.first * stride;
		float *to = out + g.first * out_stride;
		for (size_t piece = begin; (run = next_run(&g, &piece, whole)); piece += run)
			products(from, stride, g.count, panels + (piece - begin) * PANEL * dims, run, dims,
				 to + (piece - begin) * PANEL, out_stride);
		if (whole < end && g.shown[whole])
			last_panel(from, stride, g.count, panels + (whole - begin) * PANEL * dims, count % PANEL,
				   dims, to + (whole - begin) * PANEL, out_stride);
	}
}

static size_t end_of(const struct attention *a, size_t piece)
{
	return piece * PANEL < a->width ? piece * PANEL : a->width;
}

/* All that is shown stands in one run: as it is, a panel at a time. */
static void sum_run(const struct attention *a, const struct group *g, size_t piece, size_t run,
		    const float *weights, size_t stride, const float *panels, size_t panel_count, float *out,
		    size_t out_stride)
{
	size_t from = end_of(a, piece), dims = end_of(a, piece + run) - from;
	for (size_t c = 0; c < panel_count; c++)
		products(weights + from, stride, g->count, panels + (c * a->width + from) * PANEL, 1, dims,
			 out + c * PANEL, out_stride);
}

/* The runs of places are put one behind the other, of the weights and of the panels. */
static void sum_runs(const struct attention *a, const struct group *g, const float *weights, size_t stride,
		     const float *panels, size_t panel_count, float *out, size_t out_stride, float *spare)
{
	size_t pieces = pieces_of(a), dims = 0, at = 0, run;
	for (size_t piece = 0; piece < pieces; piece++)
		dims += g->shown[piece] ? end_of(a, piece + 1) - piece * PANEL : 0;
	float *rows = spare + panel_count * PANEL * dims;
	for (size_t piece = 0; (run = next_run(g, &piece, pieces)); piece += run) {
		size_t from = piece * PANEL, count = end_of(a, piece + run) - from;
		for (size_t c = 0; c < panel_count; c++)
			memcpy(spare + (c * dims + at) * PANEL, panels + (c * a->width + from) * PANEL,
			       count * PANEL * sizeof(*spare));
		for (size_t r = 0; r < g->count; r++)
			memcpy(rows + r * dims + at, weights + r * stride + from, count * sizeof(*rows));
		at += count;
	}
	products(rows, dims, g->count, spare, panel_count, dims, out, out_stride);
}

size_t attention_spare(const struct attention *a, size_t panel_count)
{
	return (panel_count * PANEL + ROWS_MOST) * a->width;
}

void attention_sums(const struct attention *a, const float *weights, size_t stride, const float *panels,
		    size_t panel_count, float *out, size_t out_stride, float *spare)
{
	size_t pieces = pieces_of(a);
	for (size_t n = 0; n < groups_of(a); n++) {
		struct group g = group_at(a, n);
		const float *from = weights + g.first * stride;
		float *to = out + g.first * out_stride;
		size_t piece = 0, run = next_run(&g, &piece, pieces), behind = piece + run;
		if (run == pieces)
			products(from, stride, g.count, panels, panel_count, a->width, to, out_stride);
		else if (!next_run(&g, &behind, pieces))
			sum_run(a, &g, piece, run, from, stride, panels, panel_count, to, out_stride);
		else
			sum_runs(a, &g, from, stride, panels, panel_count, to, out_stride, spare);
	}
}
