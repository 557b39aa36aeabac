#include "store/merge.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "store/store_private.h"

/* The runs to merge: one a shard, in order. */
struct shards {
	struct arena *arena;
	const char **dirs;
	int64_t *inputs;             /* records of its input that it worked on */
	size_t count;
};

/* Which shard a run is, and how many records it worked on. */
static int read_one(const char *dir, struct arena *a, struct shard *out, int64_t *inputs, struct sow_error *err)
{
	struct setting said;
	struct store_counts counts;
	struct store *s = store_open(dir, STORE_LOOK, err);
	if (!s)
		return err ? (int)err->status : SOW_IO;
	int status = store_setting(s, a, 0, "shard", &said, err);
	if (status >= 0 && store_is_busy(s))
		status = error_set(err, SOW_BUSY, "%s: a process is at it", dir);
	else if (status >= 0 && (!status || !said.value.len || !shard_read(said.value, out)))
		status = error_set(err, SOW_DIFFERS, "%s: not a shard: its run has no --shard", dir);
	else if (status >= 0)
		status = store_count(s, 1, &counts, err);
	store_close(s);
	if (status < 0)
		return status;
	*inputs = counts.inputs;
	return SOW_OK;
}

static int place_one(struct shards *s, const char *dir, struct shard shard, int64_t inputs, struct sow_error *err)
{
	if ((size_t)shard.count != s->count)
		return error_set(err, SOW_DIFFERS, "%s: shard %" PRId64 "/%" PRId64 ", and there are %zu runs: give "
				 "all shards of one N", dir, shard.number, shard.count, s->count);
	const char **place = &s->dirs[shard.number - 1];
	if (*place)
		return error_set(err, SOW_DIFFERS, "%s: shard %" PRId64 "/%" PRId64 ", as %s is", dir, shard.number,
				 shard.count, *place);
	*place = dir;
	s->inputs[shard.number - 1] = inputs;
	return SOW_OK;
}

/* A merged run resumes after the last record it began: none before that may be missing. */
static int check_even(const struct shards *s, struct sow_error *err)
{
	size_t last = 0;
	int64_t upto = 0;
	for (size_t i = 0; i < s->count; i++) {
		const struct shard shard = { (int64_t)i + 1, (int64_t)s->count };
		int64_t end = s->inputs[i] ? shard_ticket(shard, s->inputs[i]) : 0;
		last = end > upto ? i : last;
		upto = end > upto ? end : upto;
	}
	for (size_t i = 0; i < s->count; i++) {
		const struct shard shard = { (int64_t)i + 1, (int64_t)s->count };
		int64_t due = shard_count(shard, upto);
		if (s->inputs[i] < due)
			return error_set(err, SOW_DIFFERS, "%s: worked on %" PRId64 " records, and %s on %" PRId64
					 ": resume it with the larger -n of the other", s->dirs[i], s->inputs[i],
					 s->dirs[last], s->inputs[last]);
	}
	return SOW_OK;
}

/* With as many runs as shards and no shard twice, none is missing. */
static int sort_shards(struct shards *s, const char *const *from, struct sow_error *err)
{
	struct shard shard;
	int64_t inputs = 0;
	s->dirs = mem_zalloc(s->count * sizeof(*s->dirs));
	s->inputs = mem_zalloc(s->count * sizeof(*s->inputs));
	int status = SOW_OK;
	for (size_t i = 0; i < s->count && !status; i++) {
		status = read_one(from[i], s->arena, &shard, &inputs, err);
		if (!status)
			status = place_one(s, from[i], shard, inputs, err);
	}
	return status ? status : check_even(s, err);
}

/* Rows */

static int attach(struct store *s, const char *dir, struct sow_error *err)
{
	struct buf path = BUF_INIT;
	buf_addf(&path, "%s/run.db", dir);
	int status = db_attach(s->db, path.data, "shard", err);
	buf_release(&path);
	return status;
}

