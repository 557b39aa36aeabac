#include "method/pool.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/workers.h"
#include "method/loading.h"
#include "text/novelty.h"

#define MANY 20000 /* entries from which several threads pay off */

struct entry {
	struct view id;
	struct view instruction;
	const struct record *seed; /* NULL: none */
};

struct indices {
	size_t *list;
	size_t count;
	size_t room;
};

struct pool {
	struct arena *arena;
	struct vocabulary *vocabulary;
	struct novelty *novelty;
	struct words words; /* scratch */
	struct loading *loading; /* of machine entries; NULL: they are added one by one */
	struct entry *entries;
	size_t count;
	size_t room;
	struct indices seeds;
	struct indices classification_seeds;
	struct indices machine;
};

struct pool *pool_new(enum words_kind kind, double threshold)
{
	struct pool *p = mem_zalloc(sizeof(*p));
	p->arena = arena_new();
	p->vocabulary = vocabulary_new(kind);
	p->novelty = novelty_new(threshold, NOVELTY_ALL);
	if (!p->vocabulary || !p->novelty) {
		pool_free(p);
		return NULL;
	}
	return p;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	loading_end(p->loading);
	novelty_free(p->novelty);
	vocabulary_free(p->vocabulary);
	words_release(&p->words);
	mem_free(p->entries);
	mem_free(p->seeds.list);
	mem_free(p->classification_seeds.list);
	mem_free(p->machine.list);
	arena_free(p->arena);
	mem_free(p);
}

static void push(struct indices *x, size_t entry)
{
	mem_grow(&x->list, &x->room, x->count + 1);
	x->list[x->count++] = entry;
}

static int add_words(struct pool *p, struct view instruction)
{
	int status = words_of(&p->words, p->vocabulary, instruction.p, instruction.len);
	return status < 0 ? status : novelty_add(p->novelty, &p->words, (int64_t)p->count);
}

static int add(struct pool *p, struct view id, struct view instruction)
{
	mem_grow(&p->entries, &p->room, p->count + 1);
	int status = SOW_OK;
	if (p->loading)
		loading_add(p->loading, instruction, (int64_t)p->count);
	else
		status = add_words(p, instruction);
	if (status)
		return status;
	p->entries[p->count++] = (struct entry){ .id = id, .instruction = instruction };
	return SOW_OK;
}

int pool_add_seed(struct pool *p, const struct record *seed)
{
	int status = add(p, seed->id, seed->instruction);
	if (status)
		return status;
	p->entries[p->count - 1].seed = seed;
	push(&p->seeds, p->count - 1);
	if (seed->is_classification)
		push(&p->classification_seeds, p->count - 1);
	return SOW_OK;
}

int pool_add_against(struct pool *p, struct view id, struct view instruction)
{
	return add(p, id, instruction);
}

int pool_add_machine(struct pool *p, const struct unit *u)
{
	char id[UNIT_ID_MAX];
	unit_id(id, u->step, u->ticket, u->item);
	char *id_copy = arena_copystr(p->arena, id);
	char *copy = arena_copyview(p->arena, u->instruction);
	int status = add(p, view_of(id_copy), view_from(copy, u->instruction.len));
	if (!status)
		push(&p->machine, p->count - 1);
	return status;
}

void pool_begin_bulk(struct pool *p)
{
	novelty_begin_bulk(p->novelty);
	p->loading = loading_new(p->vocabulary, p->novelty);
}

int pool_end_bulk(struct pool *p)
{
	int status = loading_end(p->loading);
	p->loading = NULL;
	if (status)
		return status;
	struct workers *crew = p->count < MANY ? NULL : workers_new(0); /* or alone */
	status = novelty_end_bulk(p->novelty, crew);
	workers_free(crew);
	return status;
}

size_t pool_seeds(const struct pool *p, bool classification_only)
{
	return classification_only ? p->classification_seeds.count : p->seeds.count;
}

struct view pool_machine_instruction(const struct pool *p, size_t i)
{
	return p->entries[p->machine.list[i]].instruction;
}

struct view pool_instruction(const struct pool *p, size_t entry)
{
	return p->entries[entry].instruction;
}

struct view pool_id(const struct pool *p, size_t entry)
{
	return p->entries[entry].id;
}

const struct record *pool_seed(const struct pool *p, size_t i)
{
	return i < p->seeds.count ? p->entries[p->seeds.list[i]].seed : NULL;
}

const struct record *pool_task(const struct pool *p, size_t entry)
{
	return p->entries[entry].seed;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t pool_draw(const struct pool *p, struct draw *d, bool classification_only, size_t total,
		 size_t machine, size_t machine_upto, size_t *out)
{
	const struct indices *seeds = classification_only ? &p->classification_seeds : &p->seeds;
	size_t drawn[POOL_EXAMPLES_MAX];

	total = least(total, POOL_EXAMPLES_MAX);
	size_t from_machine = least(least(machine, machine_upto), total);
	draw_sample(d, machine_upto, from_machine, drawn);
	for (size_t i = 0; i < from_machine; i++)
		out[i] = p->machine.list[drawn[i]];

	size_t from_seeds = least(total - from_machine, seeds->count);
	draw_sample(d, seeds->count, from_seeds, drawn);
	for (size_t i = 0; i < from_seeds; i++)
		out[from_machine + i] = seeds->list[drawn[i]];

	draw_shuffle(d, out, from_machine + from_seeds);
	return from_machine + from_seeds;
}

int pool_is_new(struct pool *p, struct view instruction, struct near_text *near)
{
	int status = words_of(&p->words, p->vocabulary, instruction.p, instruction.len);
	if (status < 0)
		return status;
	struct neighbour found;
	status = novelty_nearest(p->novelty, &p->words, &found);
	if (status)
		return status;
	if (!found.found)
		return 1;
	*near = (struct near_text){ p->entries[found.id].id, found.score };
	return 0;
}

int pool_nearest(struct pool *p, struct view instruction, struct near_text near[POOL_NEAREST],
		 size_t *count, double *mean)
{
	int status = words_of(&p->words, p->vocabulary, instruction.p, instruction.len);
	if (status < 0)
		return status;
	struct neighbour found[POOL_NEAREST];
	status = novelty_nearest_few(p->novelty, &p->words, POOL_NEAREST, found, count, mean);
	if (status)
		return status;
	for (size_t i = 0; i < *count; i++)
		near[i] = (struct near_text){ p->entries[found[i].id].id, found[i].score };
	return SOW_OK;
}
