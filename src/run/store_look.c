#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "data/turns.h"
#include "run/store_private.h"

int store_steps(struct store *s, int64_t *count, struct sow_error *err)
{
	struct db_query *q = db_query(s->db, "SELECT max(1, ifnull(max(step), 1)) FROM identity", err);
	int status = q ? db_step(q, err) : store_failed(err);
	*count = status > 0 ? db_int(q, 0) : 1;
	db_query_free(q);
	return status < 0 ? status : SOW_OK;
}

int store_each_unit(struct store *s, int64_t step, bool under_way,
		    int (*each)(void *data, const struct unit *u), void *data,
		    struct sow_error *err)
{
#define SELECT_UNITS \
	"SELECT u.step, u.ticket, u.item, u.stage, u.state, u.instruction, u.input, u.turns, " \
	"ifnull(u.is_classification, -1), u.parent, u.operation, u.source, " \
	"ifnull(p.instruction, ''), ifnull(p.input, '') FROM unit u LEFT JOIN unit p " \
	"ON p.step = u.step AND p.ticket = u.ticket AND p.item = u.parent WHERE u.step = ?1"
#define IN_ORDER " ORDER BY u.step, u.ticket, u.item"
	/* two texts: with a parameter in it, the partial index would not serve */
	struct db_query *q = db_query(s->db, under_way ? SELECT_UNITS " AND u.state = 0" IN_ORDER
						       : SELECT_UNITS IN_ORDER, err);
#undef SELECT_UNITS
#undef IN_ORDER
	if (!q)
		return store_failed(err);
	db_bind_int(q, 1, step);
	int status;
	while ((status = db_step(q, err)) > 0) {
		struct unit u = {
			.step = db_int(q, 0), .ticket = db_int(q, 1), .item = db_int(q, 2),
			.stage = db_int(q, 3), .state = (enum unit_state)db_int(q, 4),
			.instruction = db_text(q, 5), .input = db_text(q, 6), .turns = db_text(q, 7),
			.is_classification = (int)db_int(q, 8), .parent = db_int(q, 9),
			.operation = db_text(q, 10), .source = db_text(q, 11),
			.parent_instruction = db_text(q, 12), .parent_input = db_text(q, 13),
		};
		if ((status = each(data, &u)) != 0)
			break;
	}
	db_query_free(q);
	return status;
}

int store_each_ticket(struct store *s, int64_t step,
		      int (*each)(void *data, int64_t ticket, int64_t accepted), void *data,
		      struct sow_error *err)
{
	struct db_query *q = db_query(s->db, "SELECT ticket, accepted FROM ticket WHERE step = ?1 "
				      "ORDER BY ticket", err);
	if (!q)
		return store_failed(err);
	db_bind_int(q, 1, step);
	int status;
	while ((status = db_step(q, err)) > 0) {
		status = each(data, db_int(q, 0), db_int(q, 1));
		if (status)
			break;
	}
	db_query_free(q);
	return status;
}

/* -- tasks -------------------------------------------------------------------------- */

static int read_instances(struct db_query *q, const struct unit *u, struct arena *a,
			  struct record *task, struct sow_error *err)
{
	struct instance *list = NULL;
	size_t room = 0, n = 0;
	db_bind_int(q, 1, u->step);
	db_bind_int(q, 2, u->ticket);
	db_bind_int(q, 3, u->item);
	int status;
	while ((status = db_step(q, err)) > 0) {
		struct instance one = { 0 };
		if (mem_grow(&list, &room, n + 1) || store_copy_column(a, q, 0, &one.input) ||
		    store_copy_column(a, q, 1, &one.output)) {
			status = error_nomem(err);
			break;
		}
		list[n++] = one;
	}
	db_query_reset(q);
	task->instances = arena_array(a, n, sizeof(*list));
	if (!task->instances)
		status = error_nomem(err);
	else if (n)
		memcpy(task->instances, list, n * sizeof(*list));
	task->instance_count = n;
	mem_free(list);
	return status;
}

struct task_walk {
	struct db_query *instances;
	int (*each)(void *data, const struct record *t);
	void *data;
	struct sow_error *err;
};

