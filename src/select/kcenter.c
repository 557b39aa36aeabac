#include "select/kcenter.h"

#include <math.h>
#include <string.h>

#include "base/heap.h"
#include "base/mem.h"
#include "select/pickers.h"
#include "vector/products.h"

/* What is known of a record is its distance from some of the centres, which is no less than that from all:
 * they are compared with the rest when it is the farthest by what is known. So most records are compared
 * with few centres, and with many at once. */

#define GROUP ((size_t)8)     /* records that are compared together */
#define WIDE ((size_t)24)     /* panels of centres that they are compared with at once */
#define FIRST ((size_t)8)     /* records that are looked at at first, then twice as many each time */
#define MOST ((size_t)4096)
#define ALONE ((size_t)1 << 20) /* steps that are not worth another thread */

struct kcenter {
	const struct vectors *vectors;
	float *least;                /* by record: the square of its distance */
	uint32_t *seen;              /* from so many centres */
	float *panels, *norms;       /* of the centres */
	size_t count;
	uint32_t list[MOST];         /* those that are looked at */
	size_t listed;
	struct heap queue;
};

/* The farthest first, of equals the first record. */
static int64_t key_of(float distance, uint32_t record)
{
	uint32_t bits;
	memcpy(&bits, &distance, sizeof(bits)); /* no less than 0: ordered as the numbers are */
	return (int64_t)((uint64_t)(INT32_MAX - bits) << 32 | record);
}

void kcenter_add(struct kcenter *k, const float *row, float norm)
{
	size_t dims = k->vectors->dims;
	float *panel = k->panels + k->count / PANEL * PANEL * dims;
	for (size_t i = 0; i < dims; i++)
		panel[i * PANEL + k->count % PANEL] = row[i];
	k->norms[k->count++] = norm;
}

static void look_at_group(void *data, size_t item)
{
	struct kcenter *k = data;
	const struct vectors *v = k->vectors;
	float out[GROUP * WIDE * PANEL], rows[GROUP * 4096];
	const uint32_t *list = k->list + item * GROUP;
	size_t count = k->listed - item * GROUP < GROUP ? k->listed - item * GROUP : GROUP, from = k->count;
	bool gathered = v->stride <= 4096;
	for (size_t i = 0; i < count; i++) {
		from = k->seen[list[i]] < from ? k->seen[list[i]] : from;
		if (gathered)
			memcpy(rows + i * v->stride, v->rows + list[i] * v->stride, v->stride * sizeof(float));
	}
	for (from = from / PANEL * PANEL; from < k->count; from += WIDE * PANEL) {
		size_t centres = k->count - from < WIDE * PANEL ? k->count - from : WIDE * PANEL;
		size_t wide = panels_of(centres) * PANEL;
		const float *panels = k->panels + from * v->dims;
		if (gathered)
			products(rows, v->stride, count, panels, wide / PANEL, v->dims, out, wide);
		for (size_t i = 0; i < count; i++) {
			float *least = &k->least[list[i]], norm = v->norms[list[i]];
			if (!gathered)
				products(v->rows + list[i] * v->stride, v->stride, 1, panels, wide / PANEL, v->dims,
					 out + i * wide, wide);
			for (size_t c = 0; c < centres; c++) {
				float d = vectors_distance2_of(out[i * wide + c], norm, k->norms[from + c]);
				*least = d < *least ? d : *least;
			}
		}
	}
	for (size_t i = 0; i < count; i++)
		k->seen[list[i]] = (uint32_t)k->count;
}

/* Takes up to `most` records off the queue that are farther than any whose distance is known. */
static void list_farthest(struct kcenter *k, size_t most)
{
	k->listed = 0;
	while (k->queue.count && k->listed < most) {
		uint32_t at = (uint32_t)heap_key(&k->queue);
		if (k->seen[at] == k->count)
			return;
		heap_pop(&k->queue);
		k->list[k->listed++] = at;
	}
}

void kcenter_farthest(struct kcenter *k, struct workers *crew, size_t *at, float *distance)
{
	*at = PICK_NONE;
	for (size_t most = FIRST;; most = 2 * most < MOST ? 2 * most : MOST) {
		list_farthest(k, most);
		if (!k->listed)
			break;
		size_t groups = (k->listed + GROUP - 1) / GROUP;
		size_t steps = k->listed * (k->count - k->seen[k->list[0]]) * k->vectors->dims;
		workers_run(steps < ALONE ? NULL : crew, groups, look_at_group, k);
		for (size_t i = 0; i < k->listed; i++)
			heap_push(&k->queue, key_of(k->least[k->list[i]], k->list[i]), NULL);
	}
	if (!k->queue.count)
		return;
	*at = (uint32_t)heap_key(&k->queue);
	*distance = k->least[*at];
}

void kcenter_take(struct kcenter *k)
{
	heap_pop(&k->queue);
}

struct kcenter *kcenter_new(const struct vectors *v, const unsigned char *closed, size_t wanted, size_t first)
{
	struct kcenter *k = mem_zalloc(sizeof(*k));
	size_t wide = panels_of(wanted) * PANEL;
	k->vectors = v;
	k->queue = (struct heap)HEAP_INIT;
	k->least = pick_array(v->count, sizeof(*k->least));
	k->seen = pick_array(v->count, sizeof(*k->seen));
	k->norms = pick_array(wide, sizeof(*k->norms));
	k->panels = mem_zalloc(wide * v->dims * sizeof(*k->panels));
	for (size_t i = 0; i < v->count; i++) {
		k->least[i] = INFINITY;
		k->seen[i] = 0;
		if (i != first && !(closed && closed[i]))
			heap_push(&k->queue, key_of(INFINITY, (uint32_t)i), NULL);
	}
	return k;
}

void kcenter_free(struct kcenter *k)
{
	if (!k)
		return;
	heap_release(&k->queue);
	mem_free(k->least);
	mem_free(k->seen);
	mem_free(k->norms);
	mem_free(k->panels);
	mem_free(k);
}

static size_t first_best(const struct pick *p)
{
	size_t best = 0;
	for (size_t i = 1; p->score && i < p->count; i++)
		best = p->score[i] > p->score[best] ? i : best;
	return best;
}

int pick_kcenter(const struct pick *p, struct workers *crew, struct chosen *out)
{
	const struct vectors *v = p->vectors;
	size_t next = first_best(p);
	float distance;
	if (p->count >= UINT32_MAX)
		return SOW_NOMEM;
	struct kcenter *k = kcenter_new(v, NULL, p->wanted, next);
	for (;;) {
		pick_take(out, next);
		if (out->count == p->wanted)
			break;
		kcenter_add(k, v->rows + next * v->stride, v->norms[next]);
		kcenter_farthest(k, crew, &next, &distance);
		kcenter_take(k);
	}
	kcenter_free(k);
	return SOW_OK;
}
