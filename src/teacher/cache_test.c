#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/db.h"
#include "teacher/cache.h"

static char dir[64];
static char file[96];

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/sow-cache-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/replies.db", dir);
	return 0;
}

static int tear_down(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	(void)state;
	char path[128];
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", file, ends[i]);
		unlink(path);
	}
	return rmdir(dir);
}

static struct cache *open_cache(void)
{
	struct sow_error err = { 0 };
	struct cache *c = cache_open(dir, &err);
	if (!c)
		fail_msg("%s", err.text);
	return c;
}

static void run_sql(const char *sql)
{
	struct sow_error err = { 0 };
	struct db *db = db_open(file, DB_WRITE, &err);
	assert_non_null(db);
	if (db_exec(db, sql, &err))
		fail_msg("%s", err.text);
	db_close(db);
}

static const struct hash key = { { 7 } };

/* What goes in comes out, in another process's time. */
static void whole_answers_are_kept(void **state)
{
	(void)state;
	struct cache *c = open_cache();
	assert_null(cache_get(c, &key));
	struct reply *r = reply_new_reasoned(view_of("Four."), view_of("Two and two."));
	r->key = key;
	r->finish = FINISH_LENGTH;
	r->usage = (struct usage){ .prompt_tokens = 9, .completion_tokens = 5,
				   .reasoning_tokens = 3, .estimated = true };
	cache_put(c, r);
	reply_free(r);
	cache_close(c);
	c = open_cache();
	r = cache_get(c, &key);
	assert_non_null(r);
	assert_true(view_eqstr(r->text, "Four."));
	assert_true(view_eqstr(r->reasoning, "Two and two."));
	assert_int_equal(r->finish, FINISH_LENGTH);
	assert_int_equal(r->usage.prompt_tokens, 9);
	assert_int_equal(r->usage.completion_tokens, 5);
	assert_int_equal(r->usage.reasoning_tokens, 3);
	assert_true(r->usage.estimated);
	reply_free(r);
	assert_null(cache_trouble(c));
	cache_close(c);
}

static void parts_of_answers_are_not(void **state)
{
	(void)state;
	struct cache *c = open_cache();
	struct reply *r = reply_new(view_of("no"));
	r->key = key;
	r->finish = FINISH_ERROR;
	cache_put(c, r);
	r->finish = FINISH_STOP;
	r->clipped = true;
	cache_put(c, r);
	reply_free(r);
	assert_null(cache_get(c, &key));
	cache_close(c);
}

/* Version 1 knew no reasoning: its answers stay. */
static void version_1_goes_on(void **state)
{
	(void)state;
	run_sql("CREATE TABLE reply (id INTEGER PRIMARY KEY, key BLOB NOT NULL, text TEXT NOT NULL,"
		" finish INTEGER NOT NULL, prompt_tokens INTEGER NOT NULL,"
		" completion_tokens INTEGER NOT NULL, stored INTEGER NOT NULL);"
		"CREATE UNIQUE INDEX reply_key ON reply (key);"
		"INSERT INTO reply (key, text, finish, prompt_tokens, completion_tokens, stored)"
		" VALUES (x'0700000000000000000000000000000000000000000000000000000000000000',"
		" 'old', 0, 3, 4, 5);"
		"PRAGMA user_version = 1;");
	for (int i = 0; i < 2; i++) {
		struct cache *c = open_cache();
		struct reply *r = cache_get(c, &key);
		assert_non_null(r);
		assert_true(view_eqstr(r->text, "old"));
		assert_int_equal(r->reasoning.len, 0);
		assert_int_equal(r->usage.completion_tokens, 4);
		reply_free(r);
		cache_close(c);
	}
}

static void another_version_is_refused(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	run_sql("PRAGMA user_version = 3;");
	assert_null(cache_open(dir, &err));
	assert_int_equal(err.status, SOW_INVALID);
	assert_non_null(strstr(err.text, "another version"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whole_answers_are_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(parts_of_answers_are_not, set_up, tear_down),
		cmocka_unit_test_setup_teardown(version_1_goes_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_version_is_refused, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
