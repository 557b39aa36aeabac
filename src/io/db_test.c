#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "io/db.h"

#define NOBODY 65534

static char folder[] = "/tmp/sow-db-XXXXXX";
static char path[64], wal[80], shm[80];

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || chmod(folder, 0755))
		return -1;
	snprintf(path, sizeof(path), "%s/a?b#c%%20.db", folder);
	snprintf(wal, sizeof(wal), "%s-wal", path);
	snprintf(shm, sizeof(shm), "%s-shm", path);
	return 0;
}

static int clean(void **state)
{
	(void)state;
	chmod(folder, 0755);
	unlink(path);
	unlink(wal);
	unlink(shm);
	return 0;
}

static int tear_down(void **state)
{
	clean(state);
	return rmdir(folder);
}

static struct db *open_new(void)
{
	struct sow_error err = { 0 };
	struct db *db = db_open(path, DB_WRITE, &err);
	if (!db)
		print_error("%s\n", err.text);
	assert_non_null(db);
	assert_int_equal(db_exec(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, v)", &err), SOW_OK);
	return db;
}

/* The first column of the only row of `sql`; -1 if it could not be had. */
static int64_t ask(struct db *db, const char *sql)
{
	struct db_query *q = db_query(db, sql, NULL);
	int64_t n = q && db_step(q, NULL) == 1 ? db_int(q, 0) : -1;
	db_query_free(q);
	return n;
}

static void assert_error(const struct sow_error *err, int status, const char *text)
{
	char expected[256];
	snprintf(expected, sizeof(expected), "%s: %s", path, text);
	assert_string_equal(err->text, expected);
	assert_int_equal(err->status, status);
}

static void assert_view(struct view v, const char *expected, size_t len)
{
	assert_int_equal(v.len, len);
	assert_memory_equal(v.p, expected, len);
}

/* What it is for */

static void test_values(void **state)
{
	(void)state;
	struct db *db = open_new();
	struct sow_error err = { 0 };
	struct db_query *q = db_query(db, "INSERT INTO t (v) VALUES (?1)", &err);
	assert_string_equal(db_path(db), path);
	for (int i = 0; i < 8; i++) {
		char text[] = "caf\xC3\xA9\0x";
		switch (i) {
		case 0: db_bind_int(q, 1, INT64_MIN); break;
		case 1: db_bind_number(q, 1, 0.1); break;
		case 2: db_bind_text(q, 1, view_from(text, 7)); break;
		case 3: db_bind_text(q, 1, (struct view){ NULL, 0 }); break;
		case 4: db_bind_blob(q, 1, text, 7); break;
		case 5: db_bind_blob(q, 1, NULL, 0); break;
		case 6: break; /* what was not bound is NULL; nothing stays from before */
		default: db_bind_null(q, 1); break;
		}
		memset(text, '!', sizeof(text)); /* what was bound was copied */
		assert_int_equal(db_run(q, &err), SOW_OK);
		assert_int_equal(db_last_id(db), i + 1);
	}
	db_query_free(q);
	q = db_query(db, "SELECT v, typeof(v) FROM t ORDER BY id", &err);
	static const char *const types[] = { "integer", "real", "text", "text", "blob", "blob",
					     "null", "null" };
	for (int i = 0; i < 8; i++) {
		assert_int_equal(db_step(q, &err), 1);
		assert_view(db_text(q, 1), types[i], strlen(types[i]));
		assert_true(db_null(q, 0) == (i >= 6));
		switch (i) {
		case 0: assert_true(db_int(q, 0) == INT64_MIN); break;
		case 1: assert_true(db_number(q, 0) == 0.1); break;
		case 2:
		case 4: assert_view(db_text(q, 0), "caf\xC3\xA9\0x", 7); break;
		default: assert_view(db_text(q, 0), "", 0); break;
		}
	}
	assert_int_equal(db_step(q, &err), 0);
	db_query_reset(q);
	assert_int_equal(db_step(q, &err), 1);
	assert_view(db_text(q, 0), "-9223372036854775808", 20);
	db_query_free(q);
	db_query_free(NULL);
	db_close(db);
	db_close(NULL);
}

static void test_settings(void **state)
{
	(void)state;
	struct db *db = open_new();
	struct db_query *q = db_query(db, "PRAGMA journal_mode", NULL);
	assert_int_equal(db_step(q, NULL), 1);
	assert_view(db_text(q, 0), "wal", 3);
	db_query_free(q);
	assert_int_equal(ask(db, "PRAGMA synchronous"), 2);
	assert_int_equal(ask(db, "PRAGMA foreign_keys"), 1);
	assert_int_equal(db_version(db), 0);
	assert_int_equal(db_exec(db, "PRAGMA user_version = 7; INSERT INTO t VALUES (1, 2);"
				 " -- a remark\n INSERT INTO t VALUES (2, 3)", NULL), SOW_OK);
	db_close(db);
	db = db_open(path, DB_READ, NULL);
	assert_int_equal(db_version(db), 7);
	assert_int_equal(ask(db, "SELECT sum(v) FROM t"), 5);
	assert_int_equal(ask(db, "PRAGMA foreign_keys"), 1);
	db_close(db);
}

static void test_transactions(void **state)
{
	(void)state;
	struct db *db = open_new();
	struct sow_error err = { 0 };
	db_rollback(db);
	assert_int_equal(db_begin(db, &err), SOW_OK);
	assert_int_equal(db_exec(db, "INSERT INTO t VALUES (1, 1)", &err), SOW_OK);
	db_rollback(db);
	assert_int_equal(ask(db, "SELECT count(*) FROM t"), 0);
	assert_int_equal(db_begin(db, &err), SOW_OK);
	assert_int_equal(db_exec(db, "INSERT INTO t VALUES (1, 1)", &err), SOW_OK);
	assert_int_equal(db_begin(db, &err), SOW_INVALID);
	assert_error(&err, SOW_INVALID, "cannot start a transaction within a transaction");
	assert_int_equal(db_commit(db, &err), SOW_OK);
	assert_int_equal(db_commit(db, NULL), SOW_INVALID);
	assert_int_equal(ask(db, "SELECT count(*) FROM t"), 1);
	/* what was begun and not committed is gone */
	assert_int_equal(db_begin(db, &err), SOW_OK);
	assert_int_equal(db_exec(db, "INSERT INTO t VALUES (2, 1)", &err), SOW_OK);
	db_close(db);
	db = db_open(path, DB_WRITE, &err);
	assert_int_equal(ask(db, "SELECT count(*) FROM t"), 1);
	db_close(db);
}

/* Queries that nobody freed, one of them with rows to come, do not keep it open. */
static void test_close_with_queries(void **state)
{
	(void)state;
	struct db *db = open_new();
	struct db_query *q[4];
	assert_int_equal(db_exec(db, "INSERT INTO t VALUES (1, 1), (2, 2)", NULL), SOW_OK);
	for (int i = 0; i < 4; i++) {
		q[i] = db_query(db, "SELECT id FROM t", NULL);
		assert_int_equal(db_step(q[i], NULL), 1);
	}
	db_query_free(q[1]);
	db_query_free(q[3]);
	assert_int_equal(db_step(q[0], NULL), 1);
	assert_int_equal(db_int(q[0], 0), 2);
	db_close(db);
	assert_int_equal(access(wal, F_OK), -1); /* closed, not left to the end */
}

/* Wrong queries */

static void test_wrong_queries(void **state)
{
	(void)state;
	struct db *db = open_new();
	struct sow_error err = { 0 };
	assert_null(db_query(db, "SELECT * FROM absent", &err));
	assert_error(&err, SOW_INVALID, "no such table: absent");
	assert_null(db_query(db, "SELEKT", &err));
	assert_error(&err, SOW_INVALID, "near \"SELEKT\": syntax error");
	assert_null(db_query(db, " -- nothing", &err));
	assert_error(&err, SOW_USAGE, "an empty query");
	assert_null(db_query(db, "SELEKT", NULL));
	assert_int_equal(db_exec(db, "INSERT INTO t VALUES (1, 1); bad", &err), SOW_INVALID);
	struct db_query *q = db_query(db, "INSERT INTO t VALUES (?1, 1)", &err);
	db_bind_int(q, 1, 1);
	assert_int_equal(db_step(q, &err), SOW_INVALID);
	assert_error(&err, SOW_INVALID, "UNIQUE constraint failed: t.id");
	db_query_reset(q);
	db_bind_int(q, 2, 1);
	db_bind_int(q, 1, 2); /* a later bind that works hides nothing */
	assert_int_equal(db_step(q, &err), SOW_USAGE);
	assert_error(&err, SOW_USAGE, "no such parameter in: INSERT INTO t VALUES (?1, 1)");
	assert_int_equal(db_run(q, NULL), SOW_USAGE);
	db_bind_int(q, 1, 2);
	assert_int_equal(db_run(q, &err), SOW_OK);
	db_close(db);
}

/* Files that are not what they should be */

static void save(const char *text, size_t len)
{
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void test_missing(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	assert_null(db_open(path, DB_READ, &err));
	assert_error(&err, SOW_IO, "No such file or directory");
	assert_int_equal(access(path, F_OK), -1);
	assert_null(db_open("/nowhere/file", DB_WRITE, &err));
	assert_int_equal(err.status, SOW_IO);
	assert_string_equal(err.text, "/nowhere/file: No such file or directory");
	assert_null(db_open(folder, DB_WRITE, &err));
	assert_int_equal(err.status, SOW_IO);
	assert_string_equal(err.text + strlen(folder), ": Is a directory");
	assert_null(db_open(folder, DB_READ, &err));
	assert_string_equal(err.text + strlen(folder), ": Is a directory");
	assert_null(db_open("/nowhere/file", DB_READ, NULL));
}

static void test_damaged(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	char text[4096];
	memset(text, 'x', sizeof(text));
	save(text, sizeof(text));
	for (int mode = DB_READ; mode <= DB_WRITE; mode++) {
		assert_null(db_open(path, (enum db_mode)mode, &err));
		assert_error(&err, SOW_INVALID, "not a database or damaged");
	}
	unlink(path);
	/* a page in the middle that was overwritten */
	struct db *db = open_new();
	struct db_query *q = db_query(db, "INSERT INTO t (v) VALUES (?1)", NULL);
	assert_int_equal(db_begin(db, NULL), SOW_OK);
	for (int i = 0; i < 1000; i++) {
		db_bind_text(q, 1, view_from(text, 200));
		assert_int_equal(db_run(q, NULL), SOW_OK);
	}
	assert_int_equal(db_commit(db, NULL), SOW_OK);
	db_close(db);
	int fd = open(path, O_WRONLY);
	for (off_t page = 1; page < 8; page++)
		assert_int_equal(pwrite(fd, text, sizeof(text), page * 4096), sizeof(text));
	close(fd);
	db = db_open(path, DB_READ, &err);
	assert_non_null(db);
	q = db_query(db, "SELECT sum(length(v)) FROM t", &err);
	assert_int_equal(db_step(q, &err), SOW_INVALID);
	assert_error(&err, SOW_INVALID, "not a database or damaged");
	db_close(db);
	/* cut off */
	assert_int_equal(truncate(path, 5000), 0);
	db = db_open(path, DB_READ, &err);
	int status = db ? db_exec(db, "SELECT sum(length(v)) FROM t", &err) : (int)err.status;
	assert_int_equal(status, SOW_INVALID);
	assert_error(&err, SOW_INVALID, "not a database or damaged");
	db_close(db);
}

/* Other processes */

/* A process that holds the lock for writing until it is killed. */
static pid_t hold_lock(void)
{
	int ends[2];
	char c;
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		alarm(60); /* should the test fail before it kills us */
		struct db *db = db_open(path, DB_WRITE, NULL);
		if (!db || db_begin(db, NULL) || db_exec(db, "INSERT INTO t VALUES (9, 9)", NULL)
		    || write(ends[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &c, 1), 1);
	close(ends[0]);
	return child;
}

static void test_locked(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	db_close(open_new());
	pid_t child = hold_lock();
	/* a reader reads */
	struct db *reader = db_open(path, DB_READ, &err);
	assert_non_null(reader);
	assert_int_equal(ask(reader, "SELECT count(*) FROM t"), 0);
	/* a writer waits, then says why it cannot */
	struct db *writer = db_open(path, DB_WRITE, &err);
	assert_non_null(writer);
	int64_t began = clock_monotonic();
	assert_int_equal(db_begin(writer, &err), SOW_BUSY);
	assert_error(&err, SOW_BUSY, "locked by another process");
	assert_true(clock_monotonic() - began > 4 * CLOCK_SECOND);
	/* the other dies: what it had not committed was never there */
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(db_begin(writer, &err), SOW_OK);
	assert_int_equal(db_exec(writer, "INSERT INTO t VALUES (1, 1)", &err), SOW_OK);
	assert_int_equal(ask(reader, "SELECT count(*) FROM t"), 0);
	assert_int_equal(db_commit(writer, &err), SOW_OK);
	assert_int_equal(ask(reader, "SELECT count(*) FROM t"), 1);
	assert_int_equal(db_exec(reader, "INSERT INTO t VALUES (2, 1)", &err), SOW_IO);
	assert_error(&err, SOW_IO, "may be read, not written");
	db_close(reader);
	db_close(writer);
}

/* Many that open a file none of them has seen, at once: all succeed. */
static void test_opened_at_once(void **state)
{
	(void)state;
	for (int round = 0; round < 5; round++) {
		pid_t children[8];
		int failures = 0;
		clean(NULL);
		for (int i = 0; i < 8; i++) {
			children[i] = fork();
			if (children[i] == 0) {
				struct sow_error err = { 0 };
				struct db *db = db_open(path, DB_WRITE, &err);
				int status = !db || db_exec(db,
					"CREATE TABLE IF NOT EXISTS c (n);"
					"INSERT INTO c VALUES (1)", &err);
				if (status)
					fprintf(stderr, "%d: %s\n", !db, err.text);
				db_close(db);
				_exit(status);
			}
		}
		for (int i = 0; i < 8; i++) {
			int status;
			assert_int_equal(waitpid(children[i], &status, 0), children[i]);
			failures += status != 0;
		}
		assert_int_equal(failures, 0);
		struct db *db = db_open(path, DB_READ, NULL);
		assert_int_equal(ask(db, "SELECT count(*) FROM c"), 8);
		db_close(db);
	}
}

/* Runs `check` as somebody who may not write in the folder. */
static void as_nobody(int (*check)(void))
{
	int status;
	pid_t child = fork();
	if (child == 0) {
		if (geteuid() == 0 && setuid(NOBODY) < 0)
			_exit(99);
		_exit(check());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static int reads_one_row(void)
{
	struct sow_error err = { 0 };
	struct db *db = db_open(path, DB_READ, &err);
	if (!db)
		fprintf(stderr, "%s\n", err.text);
	if (!db || ask(db, "SELECT count(*) FROM t") != 1)
		return 1;
	db_close(db);
	return 0;
}

static int cannot_write(void)
{
	struct sow_error err = { 0 };
	if (db_open(path, DB_WRITE, &err) || err.status != SOW_IO)
		return 1;
	return strcmp(err.text + strlen(path), ": Permission denied") != 0;
}

static void test_folder_not_writable(void **state)
{
	(void)state;
	struct db *db = open_new();
	assert_int_equal(db_exec(db, "INSERT INTO t VALUES (1, 1)", NULL), SOW_OK);
	chmod(path, 0444);
	chmod(wal, 0444);
	chmod(shm, 0444);
	chmod(folder, 0555);
	as_nobody(reads_one_row); /* the row is in the log only */
	as_nobody(cannot_write);
	chmod(folder, 0755);
	db_close(db);
	assert_int_equal(access(wal, F_OK), -1);
	chmod(folder, 0555);
	as_nobody(reads_one_row); /* nobody has it open, and there is no log */
	chmod(folder, 0755);
}

static int cannot_read(void)
{
	struct sow_error err = { 0 };
	if (db_open(path, DB_READ, &err) || err.status != SOW_IO)
		return 1;
	return strncmp(err.text, path, strlen(path)) != 0;
}

/* Rows in a log that cannot be read are not passed over in silence. */
static void test_log_out_of_reach(void **state)
{
	(void)state;
	int status;
	pid_t child = fork();
	if (child == 0) {
		struct db *db = db_open(path, DB_WRITE, NULL);
		_exit(db_exec(db, "CREATE TABLE t (v); INSERT INTO t VALUES (1)", NULL) ? 1 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(access(wal, F_OK), 0);
	unlink(shm);
	chmod(folder, 0555);
	as_nobody(cannot_read);
	chmod(folder, 0755);
	assert_int_equal(reads_one_row(), 0);
}

/* Disks that are full */

static int insert_until_it_fails(struct db *db, struct sow_error *err)
{
	char text[1000];
	memset(text, 'x', sizeof(text));
	int status = db_begin(db, err);
	struct db_query *q = db_query(db, "INSERT INTO t (v) VALUES (?1)", err);
	for (int i = 0; i < 1000 && !status; i++) {
		db_bind_text(q, 1, view_from(text, sizeof(text)));
		status = db_run(q, err);
	}
	if (!status)
		status = db_commit(db, err);
	db_query_free(q);
	db_rollback(db);
	return status;
}

static void test_full(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct db *db = open_new();
	assert_int_equal(db_exec(db, "INSERT INTO t VALUES (1, 1); PRAGMA max_page_count = 20",
				 &err), SOW_OK);
	assert_int_equal(insert_until_it_fails(db, &err), SOW_IO);
	assert_error(&err, SOW_IO, "disk is full");
	assert_int_equal(ask(db, "SELECT count(*) FROM t"), 1);
	assert_int_equal(db_exec(db, "PRAGMA max_page_count = 10000", &err), SOW_OK);
	assert_int_equal(insert_until_it_fails(db, &err), SOW_OK);
	db_close(db);
}

static int fills_its_limit(void)
{
	struct sow_error err = { 0 };
	struct rlimit limit = { 200000, 200000 };
	signal(SIGXFSZ, SIG_IGN);
	struct db *db = db_open(path, DB_WRITE, &err);
	setrlimit(RLIMIT_FSIZE, &limit);
	if (!db || insert_until_it_fails(db, &err) != SOW_IO)
		return 1;
	if (!strstr(err.text, ": cannot be written: "))
		return 2;
	if (ask(db, "SELECT count(*) FROM t") != 1)
		return 3;
	db_close(db);
	return 0;
}

/* A file that may not grow. */
static void test_file_too_large(void **state)
{
	(void)state;
	struct db *db = open_new();
	assert_int_equal(db_exec(db, "INSERT INTO t VALUES (1, 1)", NULL), SOW_OK);
	db_close(db);
	int status;
	pid_t child = fork();
	if (child == 0)
		_exit(fills_its_limit());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	db = db_open(path, DB_WRITE, NULL);
	assert_int_equal(ask(db, "SELECT count(*) FROM t"), 1);
	db_close(db);
}

/* SQLite out of memory */

/* In a child, for the limit is the process's and can only go down. */
static int runs_dry(void)
{
	struct sow_error err = { 0 };
	struct db *db = db_open(path, DB_WRITE, &err);
	if (!db || db_exec(db, "PRAGMA hard_heap_limit = 3000000", &err))
		return 1;
	struct db_query *q = db_query(db, "INSERT INTO t (v) VALUES (?1)", &err);
	char *text = calloc(1, 8000000);
	db_bind_text(q, 1, view_from(text, 8000000)); /* there is no room for a copy */
	if (db_step(q, &err) != SOW_NOMEM || strcmp(err.text, "out of memory") != 0)
		return 2;
	db_query_reset(q);
	db_bind_text(q, 1, view_from(text, 10));
	if (db_run(q, &err))
		return 3;
	if (db_exec(db, "SELECT hex(zeroblob(8000000))", &err) != SOW_NOMEM)
		return 4;
	free(text);
	db_close(db);
	return 0;
}

static void test_sqlite_out_of_memory(void **state)
{
	(void)state;
	int status;
	db_close(open_new());
	pid_t child = fork();
	if (child == 0)
		_exit(runs_dry());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

#define test(f) cmocka_unit_test_setup_teardown(f, clean, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_values),
		test(test_settings),
		test(test_transactions),
		test(test_close_with_queries),
		test(test_wrong_queries),
		test(test_missing),
		test(test_damaged),
		test(test_locked),
		test(test_opened_at_once),
		test(test_folder_not_writable),
		test(test_log_out_of_reach),
		test(test_full),
		test(test_file_too_large),
		test(test_sqlite_out_of_memory),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
