#include "store/store.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/embedded.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "io/folder.h"
#include "store/store_private.h"

#define FORMAT 6
#define MANY_UNITS 8192     /* more than SQLite's usual 2 MB of pages hold */
#define APPLICATION_ID 0x736F7701 /* "sow", 1 */
#define BEGIN_NS 5000000000 /* a new run gets its tables within this time */

/* The statements that upgrade a run.db from the format before; the first format is 1. */
static const char *const migrations[FORMAT + 1] = {
	[2] = "src/store/migrate_2.sql",
	[3] = "src/store/migrate_3.sql",
	[4] = "src/store/migrate_4.sql",
	[5] = "src/store/migrate_5.sql",
	[6] = "src/store/migrate_6.sql",
};

static const char *const sql[STATEMENTS] = {
	[PUT_IDENTITY] = "INSERT INTO identity VALUES (?1, ?2, ?3, ?4)",
	[GET_IDENTITY] = "SELECT value, shown FROM identity WHERE step = ?1 AND name = ?2",
	[PUT_OPERATION] = "INSERT INTO operation (at, step, name, value) VALUES (?1, ?2, ?3, ?4)",
	[GET_OPERATION] = "SELECT value FROM operation WHERE step = ?1 AND name = ?2 "
			  "ORDER BY id DESC LIMIT 1",
	[GET_SETTING] = "SELECT value, shown FROM identity WHERE step = ?1 AND name = ?2 UNION ALL "
			"SELECT value, value FROM operation WHERE id = (SELECT max(id) FROM operation "
			"WHERE step = ?1 AND name = ?2) LIMIT 1",
	[PUT_PART] = "INSERT INTO part (hash, text) VALUES (?1, ?2)",
	[GET_PART] = "SELECT id FROM part WHERE hash = ?1",
	[PUT_REPLY] = "INSERT OR REPLACE INTO reply (step, ticket, item, stage, sample, key, prompt, "
		      "sampling, seed, text, reasoning, finish, cached, prompt_tokens, "
		      "shared_tokens, completion_tokens, reasoning_tokens, estimated, attempts, "
		      "unknown, cost, began, took, numbers) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
		      "?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)",
	[GET_REPLY] = "SELECT key, text, reasoning, finish, prompt_tokens, shared_tokens, "
		      "completion_tokens, reasoning_tokens, estimated, attempts, unknown, began, took, "
		      "numbers FROM reply WHERE step = ?1 AND ticket = ?2 AND item = ?3 AND stage = ?4 AND "
		      "sample = ?5",
	[PUT_TICKET] = "INSERT INTO ticket VALUES (?1, ?2, ?3, ?4, ?5)",
	[PUT_UNIT] = "INSERT INTO unit (step, ticket, item, stage, state, is_classification, "
		     "instruction, input, turns, parent, operation, source, nearest, mean_score, "
		     "tools, fields, object, context) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?11, ?12, "
		     "?13, ?14, ?15, ?16, ?17, ?18, ?9, ?10)",
	[SET_UNIT] = "UPDATE unit SET stage = ?4, state = ?5, is_classification = ?6, "
		     "instruction = ?7, input = ?8, object = ?9, context = ?10, turns = ?11, "
		     "fields = ?12 "
		     "WHERE step = ?1 AND ticket = ?2 AND item = ?3",
	[PUT_INSTANCE] = "INSERT INTO instance (step, ticket, item, number, input, output, role, "
			 "score, sample, reasoning, reasoning_name, turns) "
			 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
	[PUT_ANSWER] = "INSERT OR REPLACE INTO answer VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[PUT_REJECT] = "INSERT INTO reject (step, ticket, item, stage, rule, text, detail, near, "
		       "score) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[GET_INSTANCES] = "SELECT input, output, role, score, sample, reasoning, "
			  "reasoning_name, turns FROM instance WHERE step = ?1 AND ticket = ?2 AND "
			  "item = ?3 ORDER BY number",
	[GET_GRADED] = "SELECT r.text, r.reasoning, a.score, a.sample, a.chosen FROM answer a "
		       "JOIN reply r USING (step, ticket, item, stage, sample) WHERE a.step = ?1 AND "
		       "a.ticket = ?2 AND a.item = ?3 AND a.score > 0 ORDER BY a.stage, a.sample",
};

/* Opening */

static int count_of(struct db *db, const char *query, int64_t *n, struct sow_error *err)
{
	struct db_query *q = db_query(db, query, err);
	if (!q)
		return err ? (int)err->status : SOW_IO;
	int status = db_step(q, err);
	*n = status > 0 ? db_int(q, 0) : 0;
	db_query_free(q);
	return status < 0 ? status : SOW_OK;
}

/* Makes the tables, or upgrades those of format `version`. */
static int make_format(struct store *s, int64_t version, struct sow_error *err)
{
	char tail[96];
	snprintf(tail, sizeof(tail), "PRAGMA application_id = %d; PRAGMA user_version = %d;",
		 APPLICATION_ID, FORMAT);
	int status = db_begin(s->db, err);
	if (status)
		return status;
	if (!version)
		status = db_exec(s->db, embedded_find("src/store/schema.sql")->text, err);
	for (int64_t to = version + 1; version && to <= FORMAT && !status; to++)
		status = db_exec(s->db, embedded_find(migrations[to])->text, err);
	if (!status)
		status = db_exec(s->db, tail, err);
	if (!status)
		status = db_commit(s->db, err);
	if (status)
		db_rollback(s->db);
	return status;
}

/* Runs a count query. While another process creates a run, it briefly has no tables and no identity: a
 * reader waits. */
static int count_begun(struct store *s, enum store_mode mode, const char *query, int64_t *n,
		       struct sow_error *err)
{
	const struct timespec moment = { .tv_nsec = BEGIN_NS / 250 };
	int64_t end = clock_monotonic() + BEGIN_NS;
	int status = count_of(s->db, query, n, err);
	while (!status && !*n && mode == STORE_LOOK && folder_is_locked(s->dir) && clock_monotonic() < end) {
		nanosleep(&moment, NULL);
		status = count_of(s->db, query, n, err);
	}
	return status;
}

static int check_format(struct store *s, enum store_mode mode, struct sow_error *err)
{
	int64_t tables, application;
	int status = count_begun(s, mode, "SELECT count(*) FROM sqlite_schema", &tables, err);
	int64_t version = db_version(s->db);
	if (!status)
		status = count_of(s->db, "PRAGMA application_id", &application, err);
	if (status)
		return status;
	if (tables == 0 && mode == STORE_RUN)
		return make_format(s, 0, err);
	if (application != APPLICATION_ID)
		return error_set(err, SOW_INVALID, "%s: not a run of sow", db_path(s->db));
	bool is_older = version >= 1 && version < FORMAT;
	if (is_older && mode == STORE_RUN)
		return make_format(s, version, err);
	if (is_older)
		return error_set(err, SOW_INVALID, "%s: made by an older sow; its own command brings "
				 "it up to date and resumes it", db_path(s->db));
	if (version != FORMAT)
		return error_set(err, SOW_INVALID,
				 "%s: made by another sow: its format is %lld, this one reads %d",
				 db_path(s->db), (long long)version, FORMAT);
	return SOW_OK;
}

static int open_db(struct store *s, enum store_mode mode, struct sow_error *err)
{
	buf_addf(&s->text, "%s/run.db", s->dir);
	s->db = db_open(s->text.data, mode == STORE_RUN ? DB_WRITE : DB_READ, err);
	if (!s->db)
		return err ? (int)err->status : SOW_IO;
	int status = check_format(s, mode, err);
	int64_t identities = 0;
	if (!status)
		status = count_begun(s, mode, "SELECT count(*) FROM identity", &identities, err);
	s->is_new = identities == 0;
	return status;
}

struct store *store_open(const char *dir, enum store_mode mode, struct sow_error *err)
{
	struct store *s = mem_zalloc(sizeof(*s));
	s->lock = -1;
	s->text = (struct buf)BUF_INIT;
	s->dir = mem_copystr(dir);
	s->json = json_out_new();
	int status = SOW_OK;
	if (mode == STORE_RUN) {
		status = folder_make(dir, err);
		if (!status && (s->lock = folder_lock(dir, err)) < 0)
			status = s->lock;
	}
	if (!status)
		status = open_db(s, mode, err);
	if (status) {
		store_close(s);
		return NULL;
	}
	return s;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	db_close(s->db); /* also frees the queries */
	folder_unlock(s->lock);
	map_release(&s->parts);
	json_out_free(s->json);
	buf_release(&s->text);
	mem_free(s->dir);
	mem_free(s);
}

bool store_is_busy(const struct store *s)
{
	return folder_is_locked(s->dir);
}

bool store_is_new(const struct store *s)
{
	return s->is_new;
}

int store_expect(struct store *s, size_t units, struct sow_error *err)
{
	return units < MANY_UNITS ? SOW_OK : db_exec(s->db, "PRAGMA cache_size = -32768", err); /* KiB */
}

int store_begin(struct store *s, struct sow_error *err)
{
	return db_begin(s->db, err);
}

int store_snapshot(struct store *s, struct sow_error *err)
{
	return db_exec(s->db, "SAVEPOINT snapshot", err);
}

int store_commit(struct store *s, struct sow_error *err)
{
	return db_commit(s->db, err);
}

void store_rollback(struct store *s)
{
	db_rollback(s->db);
	map_release(&s->parts); /* may hold ids of rows that were rolled back */
}

struct db_query *store_prepared(struct store *s, enum statement which, struct sow_error *err)
{
	if (!s->prepared[which])
		s->prepared[which] = db_query(s->db, sql[which], err);
	return s->prepared[which];
}

void store_bind_ints(struct db_query *q, int first, const int64_t *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		db_bind_int(q, first + (int)i, list[i]);
}

void store_bind_texts(struct db_query *q, int first, const struct view *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		db_bind_text(q, first + (int)i, list[i]);
}

void store_bind_number_if(struct db_query *q, int at, bool given, double x)
{
	if (given)
		db_bind_number(q, at, x);
	else
		db_bind_null(q, at);
}

struct db_query *store_query(struct store *s, const char *sql_text, const int64_t *list, size_t count,
			     struct sow_error *err)
{
	struct db_query *q = db_query(s->db, sql_text, err);
	if (q)
		store_bind_ints(q, 1, list, count);
	return q;
}

bool store_row(struct db_query *q, int *status, struct sow_error *err)
{
	int step = *status ? 0 : q ? db_step(q, err) : store_failed(err);
	if (step < 0)
		*status = step;
	return step > 0;
}

int store_failed(const struct sow_error *err)
{
	return err && err->status < 0 ? (int)err->status : SOW_IO;
}

void store_copy_column(struct arena *a, struct db_query *q, int column, struct view *out)
{
	struct view text = db_text(q, column);
	*out = view_from(arena_copyview(a, text), text.len);
}

/* Identity and operation */

int store_put_identity(struct store *s, int64_t step, const char *name, struct view value,
		       struct view shown, struct sow_error *err)
{
	struct db_query *q = store_prepared(s, PUT_IDENTITY, err);
	if (!q)
		return store_failed(err);
	db_bind_int(q, 1, step);
	BIND_TEXTS(q, 2, view_of(name), value, shown);
	return db_run(q, err);
}

int store_check_identity(struct store *s, struct arena *a, int64_t step, const char *name,
			 struct view value, struct setting *stored, struct sow_error *err)
{
	struct db_query *q = store_prepared(s, GET_IDENTITY, err);
	if (!q)
		return store_failed(err);
	db_bind_int(q, 1, step);
	db_bind_text(q, 2, view_of(name));
	int status = db_step(q, err);
	if (status == 0) {
		status = SOW_MISSING;
	} else if (status > 0 && view_eq(db_text(q, 0), value)) {
		status = SOW_OK;
	} else if (status > 0) {
		store_copy_column(a, q, 0, &stored->value);
		store_copy_column(a, q, 1, &stored->shown);
		status = SOW_DIFFERS;
	}
	db_query_reset(q);
	return status;
}

int store_operation(struct store *s, int64_t step, const char *name, struct view value,
		    struct sow_error *err)
{
	struct db_query *get = store_prepared(s, GET_OPERATION, err);
	struct db_query *put = store_prepared(s, PUT_OPERATION, err);
	if (!get || !put)
		return store_failed(err);
	db_bind_int(get, 1, step);
	db_bind_text(get, 2, view_of(name));
	int status = db_step(get, err);
	bool same = status > 0 && view_eq(db_text(get, 0), value);
	db_query_reset(get);
	if (status < 0 || same)
		return status < 0 ? status : SOW_OK;
	BIND_INTS(put, 1, clock_wall(), step);
	BIND_TEXTS(put, 3, view_of(name), value);
	return db_run(put, err);
}

int store_setting(struct store *s, struct arena *a, int64_t step, const char *name,
		  struct setting *out, struct sow_error *err)
{
	struct db_query *q = store_prepared(s, GET_SETTING, err);
	if (!q)
		return store_failed(err);
	db_bind_int(q, 1, step);
	db_bind_text(q, 2, view_of(name));
	*out = (struct setting){ .step = step, .name = view_of(name), .value = view_of(""),
				 .shown = view_of("") };
	int status = db_step(q, err);
	if (status > 0) {
		store_copy_column(a, q, 0, &out->value);
		store_copy_column(a, q, 1, &out->shown);
	}
	db_query_reset(q);
	return status;
}

/* A row of store_settings. */
static void copy_setting(struct arena *a, struct db_query *q, struct setting *to)
{
	to->step = db_int(q, 1);
	store_copy_column(a, q, 2, &to->name);
	store_copy_column(a, q, 3, &to->value);
	store_copy_column(a, q, 4, &to->shown);
}

int store_settings(struct store *s, struct arena *a, struct setting **list, size_t *identities,
		   size_t *count, struct sow_error *err)
{
	static const char query[] =
		"SELECT 0 AS kind, step, name, value, shown FROM identity"
		" UNION ALL SELECT 1, step, name, value, value FROM operation WHERE id IN"
		"   (SELECT max(id) FROM operation GROUP BY step, name)"
		" ORDER BY 1, 2, 3";
	struct setting *settings = NULL;
	size_t room = 0, n = 0, first = 0;
	struct db_query *q = db_query(s->db, query, err);
	int status = SOW_OK;
	while (store_row(q, &status, err)) {
		mem_grow(&settings, &room, n + 1);
		copy_setting(a, q, &settings[n++]);
		first += db_int(q, 0) == 0;
	}
	db_query_free(q);
	*list = arena_array(a, n, sizeof(*settings));
	if (n)
		memcpy(*list, settings, n * sizeof(*settings));
	mem_free(settings);
	*identities = first;
	*count = n;
	return status;
}
