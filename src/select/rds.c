#include "select/rds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "select/blocks.h"
#include "select/pickers.h"
#include "vector/products.h"

struct nearest {
	const struct pick *p;
	float *panels;               /* of all records */
	size_t most;
	struct rds_near *lists;
};

static size_t group_of(const struct pick *p, size_t target)
{
	return p->target_group ? p->target_group[target] : target;
}

size_t rds_groups(const struct pick *p)
{
	size_t groups = 0;
	for (size_t q = 0; q < p->targets->count; q++)
		groups = group_of(p, q) >= groups ? group_of(p, q) + 1 : groups;
	return groups;
}

static int compare_near(const void *a, const void *b)
{
	const struct rds_near *x = a, *y = b;
	if (x->cosine != y->cosine)
		return x->cosine > y->cosine ? -1 : 1;
	return (x->record > y->record) - (x->record < y->record);
}

static void pack_block(void *data, size_t block)
{
	const struct nearest *n = data;
	const struct vectors *v = n->p->vectors;
	vectors_pack(v, block * BLOCK, block_size(block, v->count), n->panels + block * BLOCK * v->dims);
}

static void near_target(const struct nearest *n, size_t target, struct rds_near *list)
{
	const struct pick *p = n->p;
	const struct vectors *v = p->vectors, *targets = p->targets;
	float out[BLOCK];
	for (size_t block = 0; block < blocks_of(p->count); block++) {
		size_t first = block * BLOCK, size = block_size(block, p->count);
		products(targets->rows + target * targets->stride, targets->stride, 1,
			 n->panels + first * v->dims, panels_of(size), v->dims, out, BLOCK);
		for (size_t i = 0; i < size; i++) {
			double cosine = vectors_cosine_of(out[i], v->norms[first + i], targets->norms[target]);
			struct rds_near *r = &list[first + i];
			r->cosine = cosine > r->cosine ? cosine : r->cosine;
		}
	}
}

static void rank_group(void *data, size_t group)
{
	const struct nearest *n = data;
	const struct pick *p = n->p;
	struct rds_near *list = mem_alloc((p->count + 1) * sizeof(*list)), *out = n->lists + group * n->most;
	for (size_t i = 0; i < p->count; i++)
		list[i] = (struct rds_near){ -INFINITY, i };
	for (size_t q = 0; q < p->targets->count; q++) {
		if (group_of(p, q) == group)
			near_target(n, q, list);
	}
	qsort(list, p->count, sizeof(*list), compare_near);
	for (size_t i = 0; i < n->most; i++)
		out[i] = i < p->count ? list[i] : (struct rds_near){ -INFINITY, RDS_NONE };
	mem_free(list);
}

void rds_nearest(const struct pick *p, size_t groups, size_t most, struct workers *crew, struct rds_near *lists)
{
	struct nearest n = { .p = p, .most = most, .lists = lists };
	n.panels = mem_alloc((blocks_of(p->count) * BLOCK * p->vectors->dims + 1) * sizeof(float));
	workers_run(crew, blocks_of(p->count), pack_block, &n);
	workers_run(crew, groups, rank_group, &n);
	mem_free(n.panels);
}

void rds_merge(struct rds_near *lists, const struct rds_near *others, size_t groups, size_t most)
{
	struct rds_near *merged = mem_alloc((most + 1) * sizeof(*merged));
	for (size_t g = 0; g < groups; g++) {
		struct rds_near *own = lists + g * most;
		const struct rds_near *other = others + g * most;
		for (size_t n = 0; n < most; n++)
			merged[n] = compare_near(own, other) <= 0 ? *own++ : *other++;
		memcpy(lists + g * most, merged, most * sizeof(*merged));
	}
	mem_free(merged);
}

size_t rds_turns(const struct rds_near *lists, size_t groups, size_t most, size_t wanted, uint64_t *taken)
{
	struct map seen = MAP_INIT;
	size_t count = 0;
	for (size_t round = 0; round < most && count < wanted; round++) {
		for (size_t g = 0; g < groups && count < wanted; g++) {
			uint64_t record = lists[g * most + round].record;
			const char *key = (const char *)&record;
			if (record == RDS_NONE || map_get(&seen, key, sizeof(record)))
				continue;
			map_put(&seen, key, sizeof(record), 1);
			taken[count++] = record;
		}
	}
	map_release(&seen);
	return count;
}

void pick_rds(const struct pick *p, struct workers *crew, struct chosen *out)
{
	size_t groups = rds_groups(p);
	struct rds_near *lists = pick_array(groups * p->wanted, sizeof(*lists));
	uint64_t *taken = mem_alloc((p->wanted + 1) * sizeof(*taken));
	rds_nearest(p, groups, p->wanted, crew, lists);
	size_t count = rds_turns(lists, groups, p->wanted, p->wanted, taken);
	for (size_t n = 0; n < count; n++)
		pick_take(out, (size_t)taken[n]);
	mem_free(lists);
	mem_free(taken);
}
