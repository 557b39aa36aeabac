#include "store/batches.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "io/db.h"
#include "store/store_private.h"

struct batches {
	struct db *db;
	char *teacher;
	int64_t known;               /* number of batches: if 0, none is looked for */
};

#define COLUMNS "b.id, b.name, b.remote, b.state, b.requests, b.answered, b.failed, b.made, b.expires"

static void read_row(struct db_query *q, struct batch_row *row)
{
	*row = (struct batch_row){
		.id = db_int(q, 0),
		.state = (enum batch_state)db_int(q, 3),
		.requests = db_int(q, 4),
		.answered = db_int(q, 5),
		.failed = db_int(q, 6),
		.made = db_int(q, 7),
		.expires = db_int(q, 8),
	};
	struct view name = db_text(q, 1), remote = db_text(q, 2);
	snprintf(row->name, sizeof(row->name), "%.*s", VIEW_ARG(name));
	snprintf(row->remote, sizeof(row->remote), "%.*s", VIEW_ARG(remote));
}

/* The first row of a query, whose parameters are a text and a blob or NULL: 1, 0 or negative. */
static int find_row(struct batches *b, struct db_query *q, struct batch_row *row, struct sow_error *err)
{
	if (!q)
		return store_failed(err);
	db_bind_text(q, 1, view_of(b->teacher));
	int found = db_step(q, err);
	if (found > 0 && row)
		read_row(q, row);
	db_query_free(q);
	return found;
}

struct batches *batches_open(const char *dir, const char *teacher, struct sow_error *err)
{
	struct buf path = BUF_INIT;
	struct batches *b = mem_zalloc(sizeof(*b));
	buf_addf(&path, "%s/run.db", dir);
	b->teacher = mem_copystr(teacher);
	b->db = db_open(path.data, DB_WRITE, err);
	struct db_query *q = b->db ? db_query(b->db, "SELECT count(*) FROM batch WHERE teacher = ?1", err)
				   : NULL;
	if (!q)
		goto fail;
	db_bind_text(q, 1, view_of(teacher));
	int found = db_step(q, err);
	b->known = found > 0 ? db_int(q, 0) : 0;
	db_query_free(q);
	if (found < 0)
		goto fail;
	buf_release(&path);
	return b;
fail:
	buf_release(&path);
	batches_close(b);
	return NULL;
}

void batches_close(struct batches *b)
{
	if (!b)
		return;
	db_close(b->db);
	mem_free(b->teacher);
	mem_free(b);
}

/* Hashes all its requests and the time: no two batches of a run share a name. */
static void name_batch(const struct hash *const *keys, size_t count, int64_t now,
		       char name[BATCH_NAME_SIZE])
{
	struct hasher *h = hasher_new();
	struct hash hash;
	char hex[HASH_HEX_SIZE];
	hasher_add(h, &now, sizeof(now));
	for (size_t i = 0; i < count; i++)
		hasher_add(h, keys[i]->bytes, HASH_SIZE);
	hasher_finish(h, &hash);
	hash_hex(&hash, hex);
	snprintf(name, BATCH_NAME_SIZE, "%.32s", hex);
}

static int put_batch(struct batches *b, struct batch_row *row, struct sow_error *err)
{
	struct db_query *q = db_query(b->db, "INSERT INTO batch (teacher, name, requests, made) VALUES "
					     "(?1, ?2, ?3, ?4)", err);
	if (!q)
		return store_failed(err);
	BIND_TEXTS(q, 1, view_of(b->teacher), view_of(row->name));
	BIND_INTS(q, 3, row->requests, row->made);
	int status = db_run(q, err);
	db_query_free(q);
	row->id = db_last_id(b->db);
	return status;
}

/* Runs a statement for each key, which is its first parameter; the second is `id`. */
static int each_key(struct batches *b, const char *sql, const struct hash *const *keys, size_t count,
		    int64_t id, struct sow_error *err)
{
	struct db_query *q = db_query(b->db, sql, err);
	int status = q ? SOW_OK : store_failed(err);
	for (size_t i = 0; i < count && !status; i++) {
		db_bind_blob(q, 1, keys[i]->bytes, HASH_SIZE);
		db_bind_int(q, 2, id);
		status = db_run(q, err);
	}
	db_query_free(q);
	return status;
}

static int end_change(struct batches *b, int status, struct sow_error *err)
{
	if (!status)
		status = db_commit(b->db, err);
	if (status)
		db_rollback(b->db);
	return status;
}

