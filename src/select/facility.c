#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "select/facility_gain.h"
#include "select/pickers.h"
#include "vector/products.h"

/* A record's gain is the sum over all records of how much more similar to it each is than to its nearest taken
 * one. Gains are never computed again: when a record is taken, the losses of the others are subtracted, and
 * that takes only the records whose nearest taken one is new, about one in t at turn t. As soon as the pairs
 * that still matter (more similar than either's best) fit into memory they are listed once; from then on only
 * the similarities of the record just taken are computed. Similarities are whole numbers (products.h), so all
 * sums are exact, in any order. */

#define SAMPLE ((size_t)32)    /* records of which it is known how many pairs still matter */
#define PAIRS ((size_t)1 << 27) /* that are listed at most: 1 GiB */

struct similar {
	uint32_t to;
	int32_t similarity;
};

struct facility {
	const struct pick *p;
	struct workers *crew;
	float *panels;               /* of all records */
	struct candidate_panels side; /* they are the candidates */
	int64_t *gain;               /* by record; -1: taken */
	int32_t *best;               /* by record: similarity to its nearest taken one */
	int32_t *before;             /* and was until something was taken last: while pairs are listed */
	int32_t *similarity;         /* by record: to the one taken last */
	size_t last;
	struct change *changes;
	size_t change_count;
	int32_t *sample;             /* similarities of SAMPLE records to all */
	/* pairs that matter, by record, once they are listed */
	struct similar **lists;
	uint32_t *counts;
	bool listed;
	size_t pairs;                /* so far; shared */
	bool failed;                 /* too many, or no memory for them; shared */
};

static void pack_block(void *data, size_t block)
{
	struct facility *f = data;
	const struct vectors *v = f->p->vectors;
	vectors_pack(v, block * BLOCK, block_size(block, f->p->count), f->panels + block * BLOCK * v->dims);
}

static void add(int64_t *to, int64_t what)
{
	__atomic_fetch_add(to, what, __ATOMIC_RELAXED);
}

/* All gains at the beginning: each pair of blocks once, for both. */
static void begin_block(void *data, size_t block)
{
	struct facility *f = data;
	const struct vectors *v = f->p->vectors;
	int32_t similar[FACILITY_ROWS * BLOCK];
	size_t first = block * BLOCK, size = block_size(block, f->p->count);
	for (size_t other = block; other < blocks_of(f->p->count); other++) {
		int64_t sums[BLOCK] = { 0 };
		size_t other_size = block_size(other, f->p->count);
		for (size_t r = 0; r < size; r += FACILITY_ROWS) {
			size_t count = size - r < FACILITY_ROWS ? size - r : FACILITY_ROWS, at = first + r;
			facility_similarities(&f->side, v->rows + at * v->stride, v->stride, v->norms + at,
					      count, other, similar);
			for (size_t i = 0; i < count; i++) {
				int64_t sum = 0;
				for (size_t c = 0; c < other_size; c++) {
					sum += similar[i * BLOCK + c];
					sums[c] += similar[i * BLOCK + c];
				}
				add(&f->gain[at + i], sum);
			}
		}
		for (size_t c = 0; c < other_size && other != block; c++)
			add(&f->gain[other * BLOCK + c], sums[c]);
	}
}

/* The similarities of the records of a block to the one taken last. */
static void last_block(void *data, size_t block)
{
	struct facility *f = data;
	const struct vectors *v = f->p->vectors;
	facility_similarities(&f->side, v->rows + f->last * v->stride, v->stride, v->norms + f->last, 1,
			      block, f->similarity + block * BLOCK);
}

static void sample_block(void *data, size_t block)
{
	struct facility *f = data;
	const struct vectors *v = f->p->vectors;
	int32_t similar[BLOCK];
	for (size_t i = 0; i < SAMPLE; i++) {
		size_t at = i * f->p->count / SAMPLE;
		facility_similarities(&f->side, v->rows + at * v->stride, v->stride, v->norms + at, 1, block,
				      similar);
		memcpy(f->sample + i * f->p->count + block * BLOCK, similar,
		       block_size(block, f->p->count) * sizeof(*similar));
	}
}

/* About how many pairs matter. */
static size_t pairs_that_matter(const struct facility *f)
{
	size_t n = f->p->count, found = 0;
	for (size_t i = 0; i < SAMPLE; i++) {
		int32_t best = f->best[i * n / SAMPLE];
		for (size_t to = 0; to < n; to++)
			found += f->sample[i * n + to] > best;
	}
	return found / SAMPLE * n + n;
}