/* Everything except `shard` must be equal. */
static int check_same(struct store *s, const char *dir, const char *first, struct sow_error *err)
{
	struct db_query *q = db_query(s->db,
		"SELECT step, name, ifnull(max(CASE here WHEN 1 THEN shown END), 'nothing'),"
		" ifnull(max(CASE here WHEN 0 THEN shown END), 'nothing') FROM"
		" (SELECT step, name, value, shown, 1 AS here FROM main.identity"
		"  UNION ALL SELECT step, name, value, shown, 0 FROM shard.identity WHERE name <> 'shard')"
		" GROUP BY step, name HAVING count(*) <> 2 OR min(value) <> max(value)"
		" ORDER BY step, name LIMIT 1", err);
	int status = q ? db_step(q, err) : store_failed(err);
	if (status > 0) {
		struct view name = db_text(q, 1), there = db_text(q, 2), here = db_text(q, 3);
		bool is_same = view_eq(there, here);
		status = error_set(err, SOW_DIFFERS, "%s: a shard of another recipe: %.*s: %.*s in %s, %.*s here%s", dir,
				   VIEW_ARG(name), VIEW_ARG(there), first, VIEW_ARG(here),
				   is_same ? " (with other contents)" : "");
	}
	db_query_free(q);
	return status;
}

/* The columns of a table except its id, separated by commas. */
static int list_columns(struct store *s, const char *table, struct buf *out, struct sow_error *err)
{
	struct db_query *q = db_query(s->db, "SELECT group_concat(name, ', ') FROM pragma_table_info(?1) "
				      "WHERE name <> 'id'", err);
	if (!q)
		return store_failed(err);
	db_bind_text(q, 1, view_of(table));
	int status = db_step(q, err);
	if (status > 0)
		buf_add(out, db_text(q, 0).p, db_text(q, 0).len);
	db_query_free(q);
	return status < 0 ? status : SOW_OK;
}

static int copy_rows(struct store *s, const char *table, const char *order, struct sow_error *err)
{
	struct buf columns = BUF_INIT, sql = BUF_INIT;
	int status = list_columns(s, table, &columns, err);
	buf_addf(&sql, "INSERT INTO main.%s (%s) SELECT %s FROM shard.%s ORDER BY %s", table, columns.data,
		 columns.data, table, order);
	if (!status)
		status = db_exec(s->db, sql.data, err);
	buf_release(&columns);
	buf_release(&sql);
	return status;
}

/* Texts that requests share get other ids here; prompts that name them are changed. */
static const char renamed_parts[] =
	"INSERT OR IGNORE INTO main.part (hash, text) SELECT hash, text FROM shard.part ORDER BY id;"
	"DELETE FROM renamed;"
	"INSERT INTO renamed SELECT theirs.id, ours.id FROM shard.part theirs JOIN main.part ours USING (hash)"
	" WHERE theirs.id <> ours.id;";
static const char renamed_prompts[] =
	"UPDATE main.reply SET prompt = (SELECT json_group_array(json(CASE"
	"  WHEN json_type(e.value, '$.part') IS NOT NULL THEN json_set(e.value, '$.part', ifnull((SELECT ours"
	"   FROM renamed WHERE theirs = json_extract(e.value, '$.part')), json_extract(e.value, '$.part')))"
	"  WHEN json_type(e.value, '$.schema') IS NOT NULL THEN json_set(e.value, '$.schema', ifnull((SELECT ours"
	"   FROM renamed WHERE theirs = json_extract(e.value, '$.schema')), json_extract(e.value, '$.schema')))"
	"  ELSE e.value END)) FROM json_each(prompt) e)"
	" WHERE id > (SELECT id FROM before) AND EXISTS (SELECT 1 FROM renamed);";
/* A batch at the server with requests of two shards gets two rows; a request in both is in the later. */
static const char batches[] =
	"INSERT INTO main.batch SELECT id + (SELECT batch FROM before), teacher, name, remote, state, requests, made,"
	" expires, answered, failed FROM shard.batch;"
	"INSERT OR REPLACE INTO main.batch_request SELECT key, batch + (SELECT batch FROM before)"
	" FROM shard.batch_request;";
/* Counts are summed; findings about teachers and documents are joined. */
static const char operations[] =
	"INSERT INTO total SELECT step, name, CAST(value AS INTEGER) FROM shard.operation WHERE id IN"
	" (SELECT max(id) FROM shard.operation WHERE name IN ('n', 'inputs') GROUP BY step, name);"
	"INSERT OR IGNORE INTO told SELECT step, name, value FROM shard.operation WHERE value <> '' AND id IN"
	" (SELECT max(id) FROM shard.operation WHERE name IN ('" STORE_LEARNT "', '" STORE_TROUBLE "')"
	"  GROUP BY step, name);";
