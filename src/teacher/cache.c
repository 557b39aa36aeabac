#include "teacher/cache.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "io/db.h"
#include "io/folder.h"

#define CACHE_VERSION 4

#define TOUCH_EVERY (24 * 3600 * CLOCK_SECOND) /* precision of the time of last use */
#define LOOK_EVERY 64                          /* flushes between two checks of the size */
#define LOW_WATER 0.9                          /* of the bound, once it is exceeded */

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

/* Added by later versions: an older cache is upgraded in place. */
static const char since_1[] =
	"ALTER TABLE reply ADD COLUMN reasoning TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE reply ADD COLUMN reasoning_tokens INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE reply ADD COLUMN estimated INTEGER NOT NULL DEFAULT 0;";

static const char since_2[] =
	"ALTER TABLE reply ADD COLUMN used INTEGER NOT NULL DEFAULT 0;" /* wall clock, ns */
	"UPDATE reply SET used = stored;";

/* For replies that are numbers: 4 bytes each, little endian. */
static const char since_3[] =
	"ALTER TABLE reply ADD COLUMN numbers BLOB;"
	"PRAGMA user_version = 4;";

struct cache {
	struct db *db;
	struct db_query *get;
	struct db_query *put;
	struct db_query *touch;
	int64_t bound;
	unsigned flushes;
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
	if (!status && version >= 0 && version <= 2)
		status = db_exec(c->db, since_2, err);
	if (!status && version >= 0 && version < CACHE_VERSION)
		status = db_exec(c->db, since_3, err);
	else if (!status && version != CACHE_VERSION)
		status = error_set(err, SOW_INVALID, "%s: a cache of another version of sow",
				   db_path(c->db));
	if (status) {
		db_rollback(c->db);
		return status;
	}
	status = db_commit(c->db, err);
	/* A copy: replies that a power cut destroys are asked for again. */
	if (!status)
		status = db_exec(c->db, "PRAGMA synchronous = NORMAL", err);
	if (status)
		return status;
	c->get = db_query(c->db, "SELECT text, finish, prompt_tokens, completion_tokens, reasoning, "
			  "reasoning_tokens, estimated, id, used, numbers FROM reply WHERE key = ?1", err);
	c->put = db_query(c->db, "INSERT INTO reply (key, text, finish, prompt_tokens, "
			  "completion_tokens, stored, reasoning, reasoning_tokens, estimated, used, "
			  "numbers) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?6, ?10) ON CONFLICT (key) DO UPDATE "
			  "SET text = ?2, finish = ?3, prompt_tokens = ?4, completion_tokens = ?5, "
			  "stored = ?6, reasoning = ?7, reasoning_tokens = ?8, estimated = ?9, used = ?6, "
			  "numbers = ?10 WHERE trim(text, ' ' || char(9, 10, 11, 12, 13)) = ''", err);
	c->touch = db_query(c->db, "UPDATE reply SET used = ?2 WHERE id = ?1", err);
	return c->get && c->put && c->touch ? SOW_OK : SOW_IO;
}

struct cache *cache_open(const char *dir, struct sow_error *err)
{
	struct buf path = BUF_INIT;
	struct cache *c = mem_zalloc(sizeof(*c));
	int status = folder_cache(dir, &path, err);
	if (!status) {
		buf_addstr(&path, "/replies.db");
		c->db = db_open(path.data, DB_WRITE, err);
		status = c->db ? prepare(c, err) : SOW_IO;
	}
	buf_release(&path);
	if (status) {
		cache_close(c);
		return NULL;
	}
	c->bound = CACHE_SIZE_DEFAULT;
	return c;
}

void cache_bound(struct cache *c, int64_t bytes)
{
	c->bound = bytes;
}

static void give_up(struct cache *c)
{
	if (c->writing)
		db_rollback(c->db);
	c->writing = false;
	c->off = true;
}

static bool start_writing(struct cache *c)
{
	if (!c->writing && db_begin(c->db, &c->trouble)) {
		give_up(c);
		return false;
	}
	c->writing = true;
	return true;
}