/* What the records of a block lose by the changes. */
static void lose_block(void *data, size_t block)
{
	struct facility *f = data;
	int64_t lost[BLOCK] = { 0 };
	facility_lose_changes(&f->side, f->p->vectors, f->changes, f->change_count, block, lost);
	for (size_t c = 0; c < block_size(block, f->p->count); c++)
		f->gain[block * BLOCK + c] -= lost[c];
}

/* The pairs of the records of a group that matter. */
struct growing {
	struct similar *list;
	size_t count, room;
};

/* Adds to a list what is above `best`, in order. SOW_OK or SOW_NOMEM. */
static int list_similar(struct growing *g, const int32_t *similar, size_t first, size_t size, int32_t best)
{
	if (mem_try_grow(&g->list, &g->room, g->count + size))
		return SOW_NOMEM;
	for (size_t c = 0; c < size; c++) {
		g->list[g->count] = (struct similar){ (uint32_t)(first + c), similar[c] };
		g->count += similar[c] > best;
	}
	return SOW_OK;
}

/* What all records lose by the changes among those of a group, and these records' lists. Without memory
 * for the lists the losses are complete all the same. */
static int list_rows(struct facility *f, size_t first, size_t count, struct growing *lists)
{
	const struct vectors *v = f->p->vectors;
	int32_t similar[FACILITY_ROWS * BLOCK];
	int status = SOW_OK;
	for (size_t block = 0; block < blocks_of(f->p->count); block++) {
		int64_t lost[BLOCK] = { 0 };
		size_t size = block_size(block, f->p->count);
		facility_similarities(&f->side, v->rows + first * v->stride, v->stride, v->norms + first,
				      count, block, similar);
		for (size_t i = 0; i < count; i++) {
			facility_lose_row(similar + i * BLOCK, size, f->before[first + i],
					  f->best[first + i], lost);
			if (!status)
				status = list_similar(&lists[i], similar + i * BLOCK, block * BLOCK, size,
						      f->best[first + i]);
		}
		for (size_t c = 0; c < size; c++)
			add(&f->gain[block * BLOCK + c], -lost[c]);
	}
	return status;
}

static void list_group(void *data, size_t group)
{
	struct facility *f = data;
	size_t first = group * FACILITY_ROWS, left = f->p->count - first;
	size_t count = left < FACILITY_ROWS ? left : FACILITY_ROWS, pairs = 0;
	struct growing lists[FACILITY_ROWS] = { { 0 } };
	int status = list_rows(f, first, count, lists);
	if (__atomic_load_n(&f->failed, __ATOMIC_RELAXED))
		status = SOW_NOMEM;
	for (size_t i = 0; i < count && !status; i++) {
		pairs += lists[i].count;
		f->counts[first + i] = (uint32_t)lists[i].count;
		f->lists[first + i] = mem_try_alloc((lists[i].count + 1) * sizeof(struct similar));
		if (f->lists[first + i])
			memcpy(f->lists[first + i], lists[i].list, lists[i].count * sizeof(struct similar));
		else
			status = SOW_NOMEM;
	}
	for (size_t i = 0; i < count; i++)
		mem_free(lists[i].list);
	if (status || __atomic_add_fetch(&f->pairs, pairs, __ATOMIC_RELAXED) > PAIRS + PAIRS / 4)
		__atomic_store_n(&f->failed, true, __ATOMIC_RELAXED);
}

static void forget_lists(struct facility *f)
{
	for (size_t i = 0; f->lists && i < f->p->count; i++) {
		mem_free(f->lists[i]);
		f->lists[i] = NULL;
	}
}

static bool can_list(const struct facility *f)
{
	return !f->p->is_lean && pairs_that_matter(f) <= PAIRS;
}

/* The same as lose_block for all, and the lists from the same similarities. Without lists the rest takes
 * longer, and that is all. */
static void lose_and_list(struct facility *f)
{
	memcpy(f->before, f->best, f->p->count * sizeof(*f->before));
	for (size_t n = 0; n < f->change_count; n++)
		f->before[f->changes[n].at] = f->changes[n].before;
	f->pairs = 0;
	workers_run(f->crew, (f->p->count + FACILITY_ROWS - 1) / FACILITY_ROWS, list_group, f);
	f->listed = !f->failed;
	f->failed = false;
	if (!f->listed)
		forget_lists(f);
}