static const char totals[] =
	"INSERT INTO operation (at, step, name, value) SELECT (SELECT max(at) FROM operation), step, name,"
	" CAST(CASE WHEN name = 'n' AND min(value) = 0 THEN 0 ELSE sum(value) END AS TEXT)"
	" FROM total GROUP BY step, name ORDER BY step, name;"
	"INSERT INTO operation (at, step, name, value) SELECT (SELECT max(at) FROM operation), step, name,"
	" group_concat(value, char(10)) FROM told GROUP BY step, name ORDER BY step, name;";
static const char before[] =
	"DELETE FROM before;"
	"INSERT INTO before SELECT ifnull((SELECT max(id) FROM main.reply), 0),"
	" ifnull((SELECT max(id) FROM main.batch), 0);";
static const char scratch[] =
	"CREATE TEMP TABLE before (id INTEGER, batch INTEGER);"
	"CREATE TEMP TABLE renamed (theirs INTEGER PRIMARY KEY, ours INTEGER);"
	"CREATE TEMP TABLE total (step INTEGER, name TEXT, value INTEGER);"
	"CREATE TEMP TABLE told (step INTEGER, name TEXT, value TEXT, UNIQUE (step, name, value));";

static int copy_shard(struct store *s, struct sow_error *err)
{
	static const struct { const char *table, *order; } tables[] = {
		{ "operation", "id" }, { "reply", "id" }, { "ticket", "step, ticket" },
		{ "unit", "step, ticket, item" }, { "instance", "step, ticket, item, number" },
		{ "answer", "step, ticket, item, stage, sample" }, { "reject", "id" },
	};
	static const char *const parts[] = { renamed_parts, renamed_prompts, batches, operations };
	int status = db_exec(s->db, before, err);
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables) && !status; i++)
		status = copy_rows(s, tables[i].table, tables[i].order, err);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && !status; i++)
		status = db_exec(s->db, parts[i], err);
	return status;
}

static int add_shard(struct store *s, const struct shards *from, size_t at, struct sow_error *err)
{
	const char *dir = from->dirs[at];
	int status = attach(s, dir, err);
	if (status)
		return status;
	if (at)
		status = check_same(s, dir, from->dirs[0], err);
	if (!status)
		status = store_begin(s, err);
	if (!status && !at)
		status = db_exec(s->db, "INSERT INTO main.identity SELECT * FROM shard.identity "
				 "WHERE name <> 'shard'", err);
	if (!status)
		status = copy_shard(s, err);
	if (!status)
		status = store_commit(s, err);
	if (status)
		store_rollback(s);
	return status ? status : db_exec(s->db, "DETACH shard", err);
}

/* Adds the settings in force for the whole, after all those of the shards. */
static int add_totals(struct store *s, const struct shards *from, struct sow_error *err)
{
	struct buf names = BUF_INIT;
	for (size_t i = 0; i < from->count; i++)
		buf_addf(&names, "%s%s", i ? "\n" : "", from->dirs[i]);
	int status = store_begin(s, err);
	if (!status)
		status = db_exec(s->db, totals, err);
	if (!status)
		status = store_operation(s, 0, "merged", view_from(names.data, names.len), err);
	if (!status)
		status = store_commit(s, err);
	buf_release(&names);
	return status;
}

static int fill(const char *dir, const struct shards *from, struct sow_error *err)
{
	struct store *s = store_open(dir, STORE_RUN, err);
	int status = s ? db_exec(s->db, scratch, err) : store_failed(err);
	for (size_t i = 0; i < from->count && !status; i++)
		status = add_shard(s, from, i, err);
	if (!status)
		status = add_totals(s, from, err);
	store_close(s);
	return status;
}

int store_merge(const char *dir, const char *const *from, size_t count, struct sow_error *err)
{
	struct shards s = { .arena = arena_new(), .count = count };
	int status = sort_shards(&s, from, err);
	if (!status)
		status = fill(dir, &s, err);
	mem_free(s.dirs);
	mem_free(s.inputs);
	arena_free(s.arena);
	return status;
}