static int one_number(struct cache *c, const char *sql, int64_t *n, struct sow_error *err)
{
	struct db_query *q = db_query(c->db, sql, err);
	int status = q ? db_step(q, err) : SOW_IO;
	*n = status > 0 ? db_int(q, 0) : 0;
	db_query_free(q);
	return status < 0 ? status : SOW_OK;
}

static int bytes_in_use(struct cache *c, int64_t *bytes, struct sow_error *err)
{
	return one_number(c, "SELECT (p.page_count - f.freelist_count) * s.page_size FROM "
			  "pragma_page_count p, pragma_freelist_count f, pragma_page_size s", bytes, err);
}

/* Removes the least recently used replies, until about `bytes` are in use: a share of the replies, as
 * if all had one size. */
static int shrink(struct cache *c, int64_t bytes, int64_t *removed, struct sow_error *err)
{
	int64_t used, count;
	int status = bytes_in_use(c, &used, err);
	if (!status)
		status = one_number(c, "SELECT count(*) FROM reply", &count, err);
	if (status || used <= bytes || !count)
		return status;
	double share = 1 - (double)bytes / (double)used;
	struct db_query *q = db_query(c->db, "DELETE FROM reply WHERE id IN (SELECT id FROM reply "
				      "ORDER BY used, id LIMIT ?1)", err);
	if (!q)
		return SOW_IO;
	int64_t most = (int64_t)(share * (double)count) + 1;
	db_bind_int(q, 1, most);
	status = db_run(q, err);
	*removed += most < count ? most : count;
	db_query_free(q);
	return status;
}

/* Now and then, within the open transaction: is the cache too large? */
static void keep_bound(struct cache *c)
{
	int64_t used, removed = 0;
	if (!c->bound || c->flushes++ % LOOK_EVERY)
		return;
	int status = bytes_in_use(c, &used, &c->trouble);
	if (!status && used > c->bound)
		status = shrink(c, (int64_t)((double)c->bound * LOW_WATER), &removed, &c->trouble);
	if (status)
		give_up(c);
}

void cache_flush(struct cache *c)
{
	if (c->writing)
		keep_bound(c);
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
	db_query_free(c->touch);
	db_close(c->db);
	mem_free(c);
}

static bool is_blank(struct view text)
{
	return !view_trim(text).len;
}

/* The reply in a row. An empty one is asked for again; an older sow kept such. */
static struct reply *read_row(struct db_query *q)
{
	struct view numbers = db_text(q, 9);
	if (numbers.len)
		return reply_numbers_read(numbers);
	return is_blank(db_text(q, 0)) ? NULL : reply_new_reasoned(db_text(q, 0), db_text(q, 4));
}

static void touch(struct cache *c, int64_t id)
{
	if (!start_writing(c))
		return;
	db_bind_int(c->touch, 1, id);
	db_bind_int(c->touch, 2, clock_wall());
	if (db_run(c->touch, &c->trouble))
		give_up(c);
}

struct reply *cache_get(struct cache *c, const struct hash *key)
{
	if (c->off)
		return NULL;
	struct reply *r = NULL;
	db_bind_blob(c->get, 1, key->bytes, HASH_SIZE);
	int status = db_step(c->get, &c->trouble);
	if (status > 0 && (r = read_row(c->get))) {
		r->key = *key;
		r->finish = db_int(c->get, 1) == FINISH_LENGTH ? FINISH_LENGTH : FINISH_STOP;
		r->usage.prompt_tokens = db_int(c->get, 2);
		r->usage.completion_tokens = db_int(c->get, 3);
		r->usage.reasoning_tokens = db_int(c->get, 5);
		r->usage.estimated = db_int(c->get, 6) != 0;
		r->began = clock_wall();
	}
	int64_t id = status > 0 ? db_int(c->get, 7) : 0;
	bool is_stale = r && clock_wall() - db_int(c->get, 8) > TOUCH_EVERY;
	db_query_reset(c->get);
	if (status < 0)
		give_up(c);
	else if (is_stale)
		touch(c, id);
	return r;
}

