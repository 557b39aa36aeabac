#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "store/store_private.h"

int store_steps(struct store *s, int64_t *count, struct sow_error *err)
{
	struct db_query *q = db_query(s->db, "SELECT max(1, ifnull(max(step), 1)) FROM identity", err);
	int status = q ? db_step(q, err) : store_failed(err);
	*count = status > 0 ? db_int(q, 0) : 1;
	db_query_free(q);
	return status < 0 ? status : SOW_OK;
}

struct unit store_unit_of(struct db_query *q)
{
	return (struct unit){
		.step = db_int(q, 0), .ticket = db_int(q, 1), .item = db_int(q, 2),
		.stage = db_int(q, 3), .state = (enum unit_state)db_int(q, 4),
		.is_classification = (int)db_int(q, 5), .parent = db_int(q, 6),
		.instruction = db_text(q, 7), .input = db_text(q, 8), .turns = db_text(q, 9),
		.tools = db_text(q, 10), .fields = db_text(q, 11), .operation = db_text(q, 12),
		.source = db_text(q, 13), .object = db_text(q, 14), .context = db_text(q, 15),
		.parent_instruction = view_of(""), .parent_input = view_of(""),
	};
}

int store_each_unit(struct store *s, int64_t step, bool under_way,
		    int (*each)(void *data, const struct unit *u), void *data,
		    struct sow_error *err)
{
#define SELECT_UNITS \
	"SELECT " UNIT_COLUMNS ", ifnull(p.instruction, ''), ifnull(p.input, '') " \
	"FROM unit u LEFT JOIN unit p ON p.step = u.step AND p.ticket = u.ticket " \
	"AND p.item = nullif(u.parent, 0) WHERE u.step = ?1" /* no lookup without a parent */
#define IN_ORDER " ORDER BY u.step, u.ticket, u.item"
	/* two texts: the partial index does not serve a parameter */
	struct db_query *q = QUERY(s, under_way ? SELECT_UNITS " AND u.state = 0" IN_ORDER
						: SELECT_UNITS IN_ORDER, err, step);
#undef SELECT_UNITS
#undef IN_ORDER
	int status = SOW_OK;
	while (store_row(q, &status, err)) {
		struct unit u = store_unit_of(q);
		u.parent_instruction = db_text(q, UNIT_COLUMN_COUNT);
		u.parent_input = db_text(q, UNIT_COLUMN_COUNT + 1);
		status = each(data, &u);
	}
	db_query_free(q);
	return status;
}

int store_each_ticket(struct store *s, int64_t step,
		      int (*each)(void *data, int64_t ticket, int64_t accepted), void *data,
		      struct sow_error *err)
{
	struct db_query *q = QUERY(s, "SELECT ticket, accepted FROM ticket WHERE step = ?1 "
				   "ORDER BY ticket", err, step);
	int status = SOW_OK;
	while (store_row(q, &status, err))
		status = each(data, db_int(q, 0), db_int(q, 1));
	db_query_free(q);
	return status;
}

int store_each_waiting(struct store *s, int64_t step, int64_t limit,
		       int (*each)(void *data, int64_t ticket, int64_t item), void *data,
		       struct sow_error *err)
{
	/* a unit's source is its id from unit_id */
	struct db_query *q = QUERY(s,
		"SELECT ticket, item FROM (SELECT ticket, item, 'task_' || "
		"CASE ?1 WHEN 1 THEN '' ELSE ?1 || '_' END || ticket || '_' || item AS id FROM unit "
		"WHERE step = ?1 AND state = 1 ORDER BY ticket, item LIMIT ?2) "
		"WHERE id NOT IN (SELECT source FROM unit WHERE step = ?1 + 1) "
		"ORDER BY ticket, item", err, step, limit > 0 ? limit : -1);
	int status = SOW_OK;
	while (store_row(q, &status, err))
		status = each(data, db_int(q, 0), db_int(q, 1));
	db_query_free(q);
	return status;
}

/* Counts */

