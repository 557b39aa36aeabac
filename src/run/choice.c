/* Steps that decide about their whole input at once. */
#include "run/choice.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "run/open_records.h"
#include "run/state.h"
#include "select/selection.h"
#include "vector/vectors.h"

/* Inputs besides the records */

int choice_check_vectors(const struct recipe *r, size_t number, struct sow_error *err)
{
	const struct recipe_step *step = &r->steps[number - 1];
	const struct recipe_step *before = number > 1 && !recipe_has_input(step) ? step - 1 : NULL;
	const struct method *m = step->method;
	if (!m->wants_vectors || !m->wants_vectors(step->o.own))
		return SOW_OK;
	if (before && before->method && method_asks(before->method, before->o.own) & ASKS_TO(REQUEST_EMBED))
		return SOW_OK;
	return error_set(err, SOW_USAGE, "%s: this pick wants vectors: expected vector: FIELD, or that the step "
			 "before makes them: score with: embed", m->name);
}

int choice_read_examples(const char *path, struct record_list *out, struct arena *a, char hex[HASH_HEX_SIZE],
			 struct sow_error *err)
{
	struct hash hash;
	int status = SOW_OK;
	if (selection_is_array(path)) {
		status = hash_file(path, &hash, err);
	} else {
		const struct records_options any = { .objects = true };
		struct records *r = open_records(path, &any, err);
		status = r ? record_list_take(out, a, r, err) : (int)err->status;
		records_close(r);
		source_hash_list(out, &hash);
	}
	if (!status)
		hash_hex(&hash, hex);
	return status;
}

static int add_vector(void *data, const float *numbers, size_t count)
{
	return count ? vectors_add_floats(data, numbers, count) : SOW_MISSING;
}

/* The vectors of the first `count` records of the step before. */
static int read_vectors(struct run *r, size_t count, struct vectors *out)
{
	const struct step *s = &r->step;
	int status = store_each_vector(r->store, s->number - 1, (int64_t)count, false, add_vector, out, r->err);
	if (status == SOW_MISSING || (!status && out->count < count))
		return error_set(r->err, SOW_INVALID, "%s of step %" PRId64 ": record %zu of %zu has no vector",
				 s->setup->method->name, s->number, out->count + 1, count);
	if (status == SOW_INVALID)
		return error_set(r->err, SOW_INVALID, "%s of step %" PRId64 ": record %zu: expected a vector of %zu "
				 "finite numbers", s->setup->method->name, s->number, out->count + 1, out->dims);
	return status;
}

/* The order, if some entries have begun */

struct begun {
	struct run *r;
	const struct record *records;
	size_t count;                /* of records */
	struct map places;           /* of a record, by its id */
	size_t *list;                /* the record of each ticket that has begun */
	size_t ended;
	bool is_same;                /* they began in the order of the current choice */
	bool is_known;               /* they are among the records */
};

static int note_begun(void *data, const struct unit *u)
{
	struct begun *b = data;
	size_t ticket = b->ended++;
	uint64_t *place = map_get(&b->places, u->source.p, u->source.len);
	const size_t *order = b->r->step.order;
	b->is_same = b->is_same && ticket < b->count && view_eq(b->records[order[ticket]].id, u->source);
	b->is_known = b->is_known && place && ticket < b->count;
	if (b->is_known)
		b->list[ticket] = (size_t)*place;
	return SOW_OK;
}

/* Entries that have begun keep their tickets, because a record's id never changes; the others follow. */
static void put_begun_first(const struct begun *b, size_t *order)
{
	bool *is_begun = mem_zalloc((b->count + 1) * sizeof(*is_begun));
	size_t end = 0;
	for (size_t i = 0; i < b->ended; i++)
		is_begun[b->list[i]] = true;
	memcpy(order, b->list, b->ended * sizeof(*order));
	end = b->ended;
	for (size_t i = 0; i < b->count; i++) {
		if (!is_begun[i])
			order[end++] = i;
	}
	mem_free(is_begun);
}

static bool has_order(const struct setup *s)
{
	return s->method->has_order && s->method->has_order(s->step->o.own);
}

/* The choice is in use: it is kept, and later records are left out of it. */
static int let_stand(struct run *r, int64_t begun)
{
	struct step *s = &r->step;
	struct buf line = BUF_INIT;
	if (s->inputs > begun) {
		buf_addf(&line, "step %" PRId64 " (%s): %" PRId64 " of %" PRId64 " came after it had chosen, and are left out",
			 s->number, s->setup->method->name, s->inputs - begun, s->inputs);
		run_message(r, line.data);
	}
	buf_release(&line);
	s->inputs = begun;
	return source_skip(s->source, begun, r->err);
}

static int look_at_begun(struct run *r, struct begun *b)
{
	for (size_t i = 0; i < b->count; i++)
		map_put(&b->places, b->records[i].id.p, b->records[i].id.len, i);
	return store_each_unit(r->store, r->step.number, false, note_begun, b, r->err);
}

