#include "select/facility_candidates.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "select/facility_gain.h"
#include "select/pickers.h"
#include "vector/products.h"

/* As in facility.c a gain is never computed again: after a pick the losses of the others are subtracted, and
 * that takes only the records whose nearest pick it is. */

struct facility_candidates {
	const struct vectors *records;
	size_t dims, count;          /* of candidates */
	/* by candidate */
	float *panels, *norms;
	uint64_t *numbers;
	uint64_t *gains;             /* over the records of all parts */
	uint64_t *sums;              /* over those of this part, or the loss there */
	bool *picked;
	/* by record */
	int32_t *best;               /* similarity to the nearest pick */
	int32_t *similarity;         /* and to the last pick */
	struct change *changes;
	size_t change_count;
	float *last, last_norm;      /* the vector of that */
	uint64_t value;
};

struct facility_candidates *facility_candidates_new(const struct vectors *v, size_t candidates, size_t dims)
{
	struct facility_candidates *k = mem_zalloc(sizeof(*k));
	size_t wide = panels_of(candidates) * PANEL;
	*k = (struct facility_candidates){
		.records = v, .dims = dims, .panels = mem_zalloc((wide * dims + 1) * sizeof(*k->panels)),
		.norms = mem_zalloc((candidates + 1) * sizeof(*k->norms)),
		.numbers = mem_zalloc((candidates + 1) * sizeof(*k->numbers)),
		.gains = mem_zalloc((candidates + 1) * sizeof(*k->gains)),
		.sums = mem_zalloc((candidates + 1) * sizeof(*k->sums)),
		.picked = mem_zalloc((candidates + 1) * sizeof(*k->picked)),
		.best = mem_zalloc((v->count + 1) * sizeof(*k->best)),
		.similarity = mem_zalloc((v->count + 1) * sizeof(*k->similarity)),
		.changes = mem_zalloc((v->count + 1) * sizeof(*k->changes)),
		.last = mem_zalloc((dims + 1) * sizeof(*k->last)),
	};
	return k;
}

void facility_candidates_free(struct facility_candidates *k)
{
	if (!k)
		return;
	mem_free(k->panels);
	mem_free(k->norms);
	mem_free(k->numbers);
	mem_free(k->gains);
	mem_free(k->sums);
	mem_free(k->picked);
	mem_free(k->best);
	mem_free(k->similarity);
	mem_free(k->changes);
	mem_free(k->last);
	mem_free(k);
}

void facility_candidates_add(struct facility_candidates *k, const float *row, float norm, uint64_t number)
{
	float *panel = k->panels + k->count / PANEL * PANEL * k->dims;
	for (size_t i = 0; i < k->dims; i++)
		panel[i * PANEL + k->count % PANEL] = row[i];
	k->norms[k->count] = norm;
	k->numbers[k->count++] = number;
}

static struct candidate_panels side_of(const struct facility_candidates *k)
{
	return (struct candidate_panels){ k->panels, k->norms, k->count, k->dims };
}

/* The gains of the candidates of a block before the first pick. */
static void begin_block(void *data, size_t block)
{
	struct facility_candidates *k = data;
	const struct vectors *v = k->records;
	int32_t similar[FACILITY_ROWS * BLOCK];
	const struct candidate_panels side = side_of(k);
	size_t size = block_size(block, k->count);
	uint64_t *sums = k->sums + block * BLOCK;
	memset(sums, 0, size * sizeof(*sums));
	for (size_t at = 0; at < v->count; at += FACILITY_ROWS) {
		size_t count = v->count - at < FACILITY_ROWS ? v->count - at : FACILITY_ROWS;
		facility_similarities(&side, v->rows + at * v->stride, v->stride, v->norms + at, count,
				      block, similar);
		for (size_t i = 0; i < count; i++) {
			for (size_t c = 0; c < size; c++)
				sums[c] += (uint64_t)similar[i * BLOCK + c];
		}
	}
}

/* The similarities of the records of a block to the last pick. */
static void last_block(void *data, size_t block)
{
	struct facility_candidates *k = data;
	const struct vectors *v = k->records;
	float out[BLOCK];
	uint32_t list[BLOCK];
	size_t first = block * BLOCK, size = block_size(block, v->count);
	for (size_t i = 0; i < size; i++)
		list[i] = (uint32_t)i;
	products_listed(k->last, v->rows + first * v->stride, v->stride, list, size, k->dims, out);
	similarities(out, k->last_norm, v->norms + first, size, k->similarity + first);
}

/* What the candidates of a block lose by the changes. */
static void lose_block(void *data, size_t block)
{
	struct facility_candidates *k = data;
	const struct candidate_panels side = side_of(k);
	uint64_t *sums = k->sums + block * BLOCK;
	memset(sums, 0, block_size(block, k->count) * sizeof(*sums));
	facility_lose_changes(&side, k->records, k->changes, k->change_count, block, (int64_t *)sums);
}

static int add_up(uint64_t *numbers, size_t count, const struct facility_sum *sum, struct sow_error *err)
{
	return sum ? sum->add(sum->data, numbers, count, err) : SOW_OK;
}

static size_t largest(const struct facility_candidates *k)
{
	size_t best = PICK_NONE;
	for (size_t c = 0; c < k->count; c++) {
		if (k->picked[c])
			continue;
		if (best == PICK_NONE || k->gains[c] > k->gains[best] ||
		    (k->gains[c] == k->gains[best] && k->numbers[c] < k->numbers[best]))
			best = c;
	}
	return best;
}

static void pick(struct facility_candidates *k, size_t at, struct workers *crew)
{
	const struct vectors *v = k->records;
	const float *panel = k->panels + at / PANEL * PANEL * k->dims;
	for (size_t i = 0; i < k->dims; i++)
		k->last[i] = panel[i * PANEL + at % PANEL];
	k->last_norm = k->norms[at];
	k->picked[at] = true;
	workers_run(crew, blocks_of(v->count), last_block, k);
	k->change_count = facility_note_nearer(k->similarity, k->best, v->count, k->changes);
}

int facility_candidates_pick(struct facility_candidates *k, size_t wanted, struct workers *crew,
			     const struct facility_sum *sum, uint64_t *order, struct sow_error *err)
{
	size_t blocks = blocks_of(k->count);
	workers_run(crew, blocks, begin_block, k);
	int status = add_up(k->sums, k->count, sum, err);
	memcpy(k->gains, k->sums, k->count * sizeof(*k->gains));
	for (size_t n = 0; n < wanted && !status; n++) {
		size_t at = largest(k);
		order[n] = k->numbers[at];
		pick(k, at, crew);
		if (n + 1 == wanted)
			break;
		workers_run(crew, blocks, lose_block, k);
		status = add_up(k->sums, k->count, sum, err);
		for (size_t c = 0; c < k->count; c++)
			k->gains[c] -= k->sums[c];
	}
	for (size_t i = 0; i < k->records->count; i++)
		k->value += (uint64_t)k->best[i];
	return status ? status : add_up(&k->value, 1, sum, err);
}

double facility_candidates_value(const struct facility_candidates *k)
{
	return (double)k->value;
}