/* A conversation is told with its answer, once for each. */
static int walk_turns(struct task_walk *w, struct view text, struct arena *a, struct record *task)
{
	struct turn *turns;
	const struct instance *answers = task->instances;
	size_t asked, count = task->instance_count;
	int status = turns_parse(text, a, &turns, &asked);
	if (status)
		return error_set(w->err, SOW_INVALID, "run.db: damaged: the turns of %.*s",
				 VIEW_ARG(task->id));
	task->turns = arena_array(a, asked + 1, sizeof(*turns));
	if (!task->turns)
		return error_nomem(w->err);
	memcpy(task->turns, turns, asked * sizeof(*turns));
	task->turn_count = asked + 1;
	for (size_t i = 0; i < count && !status; i++) {
		struct instance one = answers[i];
		task->instances = &one;
		task->instance_count = 1;
		task->turns[asked] = (struct turn){ ROLE_ASSISTANT, one.output };
		status = w->each(w->data, task);
	}
	return status;
}

static int walk_task(struct task_walk *w, struct db_query *q)
{
	char id[UNIT_ID_MAX], parent[UNIT_ID_MAX] = "";
	struct unit u = { .step = db_int(q, 0), .ticket = db_int(q, 1), .item = db_int(q, 2),
			  .parent = db_int(q, 5), .source = db_text(q, 7) };
	struct view turns = db_text(q, 8);
	unit_id(id, u.step, u.ticket, u.item);
	if (u.parent)
		unit_id(parent, u.step, u.ticket, u.parent); /* a chain's links differ in the item */
	struct record task = {
		.id = view_of(id), .name = view_of(id), .instruction = db_text(q, 3),
		.is_classification = db_int(q, 4) == 1,
		.lineage = { .root = u.source.len ? u.source : view_of(id),
			     .parent = view_of(parent), .operation = db_text(q, 6),
			     .round = u.source.len ? u.item - 1 : 0 },
	};
	struct arena *a = arena_new();
	int status = a ? read_instances(w->instances, &u, a, &task, w->err) : error_nomem(w->err);
	if (!status)
		status = turns.len ? walk_turns(w, turns, a, &task) : w->each(w->data, &task);
	arena_free(a);
	return status;
}

static int query_tasks(struct store *s, const struct task_range *range, struct db_query **out,
		       struct sow_error *err)
{
	int64_t last;
	int status = store_steps(s, &last, err);
	if (status)
		return status;
	struct db_query *q = db_query(s->db,
		"SELECT step, ticket, item, instruction, is_classification, parent, operation, source, "
		"turns FROM unit u WHERE step = ?1 AND (ticket, item) > (?2, ?3) AND state = 1 "
		"AND (NOT ?5 OR source = '' OR item = (SELECT max(item) FROM unit l WHERE "
		"l.step = u.step AND l.ticket = u.ticket AND l.state = 1)) "
		"AND (NOT ?6 OR source = '' OR parent > 0) "
		"ORDER BY step, ticket, item LIMIT ?4", err);
	*out = q;
	if (!q)
		return store_failed(err);
	db_bind_int(q, 1, range->step ? range->step : last);
	db_bind_int(q, 2, range->after_ticket);
	db_bind_int(q, 3, range->after_item);
	db_bind_int(q, 4, range->limit > 0 ? range->limit : -1);
	db_bind_int(q, 5, range->last_only);
	db_bind_int(q, 6, range->made_only);
	return SOW_OK;
}

int store_each_task(struct store *s, const struct task_range *range,
		    int (*each)(void *data, const struct record *t), void *data,
		    struct sow_error *err)
{
	/* One transaction is one snapshot for all queries. */
	int status = db_exec(s->db, "SAVEPOINT tasks", err);
	if (status)
		return status;
	struct db_query *q = NULL;
	struct task_walk walk = { store_prepared(s, GET_INSTANCES, err), each, data, err };
	status = walk.instances ? query_tasks(s, range, &q, err) : store_failed(err);
	while (!status && (status = db_step(q, err)) > 0)
		status = walk_task(&walk, q);
	db_query_free(q);
	int released = db_exec(s->db, "RELEASE tasks", err);
	return status ? status : released;
}

