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

/* Log-probabilities, and vectors. */
static void numbers_are_kept(void **state)
{
	(void)state;
	const float numbers[] = { -0.25f, 0, -1e-30f, 3.4e38f };
	struct sow_error err = { 0 };
	struct cache *c = open_cache();
	struct reply *r = reply_new_numbers(numbers, 4);
	r->key = key;
	r->usage.prompt_tokens = 9;
	cache_put(c, r);
	reply_free(r);
	cache_close(c);
	c = open_cache();
	r = cache_get(c, &key);
	assert_non_null(r);
	assert_int_equal(r->number_count, 4);
	assert_memory_equal(r->numbers, numbers, sizeof(numbers));
	assert_int_equal(r->text.len, 0);
	assert_int_equal(r->usage.prompt_tokens, 9);
	reply_free(r);
	assert_int_equal(cache_verify(c, &err), SOW_OK);
	cache_close(c);
	run_sql("UPDATE reply SET numbers = x'000000'");
	c = open_cache();
	assert_int_equal(cache_verify(c, &err), SOW_INVALID);
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
	run_sql("PRAGMA user_version = 5;");
	assert_null(cache_open(dir, &err));
	assert_int_equal(err.status, SOW_INVALID);
	assert_non_null(strstr(err.text, "another version"));
}

/* Size and age */

enum { MANY = 2000 };

static void fill(struct cache *c, int from, int to)
{
	char text[400];
	memset(text, 'x', sizeof(text));
	for (int i = from; i < to; i++) {
		struct reply *r = reply_new(view_from(text, sizeof(text)));
		memcpy(r->key.bytes, &i, sizeof(i));
		cache_put(c, r);
		reply_free(r);
		if (i % 10 == 0)
			cache_flush(c);
	}
	cache_flush(c);
}

static bool has(struct cache *c, int i)
{
	struct hash at = { { 0 } };
	memcpy(at.bytes, &i, sizeof(i));
	struct reply *r = cache_get(c, &at);
	bool there = r != NULL;
	reply_free(r);
	return there;
}

static void the_bound_is_kept(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct cache_figures f;
	struct cache *c = open_cache();
	cache_bound(c, 300000);
	fill(c, 0, MANY);
	assert_int_equal(cache_count(c, &f, &err), SOW_OK);
	assert_true(f.replies > 100 && f.replies < MANY);
	/* it looks every 64th time: 640 more replies may have come */
	assert_true(f.bytes < 300000 + 640 * 700);
	assert_true(has(c, MANY - 1));
	assert_false(has(c, 0));
	assert_null(cache_trouble(c));
	cache_close(c);
}

static void what_is_used_stays(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	int64_t removed;
	struct cache *c = open_cache();
	fill(c, 0, 10);
	cache_close(c);
	/* all long ago; then one is used again */
	run_sql("UPDATE reply SET used = 1000");
	c = open_cache();
	assert_true(has(c, 4));
	cache_flush(c);
	assert_int_equal(cache_prune(c, 2000, -1, &removed, &err), SOW_OK);
	assert_int_equal(removed, 9);
	assert_true(has(c, 4));
	assert_false(has(c, 5));
	assert_int_equal(cache_prune(c, 0, 0, &removed, &err), SOW_OK);
	assert_int_equal(removed, 1);
	assert_false(has(c, 4));
	cache_close(c);
}

static void damage_is_found(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct cache *c = open_cache();
	fill(c, 0, 10);
	assert_int_equal(cache_verify(c, &err), SOW_OK);
	cache_close(c);
	run_sql("UPDATE reply SET key = x'00' WHERE id = 3");
	c = open_cache();
	assert_int_equal(cache_verify(c, &err), SOW_INVALID);
	assert_non_null(strstr(err.text, "1 entries are not replies"));
	cache_close(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whole_answers_are_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(numbers_are_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(parts_of_answers_are_not, set_up, tear_down),
		cmocka_unit_test_setup_teardown(version_1_goes_on, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_bound_is_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_used_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(damage_is_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_version_is_refused, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
