#include "vector/walk.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "vector/products.h"
#include "vector/sketch.h"

#define BLOCK ((size_t)1024)  /* rows that are looked at together */
#define CHUNK ((size_t)64)    /* of them that a thread takes at once */
#define CHUNKS (BLOCK / CHUNK)
#define WIDE ((size_t)12)     /* panels that they are multiplied with at once */

/* Row `later` of a block is as near as this to row `earlier` of it. */
struct pair {
	uint32_t later, earlier;
	double cosine;
};

struct chunk {
	float *products;             /* CHUNK * WIDE panels */
	struct pair *pairs;          /* in order */
	size_t pair_count, pair_room;
	int status;
};

struct walking {
	const struct walk *w;
	struct sketches sketches;
	float limit;
	/* what rows are compared with */
	float *panels;
	uint32_t *rows;
	size_t count, panel_room, row_room;
	/* the block */
	const uint32_t *block;
	size_t block_count;
	float *made, *made_panels;   /* its sketches */
	struct chunk chunks[CHUNKS];
	uint32_t *near;
	double *cosine;
	size_t kept;
};

static bool is_near(const struct walking *g, double cosine)
{
	return g->w->above ? cosine > g->w->threshold : cosine >= g->w->threshold;
}

/* Adds a sketch to those that rows are compared with. */
static int hold(struct walking *g, uint32_t row, const float *sketch)
{
	size_t size = g->sketches.size;
	if (g->count % PANEL == 0) {
		size_t need = (g->count + PANEL) * size;
		if (mem_grow(&g->panels, &g->panel_room, need))
			return SOW_NOMEM;
		memset(g->panels + g->count * size, 0, PANEL * size * sizeof(*g->panels));
	}
	if (mem_grow(&g->rows, &g->row_room, g->count + 1))
		return SOW_NOMEM;
	float *panel = g->panels + g->count / PANEL * PANEL * size;
	for (size_t k = 0; k < size; k++)
		panel[k * PANEL + g->count % PANEL] = sketch[k];
	g->rows[g->count++] = row;
	return SOW_OK;
}

/* The true cosines of a row with others: of those that are near, the nearest, and with `c` each. */
static int look(struct walking *g, size_t at, const uint32_t *places, size_t count, const uint32_t *rows,
		struct chunk *c)
{
	const struct vectors *v = g->w->vectors;
	uint32_t row = g->block[at], list[WIDE * PANEL];
	float exact[WIDE * PANEL];
	for (size_t i = 0; i < count; i++)
		list[i] = rows[places[i]];
	products_listed(v->rows + row * v->stride, v->rows, v->stride, list, count, v->dims, exact);
	for (size_t i = 0; i < count; i++) {
		double cosine = vectors_cosine_of(exact[i], v->norms[row], v->norms[list[i]]);
		if (!is_near(g, cosine))
			continue;
		if (c) {
			if (mem_grow(&c->pairs, &c->pair_room, c->pair_count + 1))
				return SOW_NOMEM;
			c->pairs[c->pair_count++] = (struct pair){ (uint32_t)at, places[i], cosine };
		} else if (g->near[row] == WALK_NONE || cosine > g->cosine[row]) {
			g->near[row] = list[i];
			g->cosine[row] = cosine;
		}
	}
	return SOW_OK;
}

/* The rows of a chunk with some panels, the first of which begins at place `from` of `rows`. */
static int compare(struct walking *g, struct chunk *c, size_t first, size_t count, const float *panels,
		   const uint32_t *rows, size_t from, size_t row_count, bool in_block)
{
	size_t size = g->sketches.size, wide = panels_of(row_count) * PANEL;
	uint32_t list[WIDE * PANEL];
	products(g->made + first * size, size, count, panels, wide / PANEL, size, c->products, wide);
	for (size_t i = 0; i < count; i++) {
		size_t upto = row_count;
		if (in_block) /* only what comes before it */
			upto = first + i <= from ? 0 : first + i - from < row_count ? first + i - from : row_count;
		size_t found = products_reaching(c->products + i * wide, upto, g->limit, list);
		for (size_t n = 0; n < found; n++)
			list[n] += (uint32_t)from;
		if (found && look(g, first + i, list, found, rows, in_block ? c : NULL))
			return SOW_NOMEM;
	}
	return SOW_OK;
}

static size_t chunk_end(const struct walking *g, size_t item)
{
	size_t end = (item + 1) * CHUNK;
	return end < g->block_count ? end : g->block_count;
}

static void sketch_chunk(void *data, size_t item)
{
	struct walking *g = data;
	struct chunk *c = &g->chunks[item];
	size_t size = g->sketches.size, end = chunk_end(g, item);
	c->status = SOW_OK;
	for (size_t i = item * CHUNK; i < end && !c->status; i += SKETCHES_AT_ONCE) {
		size_t count = end - i < SKETCHES_AT_ONCE ? end - i : SKETCHES_AT_ONCE;
		c->status = sketches_make(&g->sketches, g->block + i, count, g->made + i * size);
	}
	panels_pack(g->made_panels + item * CHUNK * size, g->made + item * CHUNK * size, size,
		    end - item * CHUNK, size);
}

static int by_place(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	if (x->later != y->later)
		return x->later < y->later ? -1 : 1;
	return (x->earlier > y->earlier) - (x->earlier < y->earlier);
}