int store_each_place(struct store *s, int64_t step, int64_t limit,
		     int (*each)(void *data, int64_t ticket, int64_t item), void *data,
		     struct sow_error *err)
{
	struct db_query *q = db_query(s->db, "SELECT ticket, item FROM unit WHERE step = ?1 AND "
				      "state = 1 ORDER BY ticket, item LIMIT ?2", err);
	if (!q)
		return store_failed(err);
	db_bind_int(q, 1, step);
	db_bind_int(q, 2, limit > 0 ? limit : -1);
	int status;
	while ((status = db_step(q, err)) > 0) {
		status = each(data, db_int(q, 0), db_int(q, 1));
		if (status)
			break;
	}
	db_query_free(q);
	return status;
}

/* -- counts --------------------------------------------------------------------------- */

/* The one row that a query of one parameter gives. */
static int read_counts(struct store *s, const char *query, int64_t step, int64_t *const fields[],
		       size_t count, struct sow_error *err)
{
	struct db_query *q = db_query(s->db, query, err);
	if (!q)
		return store_failed(err);
	db_bind_int(q, 1, step);
	int status = db_step(q, err);
	for (size_t i = 0; status > 0 && i < count; i++)
		*fields[i] = db_int(q, (int)i);
	db_query_free(q);
	return status < 0 ? status : SOW_OK;
}

int store_count_replies(struct store *s, int64_t step, struct store_counts *c,
			struct sow_error *err)
{
	static const char query[] =
		"SELECT count(*), ifnull(sum(cached), 0), ifnull(sum(finish = 'error'), 0),"
		" ifnull(sum(finish = 'length'), 0),"
		" ifnull(sum(prompt_tokens), 0), ifnull(sum(shared_tokens), 0),"
		" ifnull(sum(completion_tokens), 0), ifnull(sum(reasoning_tokens), 0),"
		" ifnull(sum(estimated), 0), ifnull(sum((1 - cached) * attempts), 0),"
		" ifnull(sum((1 - cached) * unknown), 0), ifnull(sum(cost), 0),"
		" ifnull(sum(unknown * cost), 0), ifnull(sum((1 - cached) * took), 0),"
		" ifnull(min(began), 0), ifnull(max(began + took), 0)"
		" FROM reply WHERE ?1 IN (0, step)";
	int64_t *const fields[] = {
		&c->replies, &c->replies_cached, &c->replies_error, &c->replies_cut,
		&c->prompt_tokens,
		&c->shared_tokens, &c->completion_tokens, &c->reasoning_tokens, &c->estimated,
		&c->attempts, &c->unknown, &c->cost, &c->unknown_cost, &c->teacher_ns,
		&c->first_began, &c->last_ended,
	};
	return read_counts(s, query, step, fields, sizeof(fields) / sizeof(*fields), err);
}

int store_count_units(struct store *s, int64_t step, struct store_counts *c, struct sow_error *err)
{
	static const char query[] =
		"SELECT * FROM "
		"(SELECT count(*), ifnull(sum(failed), 0) FROM ticket WHERE step = ?1),"
		"(SELECT ifnull(max(ticket), 0) FROM unit WHERE step = ?1),"
		"(SELECT count(*), ifnull(sum(state = 1), 0), ifnull(sum(state = 2), 0),"
		"        ifnull(sum(state = 0), 0), ifnull(sum(state = 1 AND is_classification), 0)"
		" FROM unit WHERE step = ?1),"
		"(SELECT count(*) FROM reject WHERE step = ?1)";
	int64_t *const fields[] = {
		&c->tickets, &c->tickets_failed, &c->begun, &c->units, &c->finished, &c->failed,
		&c->under_way, &c->classification, &c->rejected,
	};
	return read_counts(s, query, step, fields, sizeof(fields) / sizeof(*fields), err);
}

