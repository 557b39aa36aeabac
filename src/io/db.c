#include "io/db.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"

#define BUSY_MS 5000

struct db {
	sqlite3 *sql;
	char *path;
	struct db_query *queries; /* all that are not freed */
};

struct db_query {
	struct db *db;
	sqlite3_stmt *stmt;
	struct db_query *next, *before;
	int failed;               /* SQLite's code of a bind or column that failed */
};

/* Sets *err to one line about SQLite's result `code`. */
static int set_error(struct db *db, int code, struct sow_error *err)
{
	int system = db->sql ? sqlite3_system_errno(db->sql) : 0;
	const char *text = db->sql ? sqlite3_errmsg(db->sql) : sqlite3_errstr(code);
	if (code == SQLITE_IOERR_NOMEM)
		return error_nomem(err);
	switch (code) {
	case SQLITE_PROTOCOL:
	case SQLITE_IOERR_LOCK:
	case SQLITE_IOERR_RDLOCK:
	case SQLITE_IOERR_UNLOCK:
	case SQLITE_IOERR_CHECKRESERVEDLOCK:
	case SQLITE_IOERR_SHMOPEN:
	case SQLITE_IOERR_SHMLOCK:
	case SQLITE_IOERR_SHMMAP:
		return error_set(err, SOW_IO, "%s: its file system cannot lock or share files as SQLite "
				 "needs: put it on a local disk", db->path);
	}
	switch (code & 0xFF) {
	case SQLITE_NOMEM:
		return error_nomem(err);
	case SQLITE_FULL:
		return error_set(err, SOW_IO, "%s: disk is full", db->path);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return error_set(err, SOW_BUSY, "%s: locked by another process", db->path);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return error_set(err, SOW_INVALID, "%s: not a database or damaged", db->path);
	case SQLITE_READONLY:
		return error_set(err, SOW_IO, "%s: may be read, not written", db->path);
	case SQLITE_IOERR:
		if (code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_FSYNC)
			return error_set(err, SOW_IO, "%s: cannot be written: %s", db->path,
					 system ? strerror(system) : text);
		/* fall through */
	case SQLITE_CANTOPEN:
		return error_set(err, SOW_IO, "%s: %s", db->path, system ? strerror(system) : text);
	case SQLITE_TOOBIG:
		return error_set(err, SOW_TOOBIG, "%s: text or blob past 1 GB", db->path);
	case SQLITE_MISUSE:
		return error_set(err, SOW_USAGE, "%s: %s", db->path, text);
	default:
		return error_set(err, SOW_INVALID, "%s: %s", db->path, text);
	}
}

/* Opening */

/* A database in WAL mode whose folder cannot be written can only be read as an immutable file.
 * That is safe if no log lies beside it: then no process has it open. */
static bool at_rest(const char *path)
{
	struct stat st;
	struct buf wal = BUF_INIT;
	buf_addstr(&wal, path);
	buf_addstr(&wal, "-wal");
	bool rest = stat(wal.data, &st) < 0 ? errno == ENOENT : !st.st_size;
	buf_release(&wal);
	return rest;
}

/* What names the file to SQLite and says how it is opened. */
static void add_uri(struct buf *uri, const char *path, const char *how)
{
	buf_addstr(uri, *path == '/' ? "file://" : "file:");
	for (const char *p = path; *p; p++) {
		if (strchr("?#%", *p))
			buf_addf(uri, "%%%02X", (unsigned)*p);
		else
			buf_addch(uri, *p);
	}
	buf_addf(uri, "?%s", how);
}

