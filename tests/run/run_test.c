/* The run as a whole, with a teacher that makes answers up: the same bytes whatever the
 * order and the number of requests in flight, wherever it is stopped, and what ends it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "io/db.h"
#include "io/infile.h"
#include "run/run.h"
#include "store/store.h"
#include "support/exported.h"
#include "support/fake.h"
#include "support/run_db.h"
#include "support/scratch.h"

static char *dir;

static int set_up(void **state)
{
	(void)state;
	dir = scratch_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scratch_free(dir);
	return 0;
}

static struct recipe *new_recipe(int64_t n, int64_t concurrency)
{
	struct recipe *r = recipe_new();
	assert_non_null(r);
	assert_int_equal(recipe_add_step(r, "self-instruct", NULL), 0);
	r->no_cache = true;
	r->steps[0].n = n;
	r->concurrency = concurrency;
	return r;
}

static char *first_tasks(int64_t n)
{
	const struct task_range range = { .limit = n };
	return exported(dir, &range);
}

static char *run_whole(int64_t n, int64_t concurrency, uint64_t shuffle)
{
	struct sow_error err = { 0 };
	struct run_outcome outcome;
	const struct run_hooks hooks = { .teacher = &fake_inventor };
	struct recipe *r = new_recipe(n, concurrency);
	scratch_empty(dir);
	fake_shuffle(shuffle);
	if (run_recipe(r, dir, &hooks, &outcome, &err))
		fail_msg("%s", err.text);
	assert_int_equal(outcome.end, RUN_DONE);
	recipe_free(r);
	return first_tasks(n);
}

static void order_makes_no_difference(void **state)
{
	(void)state;
	char *one = run_whole(300, 1, 1);
	assert_true(strlen(one) > 10000);
	for (uint64_t shuffle = 1; shuffle <= 6; shuffle++) {
		char *other = run_whole(300, shuffle % 2 ? 64 : 7, shuffle);
		assert_string_equal(one, other);
		mem_free(other);
	}
	mem_free(one);
}

/* Stops every few replies, each time goes on in what is like a new process. */
static void stopping_makes_no_difference(void **state)
{
	(void)state;
	char *whole = run_whole(60, 1, 1);
	const struct run_hooks hooks = { .teacher = &fake_inventor };
	scratch_empty(dir);
	int times = 0;
	for (struct run_outcome o = { .end = RUN_INTERRUPTED }; o.end != RUN_DONE; times++) {
		struct sow_error err = { 0 };
		struct recipe *r = new_recipe(60, 1 + times % 5);
		r->max_requests = 7 * (times + 1);
		fake_shuffle((uint64_t)times);
		if (run_recipe(r, dir, &hooks, &o, &err))
			fail_msg("%s", err.text);
		assert_true(o.end == RUN_DONE || o.end == RUN_MAX_REQUESTS);
		assert_true(o.progress.replies <= r->max_requests);
		recipe_free(r);
	}
	assert_true(times > 10);
	char *parts = first_tasks(60);
	assert_string_equal(whole, parts);
	mem_free(whole);
	mem_free(parts);
}

static void interrupted_then_more(void **state)
{
	(void)state;
	char *whole = run_whole(80, 1, 1);
	static volatile sig_atomic_t stop;
	const struct run_hooks hooks = { .teacher = &fake_inventor, .stop = &stop };
	struct run_outcome o;
	struct sow_error err = { 0 };
	struct recipe *r = new_recipe(20, 64);
	scratch_empty(dir);
	stop = 1;
	assert_int_equal(run_recipe(r, dir, &hooks, &o, &err), 0);
	assert_int_equal(o.end, RUN_INTERRUPTED);
	stop = 0;
	assert_int_equal(run_recipe(r, dir, &hooks, &o, &err), 0);
	assert_int_equal(o.end, RUN_DONE);
	/* raising n goes on with the same run */
	r->steps[0].n = 80;
	assert_int_equal(run_recipe(r, dir, &hooks, &o, &err), 0);
	assert_int_equal(o.end, RUN_DONE);
	assert_true(o.progress.done_before >= 20);
	char *parts = first_tasks(80);
	assert_string_equal(whole, parts);
	/* and a finished one asks for nothing more */
	int64_t replies = o.progress.replies;
	assert_int_equal(run_recipe(r, dir, &hooks, &o, &err), 0);
	assert_int_equal(o.progress.replies, replies);
	recipe_free(r);
	mem_free(whole);
	mem_free(parts);
}

static void another_recipe_is_refused(void **state)
{
	(void)state;
	const struct run_hooks hooks = { .teacher = &fake_inventor };
	struct run_outcome o;
	struct sow_error err = { 0 };
	scratch_empty(dir);
	struct recipe *r = new_recipe(5, 4);
	assert_int_equal(run_recipe(r, dir, &hooks, &o, &err), 0);
	recipe_set(r, recipe_option("seed", NULL), "2", NULL);
	recipe_set(r, recipe_option("topic", NULL), "tea", NULL);
	assert_int_equal(run_recipe(r, dir, &hooks, &o, &err), SOW_DIFFERS);
	assert_non_null(strstr(err.text, "topic: none there, tea here"));
	assert_non_null(strstr(err.text, "seed: 1 there, 2 here"));
	recipe_free(r);
}

