#include "cli/select_ranks_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"

/* A record among those of its group: the highest key is first, of equals the first record. */
struct turn_of {
	uint64_t group, key;
	size_t at;
};

/* What other ranks are shown of it. */
struct shown {
	uint64_t group, key;
};

static int compare_turns(const void *a, const void *b)
{
	const struct turn_of *x = a, *y = b;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->key != y->key)
		return x->key > y->key ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/* Whether another rank's record comes before one of this rank in order of groups, and of keys in one. */
static bool is_before(const struct shown *other, const struct turn_of *own, bool wins_ties)
{
	if (other->group != own->group)
		return other->group < own->group;
	return other->key > own->key || (wins_ties && other->key == own->key);
}

/* Adds to the places of this rank's records how many of their group another rank has before them. Both
 * lists are in order. */
static void add_before(struct spread_selection *x, const struct turn_of *own, size_t count,
		       const struct buf *others, bool wins_ties)
{
	const struct shown *list = (const struct shown *)(const void *)others->data;
	size_t all = others->len / sizeof(*list), passed = 0, start = 0;
	for (size_t n = 0; n < count; n++) {
		while (passed < all && is_before(&list[passed], &own[n], wins_ties))
			passed++;
		while (start < passed && list[start].group < own[n].group)
			start++;
		x->places[own[n].at] += passed - start;
	}
}

/* The place of each of these records among those of its group, of all ranks: one rank after the other shows
 * its own. */
static int find_turns(struct spread_selection *x, struct turn_of *own, size_t count, struct sow_error *err)
{
	size_t n = ranks_count(x->t->ranks), self = ranks_rank(x->t->ranks), first = 0;
	int status = SOW_OK;
	qsort(own, count, sizeof(*own), compare_turns);
	for (size_t m = 0; m < count; m++) {
		first = own[m].group != own[first].group ? m : first;
		x->places[own[m].at] = m - first + 1;
	}
	for (size_t k = 0; k < n && !status; k++) {
		struct buf list = { .data = buf_empty, .cap = SIZE_MAX / 2 };
		for (size_t m = 0; m < count && k == self; m++) {
			const struct shown shown = { own[m].group, own[m].key };
			buf_add(&list, (const char *)&shown, sizeof(shown));
		}
		status = ranks_bcast(x->t->ranks, SOW_OK, k, &list, err);
		if (!status && k != self)
			add_before(x, own, count, &list, k < self);
		buf_release(&list);
	}
	return status;
}

/* Those that nothing keeps from being taken, of one group or of their own. */
static struct turn_of *list_open(struct spread_selection *x, size_t *count)
{
	struct turn_of *own = mem_alloc((x->count + 1) * sizeof(*own));
	*count = 0;
	for (size_t i = 0; i < x->count; i++) {
		if (!x->reasons[i])
			own[(*count)++] = (struct turn_of){ x->groups ? x->groups[i] : 0, x->keys[i], i };
	}
	return own;
}

int select_places(struct spread_selection *x, struct sow_error *err)
{
	size_t count;
	struct turn_of *own = list_open(x, &count);
	x->places = mem_zalloc((x->count + 1) * sizeof(*x->places));
	int status = find_turns(x, own, count, err);
	mem_free(own);
	return status;
}

/* In turns */

struct group {
	uint64_t size;               /* records that may be taken */
	uint64_t key, first;         /* of its best one: its key, and its number among all records */
	size_t order;                /* which group in a turn it is, from 0 */
};

struct groups {
	struct group *list;
	size_t count;
};

/* The values of all ranks, each once, in the order of ranks and of each rank; own[n] is the number of the nth
 * of this rank. */
static int number_values(struct spread_selection *x, size_t *own, size_t *count, struct sow_error *err)
{
	struct map known = MAP_INIT;
	int status = SOW_OK;
	*count = 0;
	for (size_t k = 0; k < ranks_count(x->t->ranks) && !status; k++) {
		bool is_own = k == ranks_rank(x->t->ranks);
		struct buf texts = { .data = buf_empty, .cap = SIZE_MAX / 2 };
		for (size_t n = 0; is_own && n < selection_values(x->selection); n++) {
			struct view value = selection_value(x->selection, n);
			buf_add(&texts, value.p ? value.p : "", value.len);
			buf_addch(&texts, '\n'); /* compact JSON has none */
		}
		status = ranks_bcast(x->t->ranks, SOW_OK, k, &texts, err);
		struct view rest = view_from(texts.data, texts.len), line;
		for (size_t n = 0; !status && view_line(&rest, &line); n++) {
			uint64_t *number = map_get(&known, line.p, line.len);
			size_t is = number ? (size_t)*number : *count;
			if (!number)
				map_put(&known, line.p, line.len, (*count)++);
			if (is_own)
				own[n] = is;
		}
		buf_release(&texts);
	}
	map_release(&known);
	return status;
}

static int number_groups(struct spread_selection *x, struct groups *g, struct sow_error *err)
{
	size_t *own = mem_alloc((selection_values(x->selection) + 1) * sizeof(*own));
	int status = number_values(x, own, &g->count, err);
	g->list = mem_zalloc((g->count + 1) * sizeof(*g->list));
	for (size_t i = 0; i < x->count && !status; i++)
		x->groups[i] = own[x->groups[i]];
	mem_free(own);
	return status;
}