static void compare_chunk(void *data, size_t item)
{
	struct walking *g = data;
	struct chunk *c = &g->chunks[item];
	size_t first = item * CHUNK, count = chunk_end(g, item) - first, size = g->sketches.size;
	c->pair_count = 0;
	for (size_t from = 0; from < g->count && !c->status; from += WIDE * PANEL) {
		size_t some = g->count - from < WIDE * PANEL ? g->count - from : WIDE * PANEL;
		c->status = compare(g, c, first, count, g->panels + from * size, g->rows, from, some, false);
	}
	if (g->w->against == WALK_HELD)
		return;
	for (size_t from = 0; from < first + count && !c->status; from += WIDE * PANEL) {
		size_t left = first + count - from, some = left < WIDE * PANEL ? left : WIDE * PANEL;
		c->status = compare(g, c, first, count, g->made_panels + from * size, g->block, from, some, true);
	}
	if (c->pair_count) /* they were found group by group of panels */
		qsort(c->pairs, c->pair_count, sizeof(*c->pairs), by_place);
}

/* In order: what of the block is kept. */
static int settle(struct walking *g, size_t *reached)
{
	bool gone[BLOCK];
	size_t next[CHUNKS] = { 0 };
	for (size_t i = 0; i < g->block_count; i++) {
		uint32_t row = g->block[i];
		struct chunk *c = &g->chunks[i / CHUNK];
		size_t *n = &next[i / CHUNK];
		if (g->w->wanted && g->kept == g->w->wanted)
			return SOW_OK;
		for (; *n < c->pair_count && c->pairs[*n].later == i; ++*n) {
			const struct pair *p = &c->pairs[*n];
			if (g->w->against == WALK_KEPT && gone[p->earlier])
				continue;
			if (g->near[row] == WALK_NONE || p->cosine > g->cosine[row]) {
				g->near[row] = g->block[p->earlier];
				g->cosine[row] = p->cosine;
			}
		}
		gone[i] = g->near[row] != WALK_NONE;
		g->kept += !gone[i];
		++*reached;
		if ((!gone[i] && g->w->against == WALK_KEPT) || g->w->against == WALK_EARLIER) {
			if (hold(g, row, g->made + i * g->sketches.size))
				return SOW_NOMEM;
		}
	}
	return SOW_OK;
}

static int by_order(const struct chunk *c, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (c[i].status)
			return c[i].status;
	}
	return SOW_OK;
}

/* `held`: they are held, whatever they are near to. */
static int do_block(struct walking *g, struct workers *crew, size_t first, size_t count, bool held,
		    size_t *reached)
{
	size_t chunks = (count + CHUNK - 1) / CHUNK;
	g->block = g->w->order + first;
	g->block_count = count;
	workers_run(crew, chunks, sketch_chunk, g);
	int status = by_order(g->chunks, chunks);
	for (size_t i = 0; i < count && held && !status; i++)
		status = hold(g, g->block[i], g->made + i * g->sketches.size);
	if (status || held) {
		*reached += held ? count : 0;
		g->kept += held ? count : 0;
		return status;
	}
	workers_run(crew, chunks, compare_chunk, g);
	status = by_order(g->chunks, chunks);
	return status ? status : settle(g, reached);
}

static int allocate(struct walking *g)
{
	size_t size = g->sketches.size;
	g->made = mem_alloc(BLOCK * size * sizeof(*g->made));
	g->made_panels = mem_alloc(BLOCK * size * sizeof(*g->made_panels));
	bool fine = g->made && g->made_panels;
	for (size_t i = 0; i < CHUNKS; i++) {
		g->chunks[i].products = mem_alloc(CHUNK * WIDE * PANEL * sizeof(float));
		fine = fine && g->chunks[i].products;
	}
	return fine ? SOW_OK : SOW_NOMEM;
}

static int go(struct walking *g, struct workers *crew, size_t *reached)
{
	const struct walk *w = g->w;
	int status = allocate(g);
	for (size_t at = 0; at < w->count && !status;) {
		bool held = at < w->held;
		size_t end = held ? w->held : w->count, count = end - at < BLOCK ? end - at : BLOCK;
		if (w->wanted && g->kept >= w->wanted)
			break;
		status = do_block(g, crew, at, count, held, reached);
		at += count;
	}
	return status;
}

int walk_run(const struct walk *w, struct workers *crew, uint32_t *near, double *cosine, size_t *kept,
	     size_t *reached)
{
	struct walking *g = mem_zalloc(sizeof(*g));
	if (!g)
		return SOW_NOMEM;
	g->w = w;
	g->near = near;
	g->cosine = cosine;
	for (size_t i = 0; i < w->vectors->count; i++) {
		near[i] = WALK_NONE;
		cosine[i] = 0;
	}
	*reached = 0;
	int status = sketches_init(&g->sketches, w->vectors, w->order, w->count, w->threshold);
	g->limit = (float)w->threshold - g->sketches.margin;
	if (!status)
		status = go(g, crew, reached);
	*kept = g->kept;
	for (size_t i = 0; i < CHUNKS; i++) {
		mem_free(g->chunks[i].products);
		mem_free(g->chunks[i].pairs);
	}
	mem_free(g->made);
	mem_free(g->made_panels);
	mem_free(g->panels);
	mem_free(g->rows);
	sketches_release(&g->sketches);
	mem_free(g);
	return status;
}