int batches_add(struct batches *b, const struct hash *const *keys, size_t count,
		struct batch_row *row, struct sow_error *err)
{
	*row = (struct batch_row){ .requests = (int64_t)count, .made = clock_wall() };
	name_batch(keys, count, row->made, row->name);
	int status = db_begin(b->db, err);
	if (!status)
		status = put_batch(b, row, err);
	if (!status)
		status = each_key(b, "INSERT OR REPLACE INTO batch_request VALUES (?1, ?2)", keys, count,
				  row->id, err);
	status = end_change(b, status, err);
	b->known += !status;
	return status;
}

int batches_find(struct batches *b, const struct hash *key, struct batch_row *row,
		 struct sow_error *err)
{
	if (!b->known)
		return 0;
	struct db_query *q = db_query(b->db, "SELECT " COLUMNS " FROM batch_request r JOIN batch b ON "
				      "b.id = r.batch WHERE r.key = ?2 AND b.teacher = ?1", err);
	if (q)
		db_bind_blob(q, 2, key->bytes, HASH_SIZE);
	return find_row(b, q, row, err);
}

int batches_knows(struct batches *b, struct view remote, struct sow_error *err)
{
	struct db_query *q = db_query(b->db, "SELECT " COLUMNS " FROM batch b WHERE b.teacher = ?1 AND "
				      "b.remote = ?2 AND b.state > 0", err);
	if (q)
		db_bind_text(q, 2, remote);
	return find_row(b, q, NULL, err);
}

int batches_note(struct batches *b, const struct batch_row *row, struct sow_error *err)
{
	struct db_query *q = db_query(b->db, "UPDATE batch SET remote = ?1, state = ?2, answered = ?3, "
				      "failed = ?4, expires = ?5 WHERE id = ?6", err);
	if (!q)
		return store_failed(err);
	db_bind_text(q, 1, view_of(row->remote));
	BIND_INTS(q, 2, row->state, row->answered, row->failed, row->expires, row->id);
	int status = db_run(q, err);
	db_query_free(q);
	return status;
}

int batches_submitted(struct batches *b, struct batch_row *row, struct view remote, bool is_sure,
		      struct sow_error *err)
{
	if (remote.len >= sizeof(row->remote))
		return error_set(err, SOW_TOOBIG, "the server's name for a batch is too long: %.*s",
				 VIEW_ARG(view_sub(remote, 0, 40)));
	snprintf(row->remote, sizeof(row->remote), "%.*s", VIEW_ARG(remote));
	row->state = is_sure ? BATCH_SUBMITTED : BATCH_PENDING;
	return batches_note(b, row, err);
}

int batches_free_requests(struct batches *b, const struct hash *const *keys, size_t count,
			  struct sow_error *err)
{
	int status = db_begin(b->db, err);
	if (!status)
		status = each_key(b, "DELETE FROM batch_request WHERE key = ?1 AND ?2 = ?2", keys, count,
				  0, err);
	return end_change(b, status, err);
}

int batches_forget(struct batches *b, const struct batch_row *row, struct sow_error *err)
{
	static const char *const sql[] = { "DELETE FROM batch_request WHERE batch = ?1",
					   "DELETE FROM batch WHERE id = ?1" };
	int status = db_begin(b->db, err);
	for (size_t i = 0; i < 2 && !status; i++) {
		struct db_query *q = db_query(b->db, sql[i], err);
		if (q)
			db_bind_int(q, 1, row->id);
		status = q ? db_run(q, err) : store_failed(err);
		db_query_free(q);
	}
	return end_change(b, status, err);
}

int store_batches(struct store *s, struct arena *a, struct batch_row **list, size_t *count,
		  struct sow_error *err)
{
	struct db_query *q = db_query(s->db, "SELECT " COLUMNS ", b.teacher, count(*) OVER () FROM batch b "
					     "ORDER BY b.id", err);
	int status = SOW_OK;
	*list = NULL;
	*count = 0;
	while (store_row(q, &status, err)) {
		struct batch_row row;
		read_row(q, &row);
		row.teacher = arena_copyview(a, db_text(q, 9));
		if (!*list)
			*list = arena_array(a, (size_t)db_int(q, 10), sizeof(**list));
		(*list)[(*count)++] = row;
	}
	db_query_free(q);
	return status;
}

bool batch_is_open(const struct batch_row *row)
{
	return row->state == BATCH_SUBMITTED || (row->state == BATCH_PENDING && *row->remote);
}

int store_batches_left(struct store *s, struct batches_left *left, struct sow_error *err)
{
	struct arena *a = arena_new();
	struct batch_row *list;
	size_t count = 0;
	int status = store_batches(s, a, &list, &count, err);
	*left = (struct batches_left){ 0 };
	for (size_t i = 0; i < count && !status; i++) {
		left->batches += batch_is_open(&list[i]);
		left->requests += batch_is_open(&list[i]) ? list[i].requests : 0;
	}
	arena_free(a);
	return status;
}