/* The only row of a query with one parameter. */
static int read_counts(struct store *s, const char *query, int64_t step, int64_t *const fields[],
		       size_t count, struct sow_error *err)
{
	struct db_query *q = QUERY(s, query, err, step);
	int status = SOW_OK;
	bool has_row = store_row(q, &status, err);
	for (size_t i = 0; has_row && i < count; i++)
		*fields[i] = db_int(q, (int)i);
	db_query_free(q);
	return status;
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

/* The shard of its input that the run works on. */
static int read_shard(struct store *s, struct shard *out, struct sow_error *err)
{
	struct db_query *q = db_query(s->db, "SELECT value FROM identity WHERE step = 0 AND name = 'shard'", err);
	int status = q ? db_step(q, err) : store_failed(err);
	*out = SHARD_WHOLE;
	if (status > 0 && !shard_read(db_text(q, 0), out))
		status = error_set(err, SOW_INVALID, "%s: damaged: no shard K/N", db_path(s->db));
	db_query_free(q);
	return status < 0 ? status : SOW_OK;
}

int store_count_units(struct store *s, int64_t step, struct store_counts *c, struct sow_error *err)
{
	static const char query[] =
		"SELECT * FROM "
		"(SELECT count(*), ifnull(sum(failed), 0) FROM ticket WHERE step = ?1),"
		"(SELECT ifnull(max(ticket), 0) FROM unit WHERE step = ?1),"
		"(SELECT count(*), ifnull(sum(state = 1), 0), ifnull(sum(state = 2), 0),"
		"        ifnull(sum(state = 0), 0), ifnull(sum(state = 1 AND is_classification), 0),"
		"        count(DISTINCT CASE WHEN state = 0 THEN ticket END)"
		" FROM unit WHERE step = ?1),"
		"(SELECT count(*) FROM reject WHERE step = ?1)";
	int64_t *const fields[] = {
		&c->tickets, &c->tickets_failed, &c->begun, &c->units, &c->finished, &c->failed,
		&c->under_way, &c->classification, &c->inputs_under_way, &c->rejected,
	};
	struct shard shard;
	int status = read_counts(s, query, step, fields, sizeof(fields) / sizeof(*fields), err);
	if (!status)
		status = read_shard(s, &shard, err);
	if (!status)
		c->begun = shard_count(shard, c->begun);
	return status;
}

/* Counts that only status and export need. */
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
	struct db_query *q = QUERY(s, "SELECT rule, count(*) FROM reject WHERE ?1 IN (0, step) "
				   "GROUP BY rule ORDER BY 2 DESC, 1", err, step);
	int status = SOW_OK;
	while (store_row(q, &status, err)) {
		mem_grow(&counts, &room, n + 1);
		store_copy_column(a, q, 0, &counts[n].rule);
		counts[n++].count = db_int(q, 1);
	}
	db_query_free(q);
	*list = arena_array(a, n, sizeof(*counts));
	if (n)
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
				      "max(iif(numbers IS NULL, json_extract(sampling, '$.max_tokens'), 0)) "
				      "FROM reply GROUP BY step, stage ORDER BY step, stage", err);
	int status = SOW_OK;
	while (store_row(q, &status, err)) {
		const struct store_stage stage = {
			db_int(q, 0), db_int(q, 1), db_int(q, 2), db_int(q, 3), db_int(q, 4),
			db_int(q, 5), db_int(q, 6), db_int(q, 7), db_int(q, 8),
		};
		status = each(data, &stage);
	}
	db_query_free(q);
	return status;
}

int store_each_refusal(struct store *s, int (*each)(void *data, const struct rejected *r),
		       void *data, struct sow_error *err)
{
	struct db_query *q = db_query(s->db, "SELECT step, ticket, item, stage, text, detail "
				      "FROM reject WHERE rule = 'refused' ORDER BY id", err);
	int status = SOW_OK;
	while (store_row(q, &status, err)) {
		struct rejected r = {
			.step = db_int(q, 0), .ticket = db_int(q, 1), .item = db_int(q, 2),
			.stage = db_int(q, 3), .rule = "refused", .text = db_text(q, 4),
			.detail = db_text(q, 5),
		};
		status = each(data, &r);
	}
	db_query_free(q);
	return status;
}
