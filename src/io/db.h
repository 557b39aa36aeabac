/* db.h - one SQLite file. The only face of SQLite.
 *
 *     struct db *db = db_open("run.db", DB_WRITE, err);
 *     struct db_query *q = db_query(db, "SELECT text FROM reply WHERE id = ?1", err);
 *     db_bind_int(q, 1, id);
 *     while ((status = db_step(q, err)) > 0)
 *             struct view text = db_text(q, 0);
 *     db_query_free(q);
 *     db_close(db);
 *
 * WAL mode, synchronous=FULL, foreign keys on. A full disk, a locked file and a
 * corrupt one each give their own clear line with the path: SOW_IO, SOW_BUSY (after
 * waiting 5 s), SOW_INVALID. Texts and blobs bound are copied.
 * Threads: a db and its queries belong to one thread at a time.
 */
#ifndef IO_DB_H
#define IO_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"
#include "sow/sow.h"

struct db;
struct db_query;

enum db_mode {
	DB_READ,   /* must exist; works while another process writes, and in a folder that
		      cannot be written */
	DB_WRITE   /* made if missing */
};

struct db *db_open(const char *path, enum db_mode mode, struct sow_error *err);
void db_close(struct db *db);                 /* NULL is fine; also frees left-over queries */
const char *db_path(const struct db *db);

/* Another file, which there has to be, by `name` in statements to this one; of a folder that may not be
 * written, one that no process has open. */
int db_attach(struct db *db, const char *path, const char *name, struct sow_error *err);
int db_exec(struct db *db, const char *sql, struct sow_error *err); /* any number of statements */
int db_begin(struct db *db, struct sow_error *err);    /* BEGIN IMMEDIATE */
int db_commit(struct db *db, struct sow_error *err);
void db_rollback(struct db *db);              /* also where nothing was begun */

int64_t db_version(struct db *db);            /* PRAGMA user_version; -1 if unreadable */
int64_t db_last_id(const struct db *db);      /* rowid of the last insert */

/* One statement. What is wrong with it is SOW_INVALID with SQLite's words. */
struct db_query *db_query(struct db *db, const char *sql, struct sow_error *err);
void db_query_free(struct db_query *q);       /* NULL is fine */
void db_query_reset(struct db_query *q);      /* to bind and run again; bindings cleared */

/* Parameters count from 1. Failures show in db_step, until the query is reset. */
void db_bind_int(struct db_query *q, int at, int64_t n);
void db_bind_number(struct db_query *q, int at, double x);
void db_bind_text(struct db_query *q, int at, struct view text);
void db_bind_blob(struct db_query *q, int at, const void *bytes, size_t len);
void db_bind_null(struct db_query *q, int at);

int db_step(struct db_query *q, struct sow_error *err); /* 1 a row, 0 done, negative failed */
int db_run(struct db_query *q, struct sow_error *err);  /* step to the end, then reset */

/* Columns count from 0; views live until the next step. */
int64_t db_int(struct db_query *q, int column);
double db_number(struct db_query *q, int column);
struct view db_text(struct db_query *q, int column);    /* also of a blob */
bool db_null(struct db_query *q, int column);

#endif