static void one_process_at_a_time(void **state)
{
	(void)state;
	const struct run_hooks hooks = { .teacher = &fake_inventor };
	struct run_outcome o;
	struct sow_error err = { 0 };
	scratch_empty(dir);
	struct store *s = store_open(dir, STORE_RUN, &err);
	assert_non_null(s);
	struct recipe *r = new_recipe(5, 4);
	assert_int_equal(run_recipe(r, dir, &hooks, &o, &err), SOW_BUSY);
	assert_non_null(strstr(err.text, "in use by another process"));
	store_close(s);
	assert_int_equal(run_recipe(r, dir, &hooks, &o, &err), 0);
	recipe_free(r);
}

static void strict_paper_looks_not_ahead(void **state)
{
	(void)state;
	const struct run_hooks hooks = { .teacher = &fake_inventor };
	struct run_outcome o;
	struct sow_error err = { 0 };
	scratch_empty(dir);
	struct recipe *r = new_recipe(30, 64);
	r->steps[0].strict_paper = true;
	assert_int_equal(run_recipe(r, dir, &hooks, &o, &err), 0);
	recipe_free(r);

	/* every ticket may draw from what the one before it brought */
	assert_true(run_db_number(dir, "SELECT count(*) FROM ticket a, json_each(a.examples) e "
				  "WHERE e.value LIKE 'task_' || (a.ticket - 1) || '_%'") > 0);
	char *said = run_db_text(dir, "SELECT value FROM identity WHERE name IN ('lookahead', 'tokenizer') "
				 "ORDER BY name");
	assert_string_equal(said, "1 ascii");
	mem_free(said);
}

/* Six human and two machine examples, once the machine has two. */
static void six_human_two_machine(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	mem_free(run_whole(60, 16, 1));
	char path[512];
	snprintf(path, sizeof(path), "%s/run.db", dir);
	struct db *db = db_open(path, DB_READ, &err);
	struct db_query *q = db_query(db,
		"SELECT t.ticket, count(*), sum(e.value LIKE 'seed_%'),"
		" count(DISTINCT e.value) FROM ticket t, json_each(t.examples) e"
		" GROUP BY t.ticket ORDER BY t.ticket", &err);
	int late = 0;
	while (db_step(q, &err) > 0) {
		assert_int_equal(db_int(q, 1), 8);
		assert_int_equal(db_int(q, 3), 8);
		if (db_int(q, 0) == 1)
			assert_int_equal(db_int(q, 2), 8);
		if (db_int(q, 0) > 8) {
			assert_int_equal(db_int(q, 2), 6);
			late++;
		}
	}
	assert_true(late > 3);
	db_query_free(q);
	db_close(db);
}

/* The cache answers a second run of the same recipe. */
static void cache_answers(void **state)
{
	(void)state;
	const struct run_hooks hooks = { .teacher = &fake_inventor };
	struct run_outcome first, second;
	struct sow_error err = { 0 };
	char cache[512], one[512], two[512];
	scratch_empty(dir);
	snprintf(cache, sizeof(cache), "%s/cache", dir);
	snprintf(one, sizeof(one), "%s/one", dir);
	snprintf(two, sizeof(two), "%s/two", dir);
	struct recipe *r = new_recipe(20, 1);
	r->no_cache = false;
	r->cache_dir = cache;
	assert_int_equal(run_recipe(r, one, &hooks, &first, &err), 0);
	assert_int_equal(first.progress.cached, 0);
	assert_int_equal(run_recipe(r, two, &hooks, &second, &err), 0);
	assert_int_equal(second.progress.replies, first.progress.replies);
	/* refusals are not kept */
	assert_true(second.progress.cached >= first.progress.replies * 9 / 10);
	const struct task_range twenty = { .limit = 20 };
	char *a = exported(one, &twenty), *b = exported(two, &twenty);
	assert_string_equal(a, b);
	mem_free(a);
	mem_free(b);
	recipe_free(r);
}

/* A teacher that answers `answers` requests and then fails for good. */
static int answers;

static int failing_step(void *state, void (*done)(void *data, struct reply *r), void *data,
			struct sow_error *err)
{
	if (answers-- > 0)
		return fake_inventor.step(state, done, data, err);
	err->status = SOW_IO;
	strcpy(err->text, "the line is dead");
	return SOW_IO;
}

static int64_t stored_replies(void)
{
	return run_db_number(dir, "SELECT count(*) FROM reply");
}