/* What is not asked for while a run goes on. */
static int count_results(struct store *s, int64_t step, struct store_counts *c,
			 struct sow_error *err)
{
	static const char query[] =
		"SELECT * FROM "
		"(SELECT count(*) FROM unit u LEFT JOIN (SELECT ticket, item FROM unit"
		"        WHERE step = ?1 AND state = 0 ORDER BY step, ticket, item LIMIT 1) f"
		" WHERE u.step = ?1 AND u.state = 1"
		"       AND (f.ticket IS NULL OR (u.ticket, u.item) < (f.ticket, f.item))),"
		"(SELECT count(*) FROM instance WHERE step = ?1),"
		"(SELECT count(*) FROM unit CROSS JOIN instance USING (step, ticket, item)"
		" WHERE step = ?1 AND state <> 1),"
		"(SELECT ifnull((SELECT CAST(value AS INTEGER) FROM operation WHERE step = ?1"
		"                AND name = 'n' ORDER BY id DESC LIMIT 1), 0)),"
		"(SELECT ifnull((SELECT CAST(value AS INTEGER) FROM operation WHERE step = ?1"
		"                AND name = 'inputs' ORDER BY id DESC LIMIT 1), 0))";
	int64_t unfinished = 0;
	int64_t *const fields[] = {
		&c->settled, &c->instances, &unfinished, &c->target, &c->inputs,
	};
	int status = read_counts(s, query, step, fields, sizeof(fields) / sizeof(*fields), err);
	c->instances -= unfinished;
	return status;
}

int store_count(struct store *s, int64_t step, struct store_counts *c, struct sow_error *err)
{
	int64_t last = step;
	*c = (struct store_counts){ 0 };
	int status = db_exec(s->db, "SAVEPOINT counts", err); /* one snapshot */
	if (status)
		return status;
	if (!step)
		status = store_steps(s, &last, err);
	if (!status)
		status = store_count_replies(s, step, c, err);
	if (!status)
		status = store_count_units(s, last, c, err);
	if (!status)
		status = count_results(s, last, c, err);
	int released = db_exec(s->db, "RELEASE counts", err);
	return status ? status : released;
}

int store_count_rejects(struct store *s, int64_t step, struct arena *a,
			struct reject_count **list, size_t *count, struct sow_error *err)
{
	struct reject_count *counts = NULL;
	size_t room = 0, n = 0;
	struct db_query *q = db_query(s->db, "SELECT rule, count(*) FROM reject WHERE ?1 IN (0, step) "
				      "GROUP BY rule ORDER BY 2 DESC, 1", err);
	if (!q)
		return store_failed(err);
	db_bind_int(q, 1, step);
	int status;
	while ((status = db_step(q, err)) > 0) {
		if (mem_grow(&counts, &room, n + 1) ||
		    store_copy_column(a, q, 0, &counts[n].rule)) {
			status = error_nomem(err);
			break;
		}
		counts[n++].count = db_int(q, 1);
	}
	db_query_free(q);
	*list = arena_array(a, n, sizeof(*counts));
	if (!*list)
		status = error_nomem(err);
	else if (n)
		memcpy(*list, counts, n * sizeof(*counts));
	*count = n;
	mem_free(counts);
	return status;
}

int store_each_stage(struct store *s, int (*each)(void *data, const struct store_stage *stage),
		     void *data, struct sow_error *err)
{
	struct db_query *q = db_query(s->db, "SELECT step, stage, count(*), sum(cached), "
				      "sum(prompt_tokens), sum(completion_tokens), sum(cost), "
				      "sum(completion_tokens * completion_tokens), "
				      "max(json_extract(sampling, '$.max_tokens')) FROM reply "
				      "GROUP BY step, stage ORDER BY step, stage", err);
	if (!q)
		return store_failed(err);
	int status;
	while ((status = db_step(q, err)) > 0) {
		const struct store_stage stage = {
			db_int(q, 0), db_int(q, 1), db_int(q, 2), db_int(q, 3), db_int(q, 4),
			db_int(q, 5), db_int(q, 6), db_int(q, 7), db_int(q, 8),
		};
		if ((status = each(data, &stage)) != 0)
			break;
	}
	db_query_free(q);
	return status;
}

int store_each_refusal(struct store *s, int (*each)(void *data, const struct rejected *r),
		       void *data, struct sow_error *err)
{
	struct db_query *q = db_query(s->db, "SELECT step, ticket, item, stage, text, detail "
				      "FROM reject WHERE rule = 'refused' ORDER BY id", err);
	if (!q)
		return store_failed(err);
	int status;
	while ((status = db_step(q, err)) > 0) {
		struct rejected r = {
			.step = db_int(q, 0), .ticket = db_int(q, 1), .item = db_int(q, 2),
			.stage = db_int(q, 3), .rule = "refused", .text = db_text(q, 4),
			.detail = db_text(q, 5),
		};
		if ((status = each(data, &r)) != 0)
			break;
	}
	db_query_free(q);
	return status;
}