static int compare_groups(const void *a, const void *b)
{
	const struct group *x = *(const struct group *const *)a, *y = *(const struct group *const *)b;
	if (x->key != y->key)
		return x->key > y->key ? -1 : 1;
	return (x->first > y->first) - (x->first < y->first);
}

static void order_groups(struct groups *g)
{
	struct group **order = mem_alloc((g->count + 1) * sizeof(*order));
	size_t count = 0;
	for (size_t i = 0; i < g->count; i++) {
		if (g->list[i].size)
			order[count++] = &g->list[i];
	}
	qsort(order, count, sizeof(*order), compare_groups);
	for (size_t n = 0; n < count; n++)
		order[n]->order = n;
	mem_free(order);
}

/* Sizes, and the best of each, which is the only one with turn 1: what other ranks add to it is 0. */
static int measure_groups(struct spread_selection *x, const struct turn_of *own, size_t count, struct groups *g,
			  struct sow_error *err)
{
	uint64_t *sums = mem_zalloc((3 * g->count + 1) * sizeof(*sums));
	for (size_t m = 0; m < count; m++) {
		uint64_t *of = sums + 3 * own[m].group;
		of[0]++;
		if (x->places[own[m].at] != 1)
			continue;
		of[1] = own[m].key;
		of[2] = x->before + own[m].at;
	}
	int status = ranks_allreduce(x->t->ranks, SOW_OK, sums, 3 * g->count, err);
	for (size_t i = 0; i < g->count; i++)
		g->list[i] = (struct group){ .size = sums[3 * i], .key = sums[3 * i + 1], .first = sums[3 * i + 2] };
	mem_free(sums);
	if (!status)
		order_groups(g);
	return status;
}

static int smaller_first(const void *a, const void *b)
{
	const struct group *x = *(const struct group *const *)a, *y = *(const struct group *const *)b;
	return (x->size > y->size) - (x->size < y->size);
}

static int by_turn(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	return (x[0] > y[0]) - (x[0] < y[0]);
}

/* How many groups of those that are left come before the one that is `order` in a turn: a Fenwick tree. */
static uint64_t count_before(const uint64_t *tree, size_t order)
{
	uint64_t sum = 0;
	for (size_t i = order; i; i -= i & -i)
		sum += tree[i];
	return sum;
}

static void leave(uint64_t *tree, size_t count, size_t order)
{
	for (size_t i = order + 1; i <= count; i += i & -i)
		tree[i]--;
}

/* From turns in their groups to places among all: before a record are those of all turns before its own, and
 * in its own those of the groups before it that are not exhausted. Turn by turn. */
static void find_places(struct spread_selection *x, const struct turn_of *own, size_t count, const struct groups *g)
{
	uint64_t (*turns)[2] = mem_alloc((count + 1) * sizeof(*turns)), past = 0, *tree;
	struct group **order = mem_alloc((g->count + 1) * sizeof(*order));
	size_t gone = 0;
	tree = mem_zalloc((g->count + 1) * sizeof(*tree));
	for (size_t i = 0; i < g->count; i++) {
		order[i] = &g->list[i];
		tree[i + 1] = (i + 1) & -(i + 1);
	}
	qsort(order, g->count, sizeof(*order), smaller_first);
	for (; gone < g->count && !order[gone]->size; gone++)
		;                    /* groups without records come last in a turn */
	for (size_t m = 0; m < count; m++) {
		turns[m][0] = x->places[own[m].at];
		turns[m][1] = m;
	}
	qsort(turns, count, sizeof(*turns), by_turn);
	for (size_t m = 0; m < count; m++) {
		const struct turn_of *is = &own[turns[m][1]];
		for (; gone < g->count && order[gone]->size < turns[m][0]; gone++) {
			leave(tree, g->count, order[gone]->order);
			past += order[gone]->size;
		}
		uint64_t full = past + (turns[m][0] - 1) * (g->count - gone);
		x->places[is->at] = full + count_before(tree, g->list[is->group].order) + 1;
	}
	mem_free(turns);
	mem_free(order);
	mem_free(tree);
}

int select_balanced(struct spread_selection *x, struct sow_error *err)
{
	struct groups g = { 0 };
	size_t count = 0;
	struct turn_of *own = NULL;
	uint64_t open = select_count_from(x, 0);
	int status = ranks_allreduce(x->t->ranks, SOW_OK, &open, 1, err);
	uint64_t wanted = status ? 0 : selection_wanted(x->selection, (size_t)open);
	x->places = mem_zalloc((x->count + 1) * sizeof(*x->places));
	if (!status)
		status = number_groups(x, &g, err);
	if (!status) {
		own = list_open(x, &count);
		status = find_turns(x, own, count, err);
	}
	if (!status)
		status = measure_groups(x, own, count, &g, err);
	if (!status)
		find_places(x, own, count, &g);
	for (size_t i = 0; i < x->count && !status; i++) {
		if (x->reasons[i] || x->places[i] <= wanted)
			continue;
		x->reasons[i] = REASON_RANK;
		x->places[i] = 0;
	}
	mem_free(own);
	mem_free(g.list);
	return status;
}
