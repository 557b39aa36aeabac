#include "vector/cosine_filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "vector/products.h"
#include "vector/sketch.h"

#define BLOCK ((size_t)COSINE_BLOCK) /* rows that are filtered together */
#define CHUNK ((size_t)64)    /* of them that a thread takes at once */
#define CHUNKS (BLOCK / CHUNK)
#define WIDE ((size_t)12)     /* panels that they are multiplied with at once */
/* pairs whose true cosines are computed together; a row has WIDE * PANEL at most */
#define CANDIDATES ((size_t)1024)

/* Row `later` of a block is as near as this to row `earlier` of it. */
struct pair {
	uint32_t later, earlier;
	double cosine;
};

/* The row at place `at` of the block, and that at `place` of those it is compared with. */
struct candidate {
	uint32_t at, place;
};

struct chunk {
	float *products;             /* CHUNK * WIDE panels */
	struct candidate *candidates; /* CANDIDATES pairs to compare exactly, in order */
	size_t candidate_count;
	struct pair *pairs;          /* in order */
	size_t pair_count, pair_room;
};

struct filter_pass {
	const struct cosine_filter *w;
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
	size_t share, shares;        /* of the kept rows those whose number leaves `share` are held */
};

static bool is_near(const struct filter_pass *g, double cosine)
{
	return g->w->above ? cosine > g->w->threshold : cosine >= g->w->threshold;
}

/* Adds a sketch to those that rows are compared with. */
static void hold(struct filter_pass *g, uint32_t row, const float *sketch)
{
	size_t size = g->sketches.size;
	if (g->count % PANEL == 0) {
		size_t need = (g->count + PANEL) * size;
		mem_grow(&g->panels, &g->panel_room, need);
		memset(g->panels + g->count * size, 0, PANEL * size * sizeof(*g->panels));
	}
	mem_grow(&g->rows, &g->row_room, g->count + 1);
	float *panel = g->panels + g->count / PANEL * PANEL * size;
	for (size_t k = 0; k < size; k++)
		panel[k * PANEL + g->count % PANEL] = sketch[k];
	g->rows[g->count++] = row;
}

static void keep_pair(struct chunk *c, const struct candidate *l, double cosine)
{
	mem_grow(&c->pairs, &c->pair_room, c->pair_count + 1);
	c->pairs[c->pair_count++] = (struct pair){ l->at, l->place, cosine };
}

/* The true cosines of the candidate pairs: of those that are near, all are kept where `rows` are the block
 * itself, else the nearest of each row. */
static void compare_exactly(struct filter_pass *g, struct chunk *c, const uint32_t *rows, bool in_block)
{
	const struct vectors *v = g->w->vectors;
	struct products_pair pairs[CANDIDATES];
	float exact[CANDIDATES];
	size_t count = c->candidate_count;
	if (!count)
		return;
	for (size_t i = 0; i < count; i++)
		pairs[i] = (struct products_pair){ g->block[c->candidates[i].at],
						   rows[c->candidates[i].place] };
	products_paired(v->rows, v->stride, pairs, count, v->dims, exact);
	for (size_t i = 0; i < count; i++) {
		uint32_t row = pairs[i].a, other = pairs[i].b;
		double cosine = vectors_cosine_of(exact[i], v->norms[row], v->norms[other]);
		if (!is_near(g, cosine))
			continue;
		if (in_block) {
			keep_pair(c, &c->candidates[i], cosine);
		} else if (g->near[row] == COSINE_NONE || cosine > g->cosine[row]) {
			g->near[row] = other;
			g->cosine[row] = cosine;
		}
	}
	c->candidate_count = 0;
}

/* The rows of a chunk with some panels, the first of which begins at place `from` of `rows`. */
static void compare(struct filter_pass *g, struct chunk *c, size_t first, size_t count, const float *panels,
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
		if (c->candidate_count + found > CANDIDATES)
			compare_exactly(g, c, rows, in_block);
		for (size_t n = 0; n < found; n++)
			c->candidates[c->candidate_count++] = (struct candidate){ (uint32_t)(first + i),
										  (uint32_t)from + list[n] };
	}
	compare_exactly(g, c, rows, in_block);
}

static size_t chunk_end(const struct filter_pass *g, size_t item)
{
	size_t end = (item + 1) * CHUNK;
	return end < g->block_count ? end : g->block_count;
}

