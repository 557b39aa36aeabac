#include "run/store.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/embedded.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "io/db.h"
#include "io/folder.h"
#include "io/json.h"

#define FORMAT 1
#define APPLICATION_ID 0x736F7701 /* "sow", 1 */

enum statement {
	PUT_IDENTITY, GET_IDENTITY, PUT_OPERATION, GET_OPERATION, PUT_PART, GET_PART, PUT_REPLY,
	GET_REPLY, PUT_TICKET, PUT_UNIT, SET_UNIT, PUT_INSTANCE, PUT_REJECT, GET_INSTANCES,
	STATEMENTS
};

static const char *const sql[STATEMENTS] = {
	[PUT_IDENTITY] = "INSERT INTO identity VALUES (?1, ?2, ?3)",
	[GET_IDENTITY] = "SELECT value, shown FROM identity WHERE name = ?1",
	[PUT_OPERATION] = "INSERT INTO operation (at, name, value) VALUES (?1, ?2, ?3)",
	[GET_OPERATION] = "SELECT value FROM operation WHERE name = ?1 ORDER BY id DESC LIMIT 1",
	[PUT_PART] = "INSERT INTO part (hash, text) VALUES (?1, ?2)",
	[GET_PART] = "SELECT id FROM part WHERE hash = ?1",
	[PUT_REPLY] = "INSERT OR REPLACE INTO reply (step, ticket, item, stage, sample, key, prompt, "
		      "sampling, seed, text, finish, cached, prompt_tokens, shared_tokens, "
		      "completion_tokens, began, took) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
		      "?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
	[GET_REPLY] = "SELECT key, text, finish, prompt_tokens, shared_tokens, completion_tokens, "
		      "began, took FROM reply WHERE step = ?1 AND ticket = ?2 AND item = ?3 AND "
		      "stage = ?4 AND sample = ?5",
	[PUT_TICKET] = "INSERT INTO ticket VALUES (?1, ?2, ?3, ?4, ?5)",
	[PUT_UNIT] = "INSERT INTO unit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[SET_UNIT] = "UPDATE unit SET stage = ?4, state = ?5, is_classification = ?6 "
		     "WHERE step = ?1 AND ticket = ?2 AND item = ?3",
	[PUT_INSTANCE] = "INSERT INTO instance VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[PUT_REJECT] = "INSERT INTO reject (step, ticket, item, stage, rule, text, detail, near, "
		       "score) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[GET_INSTANCES] = "SELECT input, output FROM instance WHERE step = ?1 AND ticket = ?2 AND "
			  "item = ?3 ORDER BY number",
};

struct store {
	char *dir;
	struct db *db;
	int lock;
	bool is_new;
	struct db_query *prepared[STATEMENTS];
	struct map parts; /* hash -> id */
	struct json_out *json;
	struct buf text;  /* scratch */
};

/* -- opening ---------------------------------------------------------------------- */

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

static int make_tables(struct store *s, struct sow_error *err)
{
	const struct embedded_file *schema = embedded_find("src/run/schema.sql");
	char tail[96];
	snprintf(tail, sizeof(tail), "PRAGMA application_id = %d; PRAGMA user_version = %d;",
		 APPLICATION_ID, FORMAT);
	int status = db_begin(s->db, err);
	if (status)
		return status;
	status = db_exec(s->db, schema->text, err);
	if (!status)
		status = db_exec(s->db, tail, err);
	if (!status)
		status = db_commit(s->db, err);
	if (status)
		db_rollback(s->db);
	return status;
}

/* Version 1 is the first; a later one migrates older files here. */
static int check_format(struct store *s, enum store_mode mode, struct sow_error *err)
{
	int64_t tables, application;
	int64_t version = db_version(s->db);
	int status = count_of(s->db, "SELECT count(*) FROM sqlite_schema", &tables, err);
	if (!status)
		status = count_of(s->db, "PRAGMA application_id", &application, err);
	if (status)
		return status;
	if (tables == 0 && mode == STORE_RUN)
		return make_tables(s, err);
	if (application != APPLICATION_ID)
		return error_set(err, SOW_INVALID, "%s: not a run of sow", db_path(s->db));
	if (version != FORMAT)
		return error_set(err, SOW_INVALID,
				 "%s: made by another sow: its format is %lld, this one reads %d",
				 db_path(s->db), (long long)version, FORMAT);
	return SOW_OK;
}

static int open_db(struct store *s, enum store_mode mode, struct sow_error *err)
{
	buf_addf(&s->text, "%s/run.db", s->dir);
	if (buf_failed(&s->text))
		return error_nomem(err);
	s->db = db_open(s->text.data, mode == STORE_RUN ? DB_WRITE : DB_READ, err);
	if (!s->db)
		return err ? (int)err->status : SOW_IO;
	int status = check_format(s, mode, err);
	int64_t identities = 0;
	if (!status)
		status = count_of(s->db, "SELECT count(*) FROM identity", &identities, err);
	s->is_new = identities == 0;
	return status;
}

struct store *store_open(const char *dir, enum store_mode mode, struct sow_error *err)
{
	struct store *s = mem_zalloc(sizeof(*s));
	if (!s) {
		error_nomem(err);
		return NULL;
	}
	s->lock = -1;
	s->text = (struct buf)BUF_INIT;
	s->dir = mem_copystr(dir);
	s->json = json_out_new();
	int status = s->dir && s->json ? SOW_OK : error_nomem(err);
	if (!status && mode == STORE_RUN) {
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
	db_close(s->db); /* frees the queries too */
	folder_unlock(s->lock);
	map_release(&s->parts);
	json_out_free(s->json);
	buf_release(&s->text);
	mem_free(s->dir);
	mem_free(s);
}

bool store_is_new(const struct store *s)
{
	return s->is_new;
}

int store_begin(struct store *s, struct sow_error *err)
{
	return db_begin(s->db, err);
}

int store_commit(struct store *s, struct sow_error *err)
{
	return db_commit(s->db, err);
}

void store_rollback(struct store *s)
{
	db_rollback(s->db);
	map_release(&s->parts); /* may know ids that are gone */
}

static struct db_query *prepared(struct store *s, enum statement which, struct sow_error *err)
{
	if (!s->prepared[which])
		s->prepared[which] = db_query(s->db, sql[which], err);
	return s->prepared[which];
}

static int failed(const struct sow_error *err)
{
	return err && err->status < 0 ? (int)err->status : SOW_IO;
}

/* -- identity and operation --------------------------------------------------------- */

static int copy_column(struct arena *a, struct db_query *q, int column, struct view *out)
{
	struct view text = db_text(q, column);
	char *copy = arena_copyview(a, text);
	*out = view_from(copy, text.len);
	return copy ? SOW_OK : SOW_NOMEM;
}

int store_identity(struct store *s, struct arena *a, const char *name, struct view value,
		   struct view shown, struct view *stored, struct sow_error *err)
{
	struct db_query *q = prepared(s, s->is_new ? PUT_IDENTITY : GET_IDENTITY, err);
	if (!q)
		return failed(err);
	db_bind_text(q, 1, view_of(name));
	if (s->is_new) {
		db_bind_text(q, 2, value);
		db_bind_text(q, 3, shown);
		return db_run(q, err);
	}
	*stored = view_of("");
	int status = db_step(q, err);
	if (status > 0 && view_eq(db_text(q, 0), value))
		status = SOW_OK;
	else if (status >= 0)
		status = status && copy_column(a, q, 1, stored) ? error_nomem(err) : SOW_DIFFERS;
	db_query_reset(q);
	return status;
}

int store_operation(struct store *s, const char *name, struct view value, struct sow_error *err)
{
	struct db_query *get = prepared(s, GET_OPERATION, err);
	struct db_query *put = prepared(s, PUT_OPERATION, err);
	if (!get || !put)
		return failed(err);
	db_bind_text(get, 1, view_of(name));
	int status = db_step(get, err);
	bool same = status > 0 && view_eq(db_text(get, 0), value);
	db_query_reset(get);
	if (status < 0 || same)
		return status < 0 ? status : SOW_OK;
	db_bind_int(put, 1, clock_wall());
	db_bind_text(put, 2, view_of(name));
	db_bind_text(put, 3, value);
	return db_run(put, err);
}

int store_settings(struct store *s, struct arena *a, struct setting **list, size_t *identities,
		   size_t *count, struct sow_error *err)
{
	static const char query[] =
		"SELECT 0, rowid, name, value, shown FROM ("
		"  SELECT row_number() OVER (ORDER BY name) AS rowid, name, value, shown FROM identity)"
		" UNION ALL SELECT 1, max(id), name, value, value FROM operation GROUP BY name"
		" ORDER BY 1, 2";
	struct setting *settings = NULL;
	size_t room = 0, n = 0, first = 0;
	struct db_query *q = db_query(s->db, query, err);
	if (!q)
		return failed(err);
	int status;
	while ((status = db_step(q, err)) > 0) {
		struct setting *to;
		if (mem_grow((void **)&settings, &room, n + 1, sizeof(*settings)) ||
		    (to = &settings[n++], copy_column(a, q, 2, &to->name)) ||
		    copy_column(a, q, 3, &to->value) || copy_column(a, q, 4, &to->shown)) {
			status = error_nomem(err);
			break;
		}
		first += db_int(q, 0) == 0;
	}
	db_query_free(q);
	*list = arena_array(a, n, sizeof(*settings));
	if (!*list)
		status = error_nomem(err);
	else if (n)
		memcpy(*list, settings, n * sizeof(*settings));
	mem_free(settings);
	*identities = first;
	*count = n;
	return status;
}

/* -- replies ------------------------------------------------------------------------ */

static int part_id(struct store *s, struct view text, int64_t *id, struct sow_error *err)
{
	struct hash hash;
	if (hash_bytes(text.p, text.len, &hash))
		return error_nomem(err);
	uint64_t *known = map_get(&s->parts, (const char *)hash.bytes, HASH_SIZE);
	if (known) {
		*id = (int64_t)*known;
		return SOW_OK;
	}
	struct db_query *get = prepared(s, GET_PART, err), *put = prepared(s, PUT_PART, err);
	if (!get || !put)
		return failed(err);
	db_bind_blob(get, 1, hash.bytes, HASH_SIZE);
	int status = db_step(get, err);
	*id = status > 0 ? db_int(get, 0) : 0;
	db_query_reset(get);
	if (status == 0) {
		db_bind_blob(put, 1, hash.bytes, HASH_SIZE);
		db_bind_text(put, 2, text);
		status = db_run(put, err);
		*id = db_last_id(s->db);
	}
	if (status < 0)
		return status;
	if (map_put(&s->parts, (const char *)hash.bytes, HASH_SIZE, (uint64_t)*id))
		return error_nomem(err);
	return SOW_OK;
}

static int write_json(struct store *s, struct buf *out, struct sow_error *err)
{
	int status = json_out_write(s->json, out, JSON_LINE);
	return status ? error_set(err, (enum sow_status)status, "%s: a text could not be written "
				  "as JSON", s->dir)
		      : SOW_OK;
}

static int prompt_json(struct store *s, const struct request *r, struct buf *out,
		       struct sow_error *err)
{
	int status = SOW_OK;
	json_out_array(s->json, NULL);
	for (size_t i = 0; i < r->part_count && !status; i++) {
		const struct part *part = &r->parts[i];
		int64_t id = 0;
		if (part->shared)
			status = part_id(s, part->text, &id, err);
		json_out_object(s->json, NULL);
		json_out_text(s->json, "role", view_of(role_names[part->role]));
		if (part->shared)
			json_out_integer(s->json, "part", id);
		else
			json_out_text(s->json, "text", part->text);
		json_out_end(s->json);
	}
	json_out_end(s->json);
	int written = write_json(s, out, err);
	return status ? status : written;
}

static int sampling_json(struct store *s, const struct sampling *p, struct buf *out,
			 struct sow_error *err)
{
	json_out_object(s->json, NULL);
	json_out_number(s->json, "temperature", p->temperature);
	json_out_number(s->json, "top_p", p->top_p);
	json_out_integer(s->json, "top_k", p->top_k);
	json_out_number(s->json, "presence_penalty", p->presence_penalty);
	json_out_number(s->json, "frequency_penalty", p->frequency_penalty);
	json_out_integer(s->json, "max_tokens", p->max_tokens);
	json_out_array(s->json, "stop");
	for (size_t i = 0; i < p->stop_count; i++)
		json_out_text(s->json, NULL, p->stops[i]);
	json_out_end(s->json);
	json_out_end(s->json);
	return write_json(s, out, err);
}

static void bind_place(struct db_query *q, const struct place *p)
{
	db_bind_int(q, 1, p->step);
	db_bind_int(q, 2, p->ticket);
	db_bind_int(q, 3, p->item);
	db_bind_int(q, 4, p->stage);
	db_bind_int(q, 5, p->sample);
}

int store_reply(struct store *s, const struct place *p, const struct request *request,
		const struct reply *reply, bool cached, struct sow_error *err)
{
	struct buf sampling = BUF_INIT;
	buf_clear(&s->text);
	int status = prompt_json(s, request, &s->text, err);
	if (!status)
		status = sampling_json(s, &request->sampling, &sampling, err);
	struct db_query *q = status ? NULL : prepared(s, PUT_REPLY, err);
	if (q) {
		bind_place(q, p);
		db_bind_blob(q, 6, request->key.bytes, HASH_SIZE);
		db_bind_text(q, 7, view_from(s->text.data, s->text.len));
		db_bind_text(q, 8, view_from(sampling.data, sampling.len));
		db_bind_int(q, 9, (int64_t)request->seed);
		db_bind_text(q, 10, reply->text);
		db_bind_text(q, 11, view_of(finish_names[reply->finish]));
		db_bind_int(q, 12, cached);
		db_bind_int(q, 13, reply->usage.prompt_tokens);
		db_bind_int(q, 14, reply->usage.shared_tokens);
		db_bind_int(q, 15, reply->usage.completion_tokens);
		db_bind_int(q, 16, reply->began);
		db_bind_int(q, 17, reply->took);
		status = db_run(q, err);
	} else if (!status) {
		status = failed(err);
	}
	buf_release(&sampling);
	return status;
}

static enum finish finish_of(struct view name)
{
	return view_eqstr(name, "length") ? FINISH_LENGTH
	     : view_eqstr(name, "error") ? FINISH_ERROR : FINISH_STOP;
}

static struct reply *reply_of(struct db_query *q)
{
	struct view key = db_text(q, 0);
	struct reply *r = reply_new(db_text(q, 1));
	if (!r)
		return NULL;
	if (key.len == HASH_SIZE)
		memcpy(r->key.bytes, key.p, HASH_SIZE);
	r->finish = finish_of(db_text(q, 2));
	r->usage = (struct usage){ db_int(q, 3), db_int(q, 4), db_int(q, 5) };
	r->began = db_int(q, 6);
	r->took = db_int(q, 7);
	return r;
}

int store_find_reply(struct store *s, const struct place *p, const struct hash *key,
		     struct reply **reply, struct sow_error *err)
{
	struct db_query *q = prepared(s, GET_REPLY, err);
	*reply = NULL;
	if (!q)
		return failed(err);
	bind_place(q, p);
	int status = db_step(q, err);
	if (status > 0) {
		struct view stored = db_text(q, 0);
		bool same = stored.len == HASH_SIZE && memcmp(stored.p, key->bytes, HASH_SIZE) == 0;
		status = same;
		if (same && !(*reply = reply_of(q)))
			status = error_nomem(err);
	}
	db_query_reset(q);
	return status;
}

/* -- commits ------------------------------------------------------------------------ */

int store_ticket(struct store *s, int64_t step, int64_t ticket, const struct view *examples,
		 size_t example_count, int64_t accepted, bool has_failed, struct sow_error *err)
{
	buf_clear(&s->text);
	json_out_array(s->json, NULL);
	for (size_t i = 0; i < example_count; i++)
		json_out_text(s->json, NULL, examples[i]);
	json_out_end(s->json);
	int status = write_json(s, &s->text, err);
	struct db_query *q = status ? NULL : prepared(s, PUT_TICKET, err);
	if (!q)
		return status ? status : failed(err);
	db_bind_int(q, 1, step);
	db_bind_int(q, 2, ticket);
	db_bind_text(q, 3, view_from(s->text.data, s->text.len));
	db_bind_int(q, 4, accepted);
	db_bind_int(q, 5, has_failed);
	return db_run(q, err);
}

static void bind_unit(struct db_query *q, const struct unit *u)
{
	db_bind_int(q, 1, u->step);
	db_bind_int(q, 2, u->ticket);
	db_bind_int(q, 3, u->item);
	db_bind_int(q, 4, u->stage);
	db_bind_int(q, 5, u->state);
}

int store_new_unit(struct store *s, const struct unit *u, const struct near_text *near,
		   size_t near_count, double mean_score, struct sow_error *err)
{
	buf_clear(&s->text);
	json_out_array(s->json, NULL);
	for (size_t i = 0; i < near_count; i++) {
		json_out_object(s->json, NULL);
		json_out_text(s->json, "id", near[i].id);
		json_out_number(s->json, "score", near[i].score);
		json_out_end(s->json);
	}
	json_out_end(s->json);
	int status = write_json(s, &s->text, err);
	struct db_query *q = status ? NULL : prepared(s, PUT_UNIT, err);
	if (!q)
		return status ? status : failed(err);
	bind_unit(q, u);
	db_bind_text(q, 6, u->instruction);
	if (u->is_classification < 0)
		db_bind_null(q, 7);
	else
		db_bind_int(q, 7, u->is_classification);
	db_bind_text(q, 8, view_from(s->text.data, s->text.len));
	db_bind_number(q, 9, mean_score);
	return db_run(q, err);
}

int store_unit(struct store *s, const struct unit *u, struct sow_error *err)
{
	struct db_query *q = prepared(s, SET_UNIT, err);
	if (!q)
		return failed(err);
	bind_unit(q, u);
	if (u->is_classification < 0)
		db_bind_null(q, 6);
	else
		db_bind_int(q, 6, u->is_classification);
	return db_run(q, err);
}

int store_instances(struct store *s, const struct unit *u, const struct instance *list,
		    size_t count, struct sow_error *err)
{
	struct db_query *q = prepared(s, PUT_INSTANCE, err);
	int status = q ? SOW_OK : failed(err);
	for (size_t i = 0; i < count && !status; i++) {
		db_bind_int(q, 1, u->step);
		db_bind_int(q, 2, u->ticket);
		db_bind_int(q, 3, u->item);
		db_bind_int(q, 4, (int64_t)i + 1);
		db_bind_text(q, 5, list[i].input);
		db_bind_text(q, 6, list[i].output);
		status = db_run(q, err);
	}
	return status;
}

int store_reject(struct store *s, const struct rejected *r, struct sow_error *err)
{
	struct db_query *q = prepared(s, PUT_REJECT, err);
	if (!q)
		return failed(err);
	db_bind_int(q, 1, r->step);
	db_bind_int(q, 2, r->ticket);
	db_bind_int(q, 3, r->item);
	db_bind_int(q, 4, r->stage);
	db_bind_text(q, 5, view_of(r->rule));
	db_bind_text(q, 6, r->text);
	db_bind_text(q, 7, r->detail);
	if (r->near_id.len) {
		db_bind_text(q, 8, r->near_id);
		db_bind_number(q, 9, r->near_score);
	} else {
		db_bind_null(q, 8);
		db_bind_null(q, 9);
	}
	return db_run(q, err);
}

/* -- looking ------------------------------------------------------------------------ */

int store_each_unit(struct store *s, int (*each)(void *data, const struct unit *u), void *data,
		    struct sow_error *err)
{
	struct db_query *q = db_query(s->db, "SELECT step, ticket, item, stage, state, instruction, "
				      "ifnull(is_classification, -1) FROM unit "
				      "ORDER BY step, ticket, item", err);
	if (!q)
		return failed(err);
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
		return failed(err);
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
		    copy_column(a, q, 0, &list[n].input) || copy_column(a, q, 1, &list[n].output)) {
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
	char id[64], name[64];
	struct unit u = { .step = db_int(q, 0), .ticket = db_int(q, 1), .item = db_int(q, 2) };
	snprintf(id, sizeof(id), "task_%lld_%lld", (long long)u.ticket, (long long)u.item);
	snprintf(name, sizeof(name), "task_%lld_%lld", (long long)u.ticket, (long long)u.item);
	struct task task = { .id = view_of(id), .name = view_of(name),
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
	struct task_walk walk = { prepared(s, GET_INSTANCES, err), each, data, err };
	status = q && walk.instances ? SOW_OK : failed(err);
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
		"(SELECT count(*) FROM instance),"
		"(SELECT count(*), ifnull(sum(cached), 0), ifnull(sum(finish = 'error'), 0),"
		"        ifnull(sum(prompt_tokens), 0), ifnull(sum(shared_tokens), 0),"
		"        ifnull(sum(completion_tokens), 0), ifnull(sum((1 - cached) * took), 0),"
		"        ifnull(min(began), 0), ifnull(max(began + took), 0) FROM reply),"
		"(SELECT ifnull((SELECT CAST(value AS INTEGER) FROM operation WHERE name = 'n'"
		"                ORDER BY id DESC LIMIT 1), 0))";
	int64_t *const fields[] = {
		&c->tickets, &c->tickets_failed, &c->units, &c->finished, &c->failed,
		&c->under_way, &c->classification, &c->instances, &c->replies, &c->replies_cached,
		&c->replies_error, &c->prompt_tokens, &c->shared_tokens, &c->completion_tokens,
		&c->teacher_ns, &c->first_began, &c->last_ended, &c->target,
	};
	*c = (struct store_counts){ 0 };
	struct db_query *q = db_query(s->db, query, err);
	if (!q)
		return failed(err);
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
		return failed(err);
	int status;
	while ((status = db_step(q, err)) > 0) {
		if (mem_grow((void **)&counts, &room, n + 1, sizeof(*counts)) ||
		    copy_column(a, q, 0, &counts[n].rule)) {
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
		return failed(err);
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
