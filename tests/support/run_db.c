#include "run_db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/buf.h"
#include "io/db.h"

static struct db *open_db(const char *dir, enum db_mode mode)
{
	struct sow_error err = { 0 };
	char path[600];
	snprintf(path, sizeof(path), "%s/run.db", dir);
	struct db *db = db_open(path, mode, &err);
	if (!db)
		fail_msg("%s", err.text);
	return db;
}

static struct db_query *ask(struct db *db, const char *sql)
{
	struct sow_error err = { 0 };
	struct db_query *q = db_query(db, sql, &err);
	if (!q)
		fail_msg("%s: %s", sql, err.text);
	return q;
}

char *run_db_text(const char *dir, const char *sql)
{
	struct sow_error err = { 0 };
	struct buf text = BUF_INIT;
	struct db *db = open_db(dir, DB_READ);
	struct db_query *q = ask(db, sql);
	int status;
	while ((status = db_step(q, &err)) > 0)
		buf_addf(&text, "%s%.*s", text.len ? " " : "", VIEW_ARG(db_text(q, 0)));
	assert_int_equal(status, 0);
	db_query_free(q);
	db_close(db);
	return buf_detach(&text);
}

int64_t run_db_number(const char *dir, const char *sql)
{
	struct sow_error err = { 0 };
	struct db *db = open_db(dir, DB_READ);
	struct db_query *q = ask(db, sql);
	assert_int_equal(db_step(q, &err), 1);
	int64_t n = db_int(q, 0);
	db_query_free(q);
	db_close(db);
	return n;
}

void run_db_change(const char *dir, const char *sql)
{
	struct sow_error err = { 0 };
	struct db *db = open_db(dir, DB_WRITE);
	if (db_exec(db, sql, &err))
		fail_msg("%s: %s", sql, err.text);
	db_close(db);
}