static void what_came_before_a_failure_is_kept(void **state)
{
	(void)state;
	struct teacher_kind failing = fake_inventor;
	failing.step = failing_step;
	const struct run_hooks hooks = { .teacher = &failing };
	for (int n = 1; n < 12; n += 3) {
		struct run_outcome o;
		struct sow_error err = { 0 };
		struct recipe *r = new_recipe(50, 8);
		scratch_empty(dir);
		answers = n;
		assert_int_equal(run_recipe(r, dir, &hooks, &o, &err), SOW_IO);
		assert_string_equal(err.text, "the line is dead");
		assert_true(stored_replies() >= 1 && stored_replies() <= n);
		recipe_free(r);
	}
}

/* A teacher with no answer to one ticket: all else is answered, then the run stops. */
static int pool_replies;

static void forget_third(struct reply *r)
{
	bool of_pool = view_find(r->text, 0, "Task 10:") != VIEW_NONE;
	if (of_pool && ++pool_replies == 3)
		r->finish = FINISH_NONE;
}

static void an_unanswered_ticket_ends_the_run(void **state)
{
	(void)state;
	const struct teacher_kind forgetful = fake_changed(forget_third);
	const struct run_hooks hooks = { .teacher = &forgetful };
	for (int64_t concurrency = 1; concurrency <= 64; concurrency *= 8) {
		struct run_outcome o;
		struct sow_error err = { 0 };
		struct recipe *r = new_recipe(100, concurrency);
		scratch_empty(dir);
		pool_replies = 0;
		assert_int_equal(run_recipe(r, dir, &hooks, &o, &err), SOW_MISSING);
		assert_true(o.progress.finished > 0 && o.progress.under_way == 0);
		recipe_free(r);
	}
}

/* --max-requests bounds what is asked, not what is read: a run that was killed when it had
 * all its replies reads them. */
static void stored_replies_are_read_at_the_bound(void **state)
{
	(void)state;
	const struct run_hooks hooks = { .teacher = &fake_inventor };
	struct run_outcome o;
	char *whole = run_whole(20, 8, 1);
	int64_t replies = stored_replies();
	struct sow_error err = { 0 };
	run_db_change(dir, "DELETE FROM ticket; DELETE FROM unit; DELETE FROM instance;"
		      "DELETE FROM reject;");
	struct recipe *r = new_recipe(20, 8);
	r->max_requests = replies;
	assert_int_equal(run_recipe(r, dir, &hooks, &o, &err), 0);
	assert_int_equal(o.end, RUN_DONE);
	assert_int_equal(o.progress.replies, replies);
	char *again = first_tasks(20);
	assert_string_equal(whole, again);
	recipe_free(r);
	mem_free(whole);
	mem_free(again);
}

/* Instructions and outputs of the first two tasks of the run in `dir`. */
static char *two_tasks(void)
{
	return run_db_text(dir, "SELECT u.instruction || ': ' || i.output FROM unit u "
			   "JOIN instance i USING (step, ticket, item) WHERE u.state = 1 "
			   "AND (ticket, item) <= (SELECT ticket, item FROM unit "
			   "WHERE state = 1 ORDER BY ticket, item LIMIT 1 OFFSET 1) "
			   "ORDER BY ticket, item, number");
}

/* A run of the format before goes on, with what it had. */
static void an_older_run_goes_on(void **state)
{
	(void)state;
	const struct run_hooks hooks = { .teacher = &fake_inventor };
	struct run_outcome o;
	struct sow_error err = { 0 };
	struct buf sql = BUF_INIT;
	char path[512];
	scratch_empty(dir);
	snprintf(path, sizeof(path), "%s/tests/fixtures/run_1.sql", getenv("SOW_SOURCE_ROOT"));
	assert_int_equal(infile_whole(path, &sql, &err), 0);
	run_db_change(dir, sql.data);
	buf_release(&sql);
	char *before = two_tasks();
	assert_true(strlen(before) > 40);
	/* who only looks may not change it */
	assert_null(store_open(dir, STORE_LOOK, &err));
	assert_non_null(strstr(err.text, "made by an older sow"));
	struct recipe *r = new_recipe(20, 8);
	if (run_recipe(r, dir, &hooks, &o, &err))
		fail_msg("%s", err.text);
	assert_int_equal(o.end, RUN_DONE);
	assert_true(o.progress.done_before >= 2);
	char *after = two_tasks();
	assert_string_equal(before, after);
	mem_free(before);
	mem_free(after);
	recipe_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_makes_no_difference),
		cmocka_unit_test(stopping_makes_no_difference),
		cmocka_unit_test(interrupted_then_more),
		cmocka_unit_test(another_recipe_is_refused),
		cmocka_unit_test(one_process_at_a_time),
		cmocka_unit_test(strict_paper_looks_not_ahead),
		cmocka_unit_test(six_human_two_machine),
		cmocka_unit_test(cache_answers),
		cmocka_unit_test(what_came_before_a_failure_is_kept),
		cmocka_unit_test(an_unanswered_ticket_ends_the_run),
		cmocka_unit_test(stored_replies_are_read_at_the_bound),
		cmocka_unit_test(an_older_run_goes_on),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