static int open_at_rest(struct db *db)
{
	struct buf uri = BUF_INIT;
	add_uri(&uri, db->path, "immutable=1");
	int code = sqlite3_open_v2(uri.data, &db->sql, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
				  | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	buf_release(&uri);
	return code;
}

static int exec(struct db *db, const char *sql)
{
	return sqlite3_exec(db->sql, sql, NULL, NULL, NULL);
}

static int connect(struct db *db, int flags)
{
	int code = sqlite3_open_v2(db->path, &db->sql, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI
				   | SQLITE_OPEN_EXRESCODE, NULL);
	if (!code)
		code = sqlite3_busy_timeout(db->sql, BUSY_MS);
	return code;
}

/* The first look into a file shows whether it is a database. */
static int look(struct db *db)
{
	return exec(db, "PRAGMA foreign_keys = ON; SELECT count(*) FROM sqlite_schema");
}

static int open_read(struct db *db, struct sow_error *err)
{
	struct stat st;
	if (stat(db->path, &st) < 0)
		return error_errno(err, db->path);
	int code = connect(db, SQLITE_OPEN_READONLY);
	if (!code)
		code = look(db);
	bool no_log = (code & 0xFF) == SQLITE_CANTOPEN || code == SQLITE_READONLY_DIRECTORY;
	if (no_log && at_rest(db->path)) {
		sqlite3_close(db->sql);
		code = open_at_rest(db);
		if (!code)
			code = look(db);
	}
	return code ? set_error(db, code, err) : SOW_OK;
}

/* Two processes that turn a new file to WAL at once are in each other's way, and there
 * SQLite does not wait. */
static int use_wal(struct db *db)
{
	int64_t until = clock_monotonic() + BUSY_MS * CLOCK_MS;
	int code;
	while (((code = exec(db, "PRAGMA journal_mode = WAL")) & 0xFF) == SQLITE_BUSY
	       && clock_monotonic() < until)
		sqlite3_sleep(10);
	return code;
}

/* Where it may not make a file SQLite tries to read one, and knows in the end only that
 * there is none. */
static int say_unmade(struct db *db, int code, struct sow_error *err)
{
	int fd = open(db->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 && errno != EEXIST)
		return error_errno(err, db->path);
	if (fd >= 0)
		close(fd);
	return set_error(db, code, err);
}

static int open_write(struct db *db, struct sow_error *err)
{
	int code = connect(db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	if ((code & 0xFF) == SQLITE_CANTOPEN)
		return say_unmade(db, code, err);
	if (!code && sqlite3_db_readonly(db->sql, "main") == 1)
		return error_set(err, SOW_IO, "%s: %s", db->path, strerror(EACCES));
	if (!code)
		code = use_wal(db);
	if (!code)
		code = exec(db, "PRAGMA synchronous = FULL");
	if (!code)
		code = look(db);
	return code ? set_error(db, code, err) : SOW_OK;
}

struct db *db_open(const char *path, enum db_mode mode, struct sow_error *err)
{
	struct db *db = mem_zalloc(sizeof(*db));
	db->path = mem_copystr(path);
	if (mode == DB_READ ? open_read(db, err) : open_write(db, err)) {
		db_close(db);
		return NULL;
	}
	return db;
}

static bool folder_is_writable(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct buf folder = BUF_INIT;
	buf_add(&folder, slash ? path : "./", slash ? (size_t)(slash - path) + 1 : 2);
	bool is = access(folder.data, W_OK) == 0;
	buf_release(&folder);
	return is;
}

int db_attach(struct db *db, const char *path, const char *name, struct sow_error *err)
{
	struct buf uri = BUF_INIT, sql = BUF_INIT;
	add_uri(&uri, path, !folder_is_writable(path) && at_rest(path) ? "immutable=1" : "mode=rw");
	buf_addf(&sql, "ATTACH ?1 AS %s", name);
	struct db_query *q = db_query(db, sql.data, err);
	int status = q ? SOW_OK : (int)err->status;
	if (q) {
		db_bind_text(q, 1, view_from(uri.data, uri.len));
		status = db_run(q, err);
	}
	db_query_free(q);
	buf_release(&uri);
	buf_release(&sql);
	return status;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	while (db->queries)
		db_query_free(db->queries);
	sqlite3_close(db->sql);
	mem_free(db->path);
	mem_free(db);
}

const char *db_path(const struct db *db)
{
	return db->path;
}

/* Statements without rows */

int db_exec(struct db *db, const char *sql, struct sow_error *err)
{
	int code = exec(db, sql);
	return code ? set_error(db, code, err) : SOW_OK;
}

int db_begin(struct db *db, struct sow_error *err)
{
	return db_exec(db, "BEGIN IMMEDIATE", err);
}

int db_commit(struct db *db, struct sow_error *err)
{
	return db_exec(db, "COMMIT", err);
}

void db_rollback(struct db *db)
{
	/* a full disk may have rolled it back already */
	if (!sqlite3_get_autocommit(db->sql))
		exec(db, "ROLLBACK");
}

int64_t db_version(struct db *db)
{
	struct db_query *q = db_query(db, "PRAGMA user_version", NULL);
	int64_t version = q && db_step(q, NULL) > 0 ? db_int(q, 0) : -1;
	db_query_free(q);
	return version;
}

int64_t db_last_id(const struct db *db)
{
	return sqlite3_last_insert_rowid(db->sql);
}

/* Queries */

static int prepare(struct db_query *q, const char *sql, struct sow_error *err)
{
	int code = sqlite3_prepare_v3(q->db->sql, sql, -1, SQLITE_PREPARE_PERSISTENT, &q->stmt,
				      NULL);
	if (code)
		return set_error(q->db, code, err);
	if (!q->stmt)
		return error_set(err, SOW_USAGE, "%s: an empty query", q->db->path);
	return SOW_OK;
}

struct db_query *db_query(struct db *db, const char *sql, struct sow_error *err)
{
	struct db_query *q = mem_zalloc(sizeof(*q));
	q->db = db;
	q->next = db->queries;
	if (q->next)
		q->next->before = q;
	db->queries = q;
	if (prepare(q, sql, err)) {
		db_query_free(q);
		return NULL;
	}
	return q;
}

void db_query_free(struct db_query *q)
{
	if (!q)
		return;
	if (q->next)
		q->next->before = q->before;
	if (q->before)
		q->before->next = q->next;
	else
		q->db->queries = q->next;
	sqlite3_finalize(q->stmt);
	mem_free(q);
}

void db_query_reset(struct db_query *q)
{
	sqlite3_reset(q->stmt);
	sqlite3_clear_bindings(q->stmt);
	q->failed = 0;
}

static void bound(struct db_query *q, int code)
{
	if (code && !q->failed)
		q->failed = code;
}

void db_bind_int(struct db_query *q, int at, int64_t n)
{
	bound(q, sqlite3_bind_int64(q->stmt, at, n));
}

void db_bind_number(struct db_query *q, int at, double x)
{
	bound(q, sqlite3_bind_double(q->stmt, at, x));
}

void db_bind_text(struct db_query *q, int at, struct view text)
{
	/* a NULL pointer would bind NULL */
	bound(q, sqlite3_bind_text64(q->stmt, at, text.p ? text.p : "", text.len,
				     SQLITE_TRANSIENT, SQLITE_UTF8));
}

void db_bind_blob(struct db_query *q, int at, const void *bytes, size_t len)
{
	bound(q, sqlite3_bind_blob64(q->stmt, at, len ? bytes : "", len, SQLITE_TRANSIENT));
}

void db_bind_null(struct db_query *q, int at)
{
	bound(q, sqlite3_bind_null(q->stmt, at));
}

static int say_bind(struct db_query *q, struct sow_error *err)
{
	if (q->failed == SQLITE_RANGE)
		return error_set(err, SOW_USAGE, "%s: no such parameter in: %s", q->db->path,
				 sqlite3_sql(q->stmt));
	return set_error(q->db, q->failed, err);
}

int db_step(struct db_query *q, struct sow_error *err)
{
	if (q->failed)
		return say_bind(q, err);
	int code = sqlite3_step(q->stmt);
	if (code == SQLITE_ROW)
		return 1;
	if (code == SQLITE_DONE)
		return 0;
	return set_error(q->db, code, err);
}

int db_run(struct db_query *q, struct sow_error *err)
{
	int status;
	do
		status = db_step(q, err);
	while (status > 0);
	db_query_reset(q);
	return status;
}

int64_t db_int(struct db_query *q, int column)
{
	return sqlite3_column_int64(q->stmt, column);
}

double db_number(struct db_query *q, int column)
{
	return sqlite3_column_double(q->stmt, column);
}

struct view db_text(struct db_query *q, int column)
{
	int type = sqlite3_column_type(q->stmt, column);
	const char *p = type == SQLITE_BLOB ? sqlite3_column_blob(q->stmt, column)
		: (const char *)sqlite3_column_text(q->stmt, column);
	/* no memory for it: the next step says so */
	if (!p && type != SQLITE_NULL && sqlite3_errcode(q->db->sql) == SQLITE_NOMEM)
		bound(q, SQLITE_NOMEM);
	return view_from(p, p ? (size_t)sqlite3_column_bytes(q->stmt, column) : 0);
}

bool db_null(struct db_query *q, int column)
{
	return sqlite3_column_type(q->stmt, column) == SQLITE_NULL;
}