/* Begins the first `begun` entries by the current choice, in one transaction. */
static int begin_anew(struct run *r, int64_t begun)
{
	struct step *s = &r->step;
	struct arena *a = arena_new();
	int status = store_begin(r->store, r->err);
	if (!status)
		status = store_forget_units(r->store, s->number, r->err);
	s->begun = 0;
	while (s->begun < begun && !status) {
		struct record task;
		status = source_next(s->source, a, &task, r->err) > 0 ? run_begin_input(r, &task) : run_failure(r);
	}
	if (!status)
		status = store_commit(r->store, r->err);
	if (status)
		store_rollback(r->store);
	arena_free(a);
	return status;
}

static int has_begun(struct run *r, int64_t step, bool *out)
{
	struct store_counts c = { 0 };
	int status = step > (int64_t)r->setup_count ? SOW_OK : store_count_units(r->store, step, &c, r->err);
	*out = c.units > 0;
	return status;
}

/* Had the choice been completed, over all records of that time? */
static int was_whole(struct run *r, int64_t begun, bool *out)
{
	struct setting inputs;
	int status = store_setting(r->store, r->setups[0].arena, r->step.number, "inputs", &inputs, r->err);
	*out = status > 0 && begun >= strtoll(inputs.value.p, NULL, 10);
	return status < 0 ? status : SOW_OK;
}

static int resume_at(struct run *r, struct begun *b, int64_t begun)
{
	struct step *s = &r->step;
	bool is_used, is_whole;
	int status = has_begun(r, s->number + 1, &is_used);
	if (!status)
		status = was_whole(r, begun, &is_whole);
	if (!status)
		status = look_at_begun(r, b);
	if (status)
		return status;
	if (is_used || (is_whole && !b->is_same && (has_order(s->setup) || !b->is_known)))
		return let_stand(r, begun);
	if (!is_whole && !b->is_same) /* it was never complete */
		return begin_anew(r, 0);
	if (!b->is_same)
		put_begun_first(b, s->order);
	return begin_anew(r, begun);
}

static int resume(struct run *r, const struct record_list *records, int64_t begun)
{
	if (begun == (int64_t)records->count)
		return source_skip(r->step.source, begun, r->err);
	struct begun b = { .r = r, .records = records->list, .count = records->count, .places = MAP_INIT,
			   .is_same = true, .is_known = true };
	b.list = mem_alloc((records->count + 1) * sizeof(*b.list));
	int status = resume_at(r, &b, begun);
	map_release(&b.places);
	mem_free(b.list);
	return status;
}

int step_order_input(struct run *r, int64_t begun)
{
	struct step *s = &r->step;
	const struct method *m = s->setup->method;
	struct record_list records = RECORD_LIST_INIT;
	struct vectors vectors = VECTORS_INIT;
	bool wants_vectors = m->wants_vectors && m->wants_vectors(s->setup->step->o.own);
	source_name_held(s->source);
	records.list = (struct record *)source_held(s->source, &records.count);
	if (begun > (int64_t)records.count)
		return error_set(r->err, SOW_INVALID, "%s/run.db: damaged: step %" PRId64 " (%s) has begun %" PRId64
				 " records, of %zu", r->dir, s->number, m->name, begun, records.count);
	records.count = (size_t)s->inputs;
	s->order = mem_alloc((records.count + 1) * sizeof(*s->order));
	const struct whole_input all = { &records, wants_vectors ? &vectors : NULL };
	int status = wants_vectors ? read_vectors(r, records.count, &vectors) : SOW_OK;
	if (!status)
		status = m->order_input(s->setup->state, &all, s->order, r->err);
	vectors_release(&vectors);
	source_set_order(s->source, s->order);
	return status || !begun ? status : resume(r, &records, begun);
}

/* Checks before the first request */

/* Checks the numbers of the steps that decide from which records step `number` chooses. */
static int check_numbers(struct run *r, size_t number, bool is_used)
{
	const char *name = r->setups[number - 1].method->name;
	for (size_t i = 1; i <= number; i++) {
		struct setting n;
		int64_t now = r->setups[i - 1].step->n;
		int status = store_setting(r->store, r->setups[0].arena, (int64_t)i, "n", &n, r->err);
		if (status < 0)
			return status;
		int64_t before = status ? strtoll(n.value.p, NULL, 10) : now;
		if (!before || (now && now <= before)) /* 0: all */
			continue;
		return error_set(r->err, SOW_DIFFERS, "%s: n of step %zu: %" PRId64 " there, %" PRId64 " here: step "
				 "%zu (%s) would choose others, and %s: give another directory", r->dir, i, before, now,
				 number, name, is_used ? "the step after it works on its choice"
						       : "has ranked them already");
	}
	return SOW_OK;
}

int run_check_choices(struct run *r)
{
	int status = SOW_OK;
	for (size_t i = 1; i <= r->setup_count && !status && !store_is_new(r->store); i++) {
		bool is_used = false, has_chosen = false;
		if (!r->setups[i - 1].method->order_input)
			continue;
		status = has_begun(r, (int64_t)i + 1, &is_used);
		if (!status && has_order(&r->setups[i - 1]))
			status = has_begun(r, (int64_t)i, &has_chosen);
		if (!status && (is_used || has_chosen))
			status = check_numbers(r, i, is_used);
	}
	return status;
}