void cache_put(struct cache *c, const struct reply *r)
{
	bool is_empty = is_blank(r->text) && !r->number_count;
	if (c->off || r->clipped || is_empty || (r->finish != FINISH_STOP && r->finish != FINISH_LENGTH))
		return;
	struct buf numbers = BUF_INIT;
	if (!start_writing(c))
		return;
	reply_numbers_write(r, &numbers);
	db_bind_blob(c->put, 1, r->key.bytes, HASH_SIZE);
	db_bind_text(c->put, 2, r->text);
	db_bind_int(c->put, 3, r->finish);
	db_bind_int(c->put, 4, r->usage.prompt_tokens);
	db_bind_int(c->put, 5, r->usage.completion_tokens);
	db_bind_int(c->put, 6, clock_wall());
	db_bind_text(c->put, 7, r->reasoning);
	db_bind_int(c->put, 8, r->usage.reasoning_tokens);
	db_bind_int(c->put, 9, r->usage.estimated);
	if (r->number_count)
		db_bind_blob(c->put, 10, numbers.data, numbers.len);
	if (db_run(c->put, &c->trouble))
		give_up(c);
	buf_release(&numbers);
}

const char *cache_trouble(const struct cache *c)
{
	return c->off ? c->trouble.text : NULL;
}

/* Maintenance */

const char *cache_path(const struct cache *c)
{
	return db_path(c->db);
}

int cache_count(struct cache *c, struct cache_figures *f, struct sow_error *err)
{
	*f = (struct cache_figures){ 0 };
	struct db_query *q = db_query(c->db, "SELECT count(*), ifnull(sum(length(text) + "
				      "length(reasoning)), 0), ifnull(min(stored), 0), "
				      "ifnull(max(stored), 0), ifnull(min(used), 0) FROM reply", err);
	int status = q ? db_step(q, err) : SOW_IO;
	if (status > 0) {
		f->replies = db_int(q, 0);
		f->text_bytes = db_int(q, 1);
		f->oldest = db_int(q, 2);
		f->newest = db_int(q, 3);
		f->used_longest_ago = db_int(q, 4);
	}
	db_query_free(q);
	return status < 0 ? status : bytes_in_use(c, &f->bytes, err);
}

static int remove_unused(struct cache *c, int64_t used_before, int64_t *removed,
			 struct sow_error *err)
{
	struct db_query *q = db_query(c->db, "DELETE FROM reply WHERE used < ?1", err);
	if (!q)
		return SOW_IO;
	db_bind_int(q, 1, used_before);
	int status = db_run(q, err);
	db_query_free(q);
	return status ? status : one_number(c, "SELECT changes()", removed, err);
}

int cache_prune(struct cache *c, int64_t used_before, int64_t bytes, int64_t *removed,
		struct sow_error *err)
{
	*removed = 0;
	int status = db_begin(c->db, err);
	if (!status)
		status = remove_unused(c, used_before, removed, err);
	if (!status && bytes >= 0)
		status = shrink(c, bytes, removed, err);
	if (!status)
		status = db_commit(c->db, err);
	if (status)
		db_rollback(c->db);
	return status ? status : db_exec(c->db, "VACUUM", err);
}

int cache_verify(struct cache *c, struct sow_error *err)
{
	int64_t odd;
	struct db_query *q = db_query(c->db, "PRAGMA integrity_check(1)", err);
	int status = q ? db_step(q, err) : SOW_IO;
	if (status > 0 && !view_eqstr(db_text(q, 0), "ok"))
		status = error_set(err, SOW_INVALID, "%s: damaged: %.*s", db_path(c->db),
				   VIEW_ARG(db_text(q, 0)));
	db_query_free(q);
	if (status < 0)
		return status;
	status = one_number(c, "SELECT count(*) FROM reply WHERE length(key) != 32 OR finish NOT IN "
			    "(0, 1) OR typeof(text) != 'text' OR length(numbers) % 4", &odd, err);
	if (!status && odd)
		status = error_set(err, SOW_INVALID, "%s: %lld entries are not replies", db_path(c->db),
				   (long long)odd);
	return status;
}
