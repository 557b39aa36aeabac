#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "run/store_private.h"

int store_each_unit(struct store *s, int (*each)(void *data, const struct unit *u), void *data,
		    struct sow_error *err)
{
	struct db_query *q = db_query(s->db, "SELECT step, ticket, item, stage, state, instruction, "
				      "ifnull(is_classification, -1) FROM unit "
				      "ORDER BY step, ticket, item", err);
	if (!q)
		return store_failed(err);
	int status;
	while ((status = db_step(q, err)) > 0) {
		struct unit u = {
			.step = db_int(q, 0), .ticket = db_int(q, 1), .item = db_int(q, 2),
			.stage = db_int(q, 3), .state = (enum unit_state)db_int(q, 4),
			.instruction = db_text(q, 5), .is_classification = (int)db_int(q, 6),
		};
		if ((status = each(data, &u)) != 0)
			break;
	}
	db_query_free(q);
	return status;
}

int store_each_ticket(struct store *s, int (*each)(void *data, int64_t step, int64_t ticket,
						   int64_t accepted), void *data,
		      struct sow_error *err)
{
	struct db_query *q = db_query(s->db, "SELECT step, ticket, accepted FROM ticket "
				      "ORDER BY step, ticket", err);
	if (!q)
		return store_failed(err);
	int status;
	while ((status = db_step(q, err)) > 0) {
		status = each(data, db_int(q, 0), db_int(q, 1), db_int(q, 2));
		if (status)
			break;
	}
	db_query_free(q);
	return status;
}

static int read_instances(struct db_query *q, const struct unit *u, struct arena *a,
			  struct task *task, struct sow_error *err)
{
	struct instance *list = NULL;
	size_t room = 0, n = 0;
	db_bind_int(q, 1, u->step);
	db_bind_int(q, 2, u->ticket);
	db_bind_int(q, 3, u->item);
	int status;
	while ((status = db_step(q, err)) > 0) {
		if (mem_grow((void **)&list, &room, n + 1, sizeof(*list)) ||
		    store_copy_column(a, q, 0, &list[n].input) || store_copy_column(a, q, 1, &list[n].output)) {
			status = error_nomem(err);
			break;
		}
		n++;
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
	int (*each)(void *data, const struct task *t);
	void *data;
	struct sow_error *err;
};

static int walk_task(struct task_walk *w, struct db_query *q)
{
	char id[64];
	struct unit u = { .step = db_int(q, 0), .ticket = db_int(q, 1), .item = db_int(q, 2) };
	snprintf(id, sizeof(id), "task_%lld_%lld", (long long)u.ticket, (long long)u.item);
	struct task task = { .id = view_of(id), .name = view_of(id),
			     .instruction = db_text(q, 3), .is_classification = db_int(q, 4) == 1 };
	struct arena *a = arena_new();
	int status = a ? read_instances(w->instances, &u, a, &task, w->err) : error_nomem(w->err);
	if (!status)
		status = w->each(w->data, &task);
	arena_free(a);
	return status;
}

int store_each_task(struct store *s, int64_t limit, int (*each)(void *data, const struct task *t),
		    void *data, struct sow_error *err)
{
	/* One transaction is one snapshot for both queries. */
	int status = db_exec(s->db, "BEGIN", err);
	if (status)
		return status;
	struct db_query *q = db_query(s->db, "SELECT step, ticket, item, instruction, "
				      "is_classification FROM unit WHERE state = 1 "
				      "ORDER BY step, ticket, item LIMIT ?1", err);
	struct task_walk walk = { store_prepared(s, GET_INSTANCES, err), each, data, err };
	status = q && walk.instances ? SOW_OK : store_failed(err);
	if (!status)
		db_bind_int(q, 1, limit > 0 ? limit : -1);
	while (!status && (status = db_step(q, err)) > 0)
		status = walk_task(&walk, q);
	db_query_free(q);
	db_rollback(s->db);
	return status;
}

int store_count(struct store *s, struct store_counts *c, struct sow_error *err)
{
	static const char query[] =
		"SELECT * FROM "
		"(SELECT count(*), ifnull(sum(failed), 0) FROM ticket),"
		"(SELECT count(*), ifnull(sum(state = 1), 0), ifnull(sum(state = 2), 0),"
		"        ifnull(sum(state = 0), 0), ifnull(sum(state = 1 AND is_classification), 0)"
		" FROM unit),"
		"(SELECT ifnull(sum(state = 1), 0) FROM (SELECT state, sum(state = 0) OVER"
		"        (ORDER BY step, ticket, item) AS open FROM unit) WHERE open = 0),"
		"(SELECT count(*) FROM instance), (SELECT count(*) FROM reject),"
		"(SELECT count(*), ifnull(sum(cached), 0), ifnull(sum(finish = 'error'), 0),"
		"        ifnull(sum(prompt_tokens), 0), ifnull(sum(shared_tokens), 0),"
		"        ifnull(sum(completion_tokens), 0), ifnull(sum((1 - cached) * took), 0),"
		"        ifnull(min(began), 0), ifnull(max(began + took), 0) FROM reply),"
		"(SELECT ifnull((SELECT CAST(value AS INTEGER) FROM operation WHERE name = 'n'"
		"                ORDER BY id DESC LIMIT 1), 0))";
	int64_t *const fields[] = {
		&c->tickets, &c->tickets_failed, &c->units, &c->finished, &c->failed,
		&c->under_way, &c->classification, &c->settled, &c->instances, &c->rejected, &c->replies, &c->replies_cached,
		&c->replies_error, &c->prompt_tokens, &c->shared_tokens, &c->completion_tokens,
		&c->teacher_ns, &c->first_began, &c->last_ended, &c->target,
	};
	*c = (struct store_counts){ 0 };
	struct db_query *q = db_query(s->db, query, err);
	if (!q)
		return store_failed(err);
	int status = db_step(q, err);
	for (size_t i = 0; status > 0 && i < sizeof(fields) / sizeof(*fields); i++)
		*fields[i] = db_int(q, (int)i);
	db_query_free(q);
	return status < 0 ? status : SOW_OK;
}

int store_count_rejects(struct store *s, struct arena *a, struct reject_count **list,
			size_t *count, struct sow_error *err)
{
	struct reject_count *counts = NULL;
	size_t room = 0, n = 0;
	struct db_query *q = db_query(s->db, "SELECT rule, count(*) FROM reject GROUP BY rule "
				      "ORDER BY 2 DESC, 1", err);
	if (!q)
		return store_failed(err);
	int status;
	while ((status = db_step(q, err)) > 0) {
		if (mem_grow((void **)&counts, &room, n + 1, sizeof(*counts)) ||
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
