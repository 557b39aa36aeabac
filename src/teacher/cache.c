#include "teacher/cache.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "io/db.h"
#include "io/folder.h"

#define CACHE_VERSION 2

/* A rowid table with a unique index: a blob as primary key was measured three times
 * slower. */
static const char schema[] =
	"CREATE TABLE reply ("
	"  id INTEGER PRIMARY KEY,"
	"  key BLOB NOT NULL,"
	"  text TEXT NOT NULL,"
	"  finish INTEGER NOT NULL,"
	"  prompt_tokens INTEGER NOT NULL,"
	"  completion_tokens INTEGER NOT NULL,"
	"  stored INTEGER NOT NULL"
	");"
	"CREATE UNIQUE INDEX reply_key ON reply (key);";

/* What version 2 has besides: a cache of version 1 is brought up to it in place. */
static const char since_1[] =
	"ALTER TABLE reply ADD COLUMN reasoning TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE reply ADD COLUMN reasoning_tokens INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE reply ADD COLUMN estimated INTEGER NOT NULL DEFAULT 0;"
	"PRAGMA user_version = 2;";

struct cache {
	struct db *db;
	struct db_query *get;
	struct db_query *put;
	bool writing;
	bool off;
	struct sow_error trouble;
};

static int prepare(struct cache *c, struct sow_error *err)
{
	int status = db_begin(c->db, err);
	if (status)
		return status;
	int64_t version = db_version(c->db);
	if (version == 0)
		status = db_exec(c->db, schema, err);
	if (!status && (version == 0 || version == 1))
		status = db_exec(c->db, since_1, err);
	else if (!status && version != CACHE_VERSION)
		status = error_set(err, SOW_INVALID, "%s: a cache of another version of sow",
				   db_path(c->db));
	if (status) {
		db_rollback(c->db);
		return status;
	}
	status = db_commit(c->db, err);
	if (status)
		return status;
	c->get = db_query(c->db, "SELECT text, finish, prompt_tokens, completion_tokens, "
			  "reasoning, reasoning_tokens, estimated FROM reply WHERE key = ?1", err);
	c->put = db_query(c->db, "INSERT OR IGNORE INTO reply (key, text, finish, prompt_tokens, "
			  "completion_tokens, stored, reasoning, reasoning_tokens, estimated) "
			  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", err);
	return c->get && c->put ? SOW_OK : SOW_IO;
}

struct cache *cache_open(const char *dir, struct sow_error *err)
{
	struct buf path = BUF_INIT;
	struct cache *c = mem_zalloc(sizeof(*c));
	int status = c ? folder_cache(dir, &path, err) : error_nomem(err);
	if (!status) {
		buf_addstr(&path, "/replies.db");
		status = buf_failed(&path) ? error_nomem(err) : SOW_OK;
	}
	if (!status) {
		c->db = db_open(path.data, DB_WRITE, err);
		status = c->db ? prepare(c, err) : SOW_IO;
	}
	buf_release(&path);
	if (status) {
		cache_close(c);
		return NULL;
	}
	return c;
}

static void give_up(struct cache *c)
{
	if (c->writing)
		db_rollback(c->db);
	c->writing = false;
	c->off = true;
}

void cache_flush(struct cache *c)
{
	if (!c->writing)
		return;
	if (db_commit(c->db, &c->trouble))
		give_up(c);
	c->writing = false;
}

void cache_close(struct cache *c)
{
	if (!c)
		return;
	if (!c->off)
		cache_flush(c);
	db_query_free(c->get);
	db_query_free(c->put);
	db_close(c->db);
	mem_free(c);
}

struct reply *cache_get(struct cache *c, const struct hash *key)
{
	if (c->off)
		return NULL;
	struct reply *r = NULL;
	db_bind_blob(c->get, 1, key->bytes, HASH_SIZE);
	int status = db_step(c->get, &c->trouble);
	if (status > 0 && (r = reply_new_reasoned(db_text(c->get, 0), db_text(c->get, 4)))) {
		r->key = *key;
		r->finish = db_int(c->get, 1) == FINISH_LENGTH ? FINISH_LENGTH : FINISH_STOP;
		r->usage.prompt_tokens = db_int(c->get, 2);
		r->usage.completion_tokens = db_int(c->get, 3);
		r->usage.reasoning_tokens = db_int(c->get, 5);
		r->usage.estimated = db_int(c->get, 6) != 0;
		r->began = clock_wall();
	}
	db_query_reset(c->get);
	if (status < 0)
		give_up(c);
	return r;
}

void cache_put(struct cache *c, const struct reply *r)
{
	if (c->off || r->clipped || (r->finish != FINISH_STOP && r->finish != FINISH_LENGTH))
		return;
	if (!c->writing && db_begin(c->db, &c->trouble)) {
		give_up(c);
		return;
	}
	c->writing = true;
	db_bind_blob(c->put, 1, r->key.bytes, HASH_SIZE);
	db_bind_text(c->put, 2, r->text);
	db_bind_int(c->put, 3, r->finish);
	db_bind_int(c->put, 4, r->usage.prompt_tokens);
	db_bind_int(c->put, 5, r->usage.completion_tokens);
	db_bind_int(c->put, 6, clock_wall());
	db_bind_text(c->put, 7, r->reasoning);
	db_bind_int(c->put, 8, r->usage.reasoning_tokens);
	db_bind_int(c->put, 9, r->usage.estimated);
	if (db_run(c->put, &c->trouble))
		give_up(c);
}

const char *cache_trouble(const struct cache *c)
{
	return c->off ? c->trouble.text : NULL;
}
