#include "run/lookup.h"

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "run/seeds.h"

struct lookup {
	struct store *store;
	int64_t step;                /* whose seeds are loaded; 0: none yet */
	struct arena *arena;         /* of the seeds */
	struct record_list seeds;
	struct map places;           /* id -> place in `seeds` */
};

struct lookup *lookup_new(struct store *s)
{
	struct lookup *l = mem_zalloc(sizeof(*l));
	l->store = s;
	return l;
}

static void forget_seeds(struct lookup *l)
{
	record_list_release(&l->seeds);
	map_release(&l->places);
	arena_free(l->arena);
	*l = (struct lookup){ .store = l->store };
}

void lookup_free(struct lookup *l)
{
	if (!l)
		return;
	forget_seeds(l);
	mem_free(l);
}

/* Fails only for lack of memory: seeds that cannot be read are unknown. */
static int read_seeds(struct lookup *l, struct sow_error *err)
{
	struct sow_error own = { 0 };
	struct setting seeds;
	int status = store_setting(l->store, l->arena, l->step, "seeds", &seeds, err);
	if (status < 0 || !seeds.shown.len)
		return status < 0 ? status : SOW_OK;
	bool built_in = view_eqstr(seeds.shown, SEEDS_BUILTIN_SHOWN);
	status = seeds_read(&l->seeds, l->arena, built_in ? NULL : seeds.shown.p, &own);
	if (status == SOW_NOMEM)
		return error_nomem(err);
	bool same = !status && seeds_match(&l->seeds, seeds.value);
	for (size_t i = 0; i < l->seeds.count && same; i++) {
		struct view id = l->seeds.list[i].id;
		map_put(&l->places, id.p, id.len, i);
	}
	return SOW_OK;
}

static int find_seed(struct lookup *l, int64_t step, struct view id, struct view *text,
		     struct sow_error *err)
{
	if (l->step != step) {
		forget_seeds(l);
		l->arena = arena_new();
		l->step = step;
		int status = read_seeds(l, err);
		if (status) {
			forget_seeds(l);
			return status;
		}
	}
	const uint64_t *place = map_get(&l->places, id.p, id.len);
	if (place)
		*text = l->seeds.list[*place].instruction;
	return place != NULL;
}

static int find_unit(struct lookup *l, const struct unit_key *p, struct arena *a, struct view *text,
		     struct sow_error *err)
{
	struct unit u;
	int status = store_unit_at(l->store, p, a, &u, err);
	*text = status > 0 ? u.instruction : view_of("");
	return status;
}

int lookup_instruction(struct lookup *l, int64_t step, struct view id, struct arena *a,
		       struct view *text, struct sow_error *err)
{
	struct unit_key p;
	bool is_unit = unit_id_read(id, &p), lacks_step = is_unit && p.step == 1 && step > 1;
	int status = is_unit && !lacks_step ? find_unit(l, &p, a, text, err) : 0;
	if (status)
		return status;
	status = find_seed(l, step, id, text, err);
	if (status == 0 && lacks_step) {
		p.step = step;
		return find_unit(l, &p, a, text, err);
	}
	if (status <= 0)
		return status;
	char *copy = arena_copyview(a, *text);
	*text = view_from(copy, text->len);
	return 1;
}