static void sketch_chunk(void *data, size_t item)
{
	struct filter_pass *g = data;
	size_t size = g->sketches.size, end = chunk_end(g, item);
	for (size_t i = item * CHUNK; i < end; i += SKETCHES_AT_ONCE) {
		size_t count = end - i < SKETCHES_AT_ONCE ? end - i : SKETCHES_AT_ONCE;
		sketches_make(&g->sketches, g->block + i, count, g->made + i * size);
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
	struct filter_pass *g = data;
	struct chunk *c = &g->chunks[item];
	size_t first = item * CHUNK, count = chunk_end(g, item) - first, size = g->sketches.size;
	c->pair_count = 0;
	for (size_t from = 0; from < g->count; from += WIDE * PANEL) {
		size_t some = g->count - from < WIDE * PANEL ? g->count - from : WIDE * PANEL;
		compare(g, c, first, count, g->panels + from * size, g->rows, from, some, false);
	}
	if (g->w->against == COSINE_HELD)
		return;
	for (size_t from = 0; from < first + count; from += WIDE * PANEL) {
		size_t left = first + count - from, some = left < WIDE * PANEL ? left : WIDE * PANEL;
		compare(g, c, first, count, g->made_panels + from * size, g->block, from, some, true);
	}
	if (c->pair_count) /* they were found group by group of panels */
		qsort(c->pairs, c->pair_count, sizeof(*c->pairs), by_place);
}

/* In order: what of the block is kept. */
static void decide(struct filter_pass *g, size_t *reached)
{
	bool gone[BLOCK];
	size_t next[CHUNKS] = { 0 };
	for (size_t i = 0; i < g->block_count; i++) {
		uint32_t row = g->block[i];
		struct chunk *c = &g->chunks[i / CHUNK];
		size_t *n = &next[i / CHUNK];
		if (g->w->wanted && g->kept == g->w->wanted)
			return;
		for (; *n < c->pair_count && c->pairs[*n].later == i; ++*n) {
			const struct pair *p = &c->pairs[*n];
			if (g->w->against == COSINE_KEPT && gone[p->earlier])
				continue;
			if (g->near[row] == COSINE_NONE || p->cosine > g->cosine[row]) {
				g->near[row] = g->block[p->earlier];
				g->cosine[row] = p->cosine;
			}
		}
		gone[i] = g->near[row] != COSINE_NONE;
		g->kept += !gone[i];
		++*reached;
		bool is_own = !gone[i] && (g->kept - 1) % g->shares == g->share;
		if ((is_own && g->w->against == COSINE_KEPT) || g->w->against == COSINE_EARLIER)
			hold(g, row, g->made + i * g->sketches.size);
	}
}

/* `held`: they are held, whatever they are near to. */
static void do_block(struct filter_pass *g, struct workers *crew, size_t first, size_t count, bool held,
		     size_t *reached)
{
	size_t chunks = (count + CHUNK - 1) / CHUNK;
	g->block = g->w->order + first;
	g->block_count = count;
	workers_run(crew, chunks, sketch_chunk, g);
	for (size_t i = 0; i < count && held; i++)
		hold(g, g->block[i], g->made + i * g->sketches.size);
	if (held) {
		*reached += count;
		g->kept += count;
		return;
	}
	workers_run(crew, chunks, compare_chunk, g);
	decide(g, reached);
}

static void allocate(struct filter_pass *g)
{
	size_t size = g->sketches.size;
	g->made = mem_alloc(BLOCK * size * sizeof(*g->made));
	g->made_panels = mem_alloc(BLOCK * size * sizeof(*g->made_panels));
	for (size_t i = 0; i < CHUNKS; i++) {
		g->chunks[i].products = mem_alloc(CHUNK * WIDE * PANEL * sizeof(float));
		g->chunks[i].candidates = mem_alloc(CANDIDATES * sizeof(*g->chunks[i].candidates));
	}
}

static void release(struct filter_pass *g)
{
	for (size_t i = 0; i < CHUNKS; i++) {
		mem_free(g->chunks[i].products);
		mem_free(g->chunks[i].candidates);
		mem_free(g->chunks[i].pairs);
	}
	mem_free(g->made);
	mem_free(g->made_panels);
	mem_free(g->panels);
	mem_free(g->rows);
	sketches_release(&g->sketches);
}

static void go(struct filter_pass *g, struct workers *crew, size_t *reached)
{
	const struct cosine_filter *w = g->w;
	allocate(g);
	for (size_t at = 0; at < w->count;) {
		bool held = at < w->held;
		size_t end = held ? w->held : w->count, count = end - at < BLOCK ? end - at : BLOCK;
		if (w->wanted && g->kept >= w->wanted)
			break;
		do_block(g, crew, at, count, held, reached);
		at += count;
	}
}

void cosine_filter_run(const struct cosine_filter *w, struct workers *crew, uint32_t *near, double *cosine,
		       size_t *kept, size_t *reached)
{
	struct filter_pass *g = mem_zalloc(sizeof(*g));
	g->w = w;
	g->near = near;
	g->cosine = cosine;
	g->shares = 1;
	for (size_t i = 0; i < w->vectors->count; i++) {
		near[i] = COSINE_NONE;
		cosine[i] = 0;
	}
	*reached = 0;
	sketches_init(&g->sketches, w->vectors, w->order, w->count, w->threshold);
	g->limit = (float)w->threshold - g->sketches.margin;
	go(g, crew, reached);
	*kept = g->kept;
	release(g);
	mem_free(g);
}

/* In steps */

#define ELSEWHERE (COSINE_NONE - 1) /* near to what another holds, or what is held here by its id */

struct cosine_filter_part {
	struct cosine_filter w;
	struct filter_pass g;
	struct vectors held;         /* those that are held here, and behind them the block */
	uint64_t *ids;               /* of those held */
	uint32_t *near, block[BLOCK];
	double *cosine;
	size_t id_room, near_room, cosine_room;
	bool begun;
};

struct cosine_filter_part *cosine_filter_part_new(const struct cosine_filter *w, size_t share, size_t shares)
{
	struct cosine_filter_part *s = mem_zalloc(sizeof(*s));
	s->w = (struct cosine_filter){ .vectors = &s->held, .threshold = w->threshold, .above = w->above,
				       .wanted = w->wanted, .against = COSINE_KEPT };
	s->g.w = &s->w;
	s->g.share = share;
	s->g.shares = shares;
	return s;
}

void cosine_filter_part_free(struct cosine_filter_part *s)
{
	if (!s)
		return;
	release(&s->g);
	vectors_release(&s->held);
	mem_free(s->ids);
	mem_free(s->near);
	mem_free(s->cosine);
	mem_free(s);
}

static int take_block(struct cosine_filter_part *s, const float *rows, size_t count, size_t dims)
{
	struct filter_pass *g = &s->g;
	s->held.count = g->count;
	for (size_t i = 0; i < count; i++) {
		int status = vectors_add_floats(&s->held, rows + i * dims, dims);
		if (status)
			return status;
	}
	mem_grow(&s->near, &s->near_room, s->held.count);
	mem_grow(&s->cosine, &s->cosine_room, s->held.count);
	g->near = s->near;
	g->cosine = s->cosine;
	for (size_t i = 0; i < count; i++) {
		s->block[i] = (uint32_t)(g->count + i);
		g->near[s->block[i]] = COSINE_NONE;
		g->cosine[s->block[i]] = 0;
	}
	g->block = s->block;
	g->block_count = count;
	if (s->begun)
		return SOW_OK;
	s->begun = true;
	sketches_init(&g->sketches, &s->held, s->block, count, s->w.threshold);
	g->limit = (float)s->w.threshold - g->sketches.margin;
	allocate(g);
	return SOW_OK;
}

int cosine_filter_part_nearest(struct cosine_filter_part *s, struct workers *crew, const float *rows,
			       size_t count, size_t dims, struct cosine_match *best)
{
	struct filter_pass *g = &s->g;
	size_t chunks = (count + CHUNK - 1) / CHUNK;
	int status = take_block(s, rows, count, dims);
	if (status)
		return status;
	workers_run(crew, chunks, sketch_chunk, g);
	workers_run(crew, chunks, compare_chunk, g);
	for (size_t i = 0; i < count; i++) {
		uint32_t near = g->near[s->block[i]];
		best[i] = (struct cosine_match){ near == COSINE_NONE ? 0 : g->cosine[s->block[i]],
						 near == COSINE_NONE ? COSINE_NO_ID : s->ids[near] };
	}
	return SOW_OK;
}

void cosine_filter_part_decide(struct cosine_filter_part *s, const uint64_t *ids, struct cosine_match *best)
{
	struct filter_pass *g = &s->g;
	size_t reached = 0, before = g->count;
	for (size_t i = 0; i < g->block_count; i++) {
		g->near[s->block[i]] = best[i].id == COSINE_NO_ID ? COSINE_NONE : ELSEWHERE;
		g->cosine[s->block[i]] = best[i].cosine;
	}
	decide(g, &reached);
	mem_grow(&s->ids, &s->id_room, g->count);
	for (size_t i = 0; i < g->block_count; i++) {
		uint32_t near = g->near[s->block[i]];
		if (near != COSINE_NONE && near != ELSEWHERE)
			best[i] = (struct cosine_match){ g->cosine[s->block[i]], ids[near - before] };
	}
	for (size_t at = before; at < g->count; at++) { /* those that stay move up */
		size_t from = g->rows[at], stride = s->held.stride;
		memmove(s->held.rows + at * stride, s->held.rows + from * stride, stride * sizeof(float));
		s->held.norms[at] = s->held.norms[from];
		s->ids[at] = ids[from - before];
		g->rows[at] = (uint32_t)at;
	}
}