/* The same as lose_block for all, from the lists; what does not matter any more is dropped. */
static void lose_listed(struct facility *f)
{
	for (size_t n = 0; n < f->change_count; n++) {
		const struct change *c = &f->changes[n];
		struct similar *list = f->lists[c->at];
		uint32_t count = f->counts[c->at], left = 0;
		for (uint32_t i = 0; i < count; i++) {
			struct similar one = list[i];
			int32_t upto = one.similarity < c->now ? one.similarity : c->now;
			f->gain[one.to] -= upto > c->before ? upto - c->before : 0;
			list[left] = one;
			left += one.similarity > c->now;
		}
		f->counts[c->at] = left;
	}
}

static void take(struct facility *f, size_t at, struct chosen *out)
{
	size_t n = f->p->count, blocks = blocks_of(n);
	pick_take(out, at);
	if (out->count == f->p->wanted)
		return;
	f->last = at;
	workers_run(f->crew, blocks, last_block, f);
	f->change_count = facility_note_nearer(f->similarity, f->best, n, f->changes);
	if (f->listed)
		lose_listed(f);
	else if (can_list(f))
		lose_and_list(f);
	else
		workers_run(f->crew, blocks, lose_block, f);
}

/* The largest gain of what is not taken, of equals the first. */
static size_t largest(const struct facility *f, const bool *taken)
{
	size_t best = PICK_NONE;
	for (size_t i = 0; i < f->p->count; i++) {
		if (!taken[i] && (best == PICK_NONE || f->gain[i] > f->gain[best]))
			best = i;
	}
	return best;
}

static int descending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x < y) - (x > y);
}

/* What is reached with all that are wanted, and a bound: none of as many adds more to what is taken than the
 * largest gains together, as gains only fall. The last is not taken yet. */
static void measure(const struct facility *f, const bool *taken, struct chosen *out)
{
	size_t n = f->p->count, left = 0;
	int64_t *gains = mem_alloc((n + 1) * sizeof(*gains));
	double sum = 0;
	for (size_t i = 0; i < n; i++) {
		sum += (double)f->best[i];
		if (!taken[i])
			gains[left++] = f->gain[i];
	}
	qsort(gains, left, sizeof(*gains), descending);
	out->reached = out->most = sum;
	if (left)
		out->reached += (double)gains[0];
	for (size_t i = 0; i < left && i < f->p->wanted; i++)
		out->most += (double)gains[i];
	out->most = out->most < (double)n * SIMILARITY_ONE ? out->most : (double)n * SIMILARITY_ONE;
	mem_free(gains);
}

static void go(struct facility *f, bool *taken, struct chosen *out)
{
	size_t blocks = blocks_of(f->p->count);
	workers_run(f->crew, blocks, pack_block, f);
	workers_run(f->crew, blocks, begin_block, f);
	workers_run(f->crew, blocks, sample_block, f);
	while (out->count < f->p->wanted) {
		size_t at = largest(f, taken);
		if (out->count + 1 == f->p->wanted)
			measure(f, taken, out);
		taken[at] = true;
		take(f, at, out);
	}
}

int pick_facility(const struct pick *p, struct workers *crew, struct chosen *out)
{
	size_t n = p->count, rounded = blocks_of(n) * BLOCK;
	if (n >= UINT32_MAX)
		return SOW_NOMEM;
	struct facility f = { .p = p, .crew = crew, .panels = pick_array(rounded, p->vectors->dims * sizeof(float)),
			      .gain = mem_zalloc(n * sizeof(int64_t)), .best = mem_zalloc(n * sizeof(int32_t)),
			      .before = pick_array(n, sizeof(int32_t)),
			      .similarity = pick_array(rounded, sizeof(int32_t)),
			      .changes = pick_array(n, sizeof(struct change)),
			      .sample = pick_array(n, SAMPLE * sizeof(int32_t)),
			      .lists = mem_zalloc(n * sizeof(struct similar *)),
			      .counts = mem_zalloc(n * sizeof(uint32_t)) };
	bool *taken = mem_zalloc(n);
	f.side = (struct candidate_panels){ f.panels, p->vectors->norms, n, p->vectors->dims };
	go(&f, taken, out);
	forget_lists(&f);
	mem_free(taken);
	mem_free(f.panels);
	mem_free(f.gain);
	mem_free(f.best);
	mem_free(f.before);
	mem_free(f.similarity);
	mem_free(f.changes);
	mem_free(f.sample);
	mem_free(f.lists);
	mem_free(f.counts);
	return SOW_OK;
}
