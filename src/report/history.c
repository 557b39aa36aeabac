#include "report/history.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "data/turns.h"

#define CHAIN_MAX 256 /* links; a damaged file may have rings */

/* The reading under way. */
struct reading {
	struct history *h;
	struct store *store;
	struct lookup *lookup;
	struct sow_error *err;
	size_t room;                 /* for rejects */
};

/* Its origin */

static int step_method(struct reading *r, int64_t step, struct view *method)
{
	struct setting found;
	int status = store_setting(r->store, r->h->arena, step, "method", &found, r->err);
	*method = found.value;
	return status < 0 ? status : SOW_OK;
}

/* The place of the record that `u` was made from: false if it is not in the run. A chain's links follow
 * one another; the first of a later step goes back to a record of an earlier one. */
static bool key_before(const struct unit *u, struct unit_key *p)
{
	if (u->parent > 0 && u->parent < u->item) {
		*p = (struct unit_key){ .step = u->step, .ticket = u->ticket, .item = u->parent };
		return true;
	}
	return u->source.len && unit_id_read(u->source, p) && p->step < u->step;
}

static int read_chain(struct reading *r)
{
	struct history *h = r->h;
	struct link links[CHAIN_MAX];
	struct unit_key at = h->at;
	size_t count = 0;
	int status = 1;
	while (status > 0 && count < CHAIN_MAX) {
		struct link *l = &links[count];
		status = store_unit_at(r->store, &at, h->arena, &l->unit, r->err);
		if (status <= 0)
			break;
		status = step_method(r, at.step, &l->method);
		if (status)
			return status;
		count++;
		status = key_before(&l->unit, &at);
	}
	h->chain = arena_array(h->arena, count, sizeof(*h->chain));
	for (size_t i = 0; i < count; i++)
		h->chain[i] = links[count - 1 - i];
	h->chain_count = count;
	return status < 0 ? status : SOW_OK;
}

static int find_text(struct reading *r, int64_t step, struct view id, struct view *text)
{
	*text = view_of("");
	int status = lookup_instruction(r->lookup, step, id, r->h->arena, text, r->err);
	return status < 0 ? status : SOW_OK;
}

static int read_examples(struct reading *r, const struct unit_key *first)
{
	struct history *h = r->h;
	struct view *ids;
	size_t count;
	int status = store_unit_examples(r->store, first, h->arena, &ids, &count, r->err);
	if (status)
		return status;
	h->examples = arena_array(h->arena, count, sizeof(*h->examples));
	for (; h->example_count < count && !status; h->example_count++) {
		struct known_text *t = &h->examples[h->example_count];
		t->id = ids[h->example_count];
		status = find_text(r, first->step, t->id, &t->text);
	}
	return status;
}

static int read_nearest(struct reading *r, const struct unit_key *first)
{
	struct history *h = r->h;
	struct near_text *list;
	size_t count;
	int status = store_unit_nearest(r->store, first, h->arena, &list, &count, r->err);
	if (status)
		return status;
	h->nearest = arena_array(h->arena, count, sizeof(*h->nearest));
	for (; h->nearest_count < count && !status; h->nearest_count++) {
		struct known_text *t = &h->nearest[h->nearest_count];
		*t = (struct known_text){ .id = list[h->nearest_count].id,
					  .score = list[h->nearest_count].score };
		status = find_text(r, first->step, t->id, &t->text);
	}
	return status;
}

/* Its results */

static int keep_task(void *data, const struct record *task)
{
	struct reading *r = data;
	char id[UNIT_ID_MAX];
	const struct unit_key *p = &r->h->at;
	unit_id(id, p->step, p->ticket, p->item);
	if (!view_eqstr(task->id, id))
		return 1;
	record_copy(task, r->h->arena, &r->h->task);
	return SOW_OK;
}

static int read_task(struct reading *r)
{
	const struct unit_key *p = &r->h->at;
	const struct task_range range = { .step = p->step, .limit = 1, .after_ticket = p->ticket,
					  .after_item = p->item - 1 };
	int status = store_each_task(r->store, &range, keep_task, r, r->err);
	if (status > 0) /* not finished: the walk gave the next task */
		status = SOW_OK;
	if (status || r->h->task.id.len || !r->h->chain_count)
		return status;
	const struct unit *u = &r->h->chain[r->h->chain_count - 1].unit;
	r->h->task = (struct record)RECORD_INIT;
	r->h->task.instruction = u->instruction;
	r->h->task.is_classification = u->is_classification == 1;
	r->h->task.tools = u->tools;
	r->h->task.fields = u->fields;
	if (!u->turns.len)
		return SOW_OK;
	status = turns_parse(u->turns, r->h->arena, &r->h->task.turns, &r->h->task.turn_count);
	return status ? error_set(r->err, SOW_INVALID, "run.db: damaged: the turns of a unit") : SOW_OK;
}

static void copy_rejected(struct arena *a, const struct rejected *r, struct rejected *copy)
{
	struct view *const texts[] = { &copy->text, &copy->detail, &copy->near_id };
	*copy = *r;
	copy->rule = arena_copystr(a, r->rule);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		texts[i]->p = arena_copyview(a, *texts[i]);
}

static int keep_rejected(void *data, const struct rejected *rejected)
{
	struct reading *r = data;
	struct history *h = r->h;
	mem_grow(&h->rejects, &r->room, h->reject_count + 1);
	copy_rejected(h->arena, rejected, &h->rejects[h->reject_count]);
	h->reject_count++;
	return SOW_OK;
}

/* Moves them from the heap, where they grew, into the arena, with the text nearest to each. */
static int read_rejects(struct reading *r)
{
	struct history *h = r->h;
	int status = store_each_rejected(r->store, &h->at, keep_rejected, r, r->err);
	struct rejected *grown = h->rejects;
	h->rejects = arena_array(h->arena, h->reject_count, sizeof(*grown));
	h->reject_near = arena_array(h->arena, h->reject_count, sizeof(*h->reject_near));
	for (size_t i = 0; i < h->reject_count && !status; i++) {
		h->rejects[i] = grown[i];
		h->reject_near[i] = view_of("");
		if (grown[i].near_id.len)
			status = find_text(r, h->at.step, grown[i].near_id, &h->reject_near[i]);
	}
	mem_free(grown);
	return status;
}

int history_read(struct history *h, struct store *s, struct lookup *l, const struct unit_key *p,
		 struct arena *a, struct sow_error *err)
{
	struct reading r = { .h = h, .store = s, .lookup = l, .err = err };
	*h = (struct history){ .arena = a, .at = *p, .task = RECORD_INIT };
	int status = read_chain(&r);
	if (!status)
		status = read_task(&r);
	if (!status)
		status = read_rejects(&r);
	if (status || (!h->chain_count && !h->reject_count))
		return status;
	/* A rejected candidate also had the examples of its request. */
	struct unit_key first = *p;
	if (h->chain_count) {
		const struct unit *u = &h->chain[0].unit;
		first = (struct unit_key){ .step = u->step, .ticket = u->ticket, .item = u->item };
	}
	status = read_examples(&r, &first);
	if (!status)
		status = read_nearest(&r, &first);
	return status ? status : 1;
}
