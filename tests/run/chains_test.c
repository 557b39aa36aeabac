/* Runs of methods in several stages with a teacher that makes answers up: the same bytes whatever the order
 * and the number of requests in flight, wherever they are stopped; and what a chain is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "run/run.h"
#include "run/score_difficulty.h"
#include "support/exported.h"
#include "support/fake.h"
#include "support/run_db.h"
#include "support/scratch.h"

#define INPUTS 40

static char *dir, *files;
static char input[512], chunks[512];
static const struct run_hooks hooks = { .teacher = &fake_inventor };

/* Every other prompt has an answer already, every third an input. */
static void write_input(void)
{
	struct buf text = BUF_INIT;
	for (int i = 1; i <= INPUTS; i++)
		buf_addf(&text, "{\"instruction\": \"Describe thing number %d.\", \"input\": \"%s\", "
			 "\"output\": \"%s\", \"level\": %d.0}\n", i, i % 3 ? "" : "a table",
			 i % 2 ? "" : "Described.", i);
	snprintf(input, sizeof(input), "%s/input.jsonl", files);
	scratch_write(input, text.data);
	buf_release(&text);
}

/* Each text is asked about; some are too short for it. */
static void write_chunks(void)
{
	struct buf text = BUF_INIT;
	for (int i = 1; i <= INPUTS; i++)
		buf_addf(&text, "{\"chunk\": \"Thing number %d %s.\", \"document\": \"a.md\", \"start\": %d, "
			 "\"end\": %d}\n", i, i % 9 ? "stands in a garden by the river" : "stands", i * 100,
			 i * 100 + 40);
	snprintf(chunks, sizeof(chunks), "%s/chunks.jsonl", files);
	scratch_write(chunks, text.data);
	buf_release(&text);
}

static int set_up(void **state)
{
	(void)state;
	dir = scratch_new();
	files = scratch_new();
	write_input();
	write_chunks();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scratch_free(dir);
	scratch_free(files);
	return 0;
}

static void set(struct recipe *r, const char *name, const char *value)
{
	struct sow_error err = { 0 };
	if (recipe_set(r, recipe_option(name, r->steps[r->step_count - 1].method), value, &err))
		fail_msg("%s", err.text);
}

static struct recipe *new_recipe(const char *method, int64_t concurrency)
{
	struct recipe *r = recipe_new();
	assert_non_null(r);
	assert_int_equal(recipe_add_step(r, method, NULL), 0);
	r->no_cache = true;
	r->concurrency = concurrency;
	bool is_of_chunks = strcmp(method, "ask") == 0 || strcmp(method, "backtranslate") == 0;
	if (is_of_chunks)
		set(r, "input", chunks);
	else if (r->steps[0].method->takes_input)
		set(r, "input", input);
	else
		set(r, "n", "150");
	if (strcmp(method, "magpie") == 0)
		set(r, "turns", "3");
	if (strcmp(method, "converse") == 0)
		set(r, "talks", "2");
	if (strcmp(method, "ask") == 0) {
		set(r, "questions", "3");
		set(r, "distractors", "2");
		set(r, "rule", "short-chunk=8");
	}
	if (strcmp(method, "backtranslate") == 0) {
		set(r, "votes", "2");
		set(r, "keep", "3");
		set(r, "rule", "short-text=30");
	}
	return r;
}

static void finish(const struct recipe *r)
{
	struct sow_error err = { 0 };
	struct run_outcome outcome;
	if (run_recipe(r, dir, &hooks, &outcome, &err))
		fail_msg("%s", err.text);
	assert_int_equal(outcome.end, RUN_DONE);
}

static char *all_tasks(void)
{
	return exported(dir, &(struct task_range){ 0 });
}

static char *first_tasks(const struct recipe *r)
{
	bool is_pool = !r->steps[0].method->takes_input;
	return exported(dir, &(struct task_range){ .limit = is_pool ? r->steps[0].n : 0 });
}

static char *run_whole(const char *method, int64_t concurrency, uint64_t shuffle)
{
	struct recipe *r = new_recipe(method, concurrency);
	scratch_empty(dir);
	fake_shuffle(shuffle);
	finish(r);
	char *tasks = first_tasks(r);
	recipe_free(r);
	return tasks;
}

static int64_t count(const char *query)
{
	return run_db_number(dir, query);
}

/* Nothing but the replies decides */

static const char *const methods[] = { "evol", "alpaca", "magpie", "converse", "backtranslate", "ask" };
#define METHODS (sizeof(methods) / sizeof(*methods))

static void order_makes_no_difference(void **state)
{
	(void)state;
	for (size_t i = 0; i < METHODS; i++) {
		char *one = run_whole(methods[i], 1, 1);
		if (strlen(one) < 200)
			fail_msg("%s made only this: %s", methods[i], one);
		for (uint64_t shuffle = 1; shuffle <= 6; shuffle++) {
			char *other = run_whole(methods[i], shuffle % 2 ? 64 : 7, shuffle);
			assert_string_equal(one, other);
			mem_free(other);
		}
		mem_free(one);
	}
}

static struct recipe *small_recipe(size_t method, int64_t concurrency)
{
	struct recipe *r = new_recipe(methods[method], concurrency);
	set(r, "n", r->steps[0].method->takes_input ? "8" : "100");
	return r;
}

/* Stopped at every reply, each time gone on with in what is like a new process. */
static void stopping_makes_no_difference(void **state)
{
	(void)state;
	for (size_t i = 0; i < METHODS; i++) {
		struct recipe *small = small_recipe(i, 1);
		scratch_empty(dir);
		finish(small);
		char *whole = first_tasks(small);
		int64_t replies = count("SELECT count(*) FROM reply");
		struct run_outcome o = { .end = RUN_INTERRUPTED };
		scratch_empty(dir);
		for (int64_t at = 1; o.end != RUN_DONE; at++) {
			struct sow_error err = { 0 };
			struct recipe *r = small_recipe(i, 1 + at % 5);
			r->max_requests = at;
			fake_shuffle((uint64_t)at);
			if (run_recipe(r, dir, &hooks, &o, &err))
				fail_msg("%s", err.text);
			assert_true(o.end == RUN_DONE || o.end == RUN_MAX_REQUESTS);
			assert_true(at <= replies + 64);
			recipe_free(r);
		}
		char *parts = first_tasks(small);
		assert_string_equal(whole, parts);
		recipe_free(small);
		mem_free(whole);
		mem_free(parts);
	}
}

/* Chains */

static void links_follow_each_other(void **state)
{
	(void)state;
	mem_free(run_whole("evol", 16, 1));
	/* every chain whose input has an answer runs through all its rounds */
	assert_int_equal(count("SELECT count(*) FROM unit WHERE state = 0"), 0);
	assert_int_equal(count("SELECT count(DISTINCT ticket) FROM unit"), INPUTS);
	assert_int_equal(count("SELECT count(*) FROM unit a WHERE item = 1 AND state = 1 AND "
			       "(SELECT max(item) FROM unit b WHERE b.ticket = a.ticket) <> 5"), 0);
	assert_int_equal(count("SELECT count(*) FROM unit a WHERE item = 1 AND state = 2 AND "
			       "EXISTS (SELECT 1 FROM unit b WHERE b.ticket = a.ticket AND b.item > 1)"), 0);
	/* a parent is the last link before that survived */
	assert_int_equal(count("SELECT count(*) FROM unit u WHERE item > 1 AND parent <> (SELECT "
			       "max(item) FROM unit p WHERE p.ticket = u.ticket AND p.item < u.item "
			       "AND p.state = 1)"), 0);
	assert_true(count("SELECT count(*) FROM unit WHERE item - parent > 1") > 3);
	/* and what failed says why, once */
	assert_int_equal(count("SELECT count(*) FROM unit u WHERE state = 2 AND (SELECT count(*) FROM "
			       "reject r WHERE r.ticket = u.ticket AND r.item = u.item) <> 1"), 0);
	assert_true(count("SELECT count(DISTINCT rule) FROM reject") >= 7);
	/* a parent that draws the same once more is not asked the very same */
#define TWICE "FROM unit a JOIN unit b ON a.ticket = b.ticket AND a.item < b.item AND " \
	"a.parent = b.parent AND a.operation = b.operation AND a.operation <> ''"
	assert_true(count("SELECT count(*) " TWICE) > 0);
	assert_int_equal(count("SELECT count(*) " TWICE " JOIN reply x ON x.ticket = a.ticket AND x.item = "
			       "a.item AND x.stage = 1 JOIN reply y ON y.ticket = b.ticket AND y.item = "
			       "b.item AND y.stage = 1 WHERE x.key = y.key"), 0);
#undef TWICE
	/* nothing was answered that had failed before */
	assert_int_equal(count("SELECT count(*) FROM reply a JOIN reject r USING (step, ticket, item) "
			       "WHERE a.stage = 3 AND r.rule IN ('scaffold', 'equal-to-parent', "
			       "'no-evolution')"), 0);
}

/* Every link has the further members of its input. */
static void links_carry_fields(void **state)
{
	(void)state;
	mem_free(run_whole("evol", 16, 1));
	assert_true(count("SELECT count(*) FROM unit WHERE item > 2") > INPUTS);
	assert_int_equal(count("SELECT count(*) FROM unit WHERE fields <> '{\"level\":' || ticket || "
			       "'.0}'"), 0);
	char *tasks = exported_whole(dir, &(struct task_range){ .last_only = true });
	assert_non_null(strstr(tasks, " fields {\"level\":40.0}\n"));
	mem_free(tasks);
}

/* The tasks of another run are as good as a file: what was given to it first is still there. */
static void a_run_is_an_input(void **state)
{
	(void)state;
	mem_free(run_whole("evol", 16, 1));
	char *first = dir;
	int64_t tasks = count("SELECT count(*) FROM unit WHERE state = 1");
	struct recipe *r = new_recipe("evol", 16);
	set(r, "input", first);
	set(r, "rounds", "1");
	dir = scratch_new();
	finish(r);
	assert_int_equal(count("SELECT count(*) FROM unit WHERE item = 1 AND state = 1"), tasks);
	assert_int_equal(count("SELECT count(*) FROM unit WHERE source NOT LIKE 'task_%'"), 0);
	assert_int_equal(count("SELECT count(*) FROM unit WHERE fields NOT LIKE '{\"level\":%.0}'"), 0);
	recipe_free(r);
	scratch_free(dir);
	dir = first;
}

static void the_same_survive_after(void **state)
{
	(void)state;
	static const char *const best[] = { "1", "3" };
	for (size_t i = 0; i < 2; i++) {
		char *survivors[2];
		for (int after = 0; after < 2; after++) {
			struct recipe *r = new_recipe("evol", 16);
			set(r, "eliminate", after ? "after" : "before");
			set(r, "best-of", best[i]);
			scratch_empty(dir);
			finish(r);
			survivors[after] = all_tasks();
			recipe_free(r);
		}
		assert_string_equal(survivors[0], survivors[1]);
		/* but what failed was answered too */
		assert_true(count("SELECT count(*) FROM reply a JOIN reject r USING (step, ticket, item)"
				  " WHERE a.stage = 3 AND r.rule = 'equal-to-parent'") > 0);
		assert_int_equal(count("SELECT count(*) FROM unit u WHERE state = 1 AND (SELECT count(*) "
				       "FROM instance i WHERE i.ticket = u.ticket AND i.item = u.item) "
				       "<> 1"), 0);
		mem_free(survivors[0]);
		mem_free(survivors[1]);
	}
}

static void without_the_judge_nothing_is_asked_of_it(void **state)
{
	(void)state;
	struct recipe *r = new_recipe("evol", 16);
	set(r, "rule", "equal-to-parent=off");
	scratch_empty(dir);
	finish(r);
	assert_int_equal(count("SELECT count(*) FROM reply WHERE stage = 2"), 0);
	assert_true(count("SELECT count(*) FROM unit WHERE state = 1 AND item > 1") > INPUTS);
	recipe_free(r);
}

static void rounds_go_out_as_wanted(void **state)
{
	(void)state;
	mem_free(run_whole("evol", 16, 1));
	const struct task_range last = { .last_only = true }, made = { .made_only = true };
	const struct { const struct task_range *range; const char *query; } cases[] = {
		{ &(struct task_range){ 0 }, "SELECT count(*) FROM unit WHERE state = 1" },
		{ &last, "SELECT count(DISTINCT ticket) FROM unit WHERE state = 1" },
		{ &made, "SELECT count(*) FROM unit WHERE state = 1 AND item > 1" },
	};
	for (size_t i = 0; i < 3; i++) {
		char *tasks = exported(dir, cases[i].range);
		int64_t lines = 0;
		for (const char *p = tasks; (p = strstr(p, " round ")); p++)
			lines++;
		assert_int_equal(lines, count(cases[i].query));
		mem_free(tasks);
	}
}

/* Difficulty */

static struct difficulty measured(struct recipe *r, int64_t sample, enum run_end end)
{
	struct sow_error err = { 0 };
	struct difficulty m;
	if (run_score_difficulty(r, dir, sample, &hooks, &m, &err))
		fail_msg("%s", err.text);
	assert_int_equal(m.end, end);
	return m;
}

static void measuring_leaves_the_run_alone(void **state)
{
	(void)state;
	char *before = run_whole("evol", 16, 1);
	int64_t replies = count("SELECT count(*) FROM reply");
	int64_t states = count("SELECT sum(stage * 3 + state) FROM unit");
	struct recipe *r = new_recipe("evol", 16);
	r->max_requests = replies + 9;
	struct difficulty m = measured(r, 6, RUN_MAX_REQUESTS);
	difficulty_release(&m);
	r->max_requests = 0;
	m = measured(r, 6, RUN_DONE);
	assert_int_equal(m.count, 5);
	for (size_t i = 0; i < m.count; i++) {
		char query[128];
		snprintf(query, sizeof(query), "SELECT count(*) FROM unit WHERE state = 1 AND item = %zu",
			 i + 1);
		assert_int_equal(m.rounds[i].tasks, count(query));
		assert_int_equal(m.rounds[i].judged + m.rounds[i].unread, 6);
		assert_true(m.rounds[i].sum >= (double)m.rounds[i].judged);
		assert_true(m.rounds[i].sum <= 10 * (double)m.rounds[i].judged);
	}
	assert_int_equal(count("SELECT count(*) FROM reply"), replies + 30);
	/* the same sample again is there already; a larger one holds it */
	struct difficulty again = measured(r, 6, RUN_DONE);
	assert_memory_equal(m.rounds, again.rounds, m.count * sizeof(*m.rounds));
	assert_int_equal(count("SELECT count(*) FROM reply"), replies + 30);
	difficulty_release(&again);
	again = measured(r, 7, RUN_DONE);
	assert_int_equal(count("SELECT count(*) FROM reply"), replies + 35);
	assert_int_equal(count("SELECT sum(stage * 3 + state) FROM unit"), states);
	finish(r);
	char *after = all_tasks();
	assert_string_equal(before, after);
	difficulty_release(&again);
	difficulty_release(&m);
	recipe_free(r);
	mem_free(before);
	mem_free(after);
}

/* A run that has only begun; one without an evolution; none at all. */
static void what_can_be_measured(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct run_outcome o;
	struct difficulty m;
	struct recipe *r = new_recipe("evol", 4);
	scratch_empty(dir);
	assert_true(run_score_difficulty(r, dir, 5, &hooks, &m, &err) < 0);
	assert_true(err.text[0]);
	r->max_requests = 12;
	assert_int_equal(run_recipe(r, dir, &hooks, &o, &err), 0);
	r->max_requests = 0;
	m = measured(r, 5, RUN_DONE);
	assert_true(m.count >= 1 && m.rounds[0].tasks > 0);
	difficulty_release(&m);
	/* it goes on as if nobody had asked */
	finish(r);
	char *after = all_tasks(), *whole = run_whole("evol", 16, 1);
	assert_string_equal(whole, after);
	mem_free(run_whole("alpaca", 16, 1));
	assert_int_equal(run_score_difficulty(r, dir, 5, &hooks, &m, &err), SOW_INVALID);
	assert_non_null(strstr(err.text, "not a run of sow evol"));
	recipe_free(r);
	mem_free(whole);
	mem_free(after);
}

/* Teachers that refuse, memory that runs out */

/* What was refused last is asked again; a chain that went on stays as it is. */
static void retrying_leaves_chains_alone(void **state)
{
	(void)state;
	struct recipe *r = new_recipe("evol", 16);
	int64_t refused = 0, open = 0;
	/* a seed by which both happen */
	for (r->seed = 1; open == 0 || refused == open; r->seed++) {
		assert_true(r->seed < 20);
		scratch_empty(dir);
		finish(r);
		refused = count("SELECT count(*) FROM reject WHERE rule IN ('refused', 'no-output')");
		open = count("SELECT count(*) FROM reject r WHERE rule IN ('refused', 'no-output') AND item = (SELECT "
			     "max(item) FROM unit u WHERE u.ticket = r.ticket)");
	}
	r->seed--;
	char *before = all_tasks();
	struct sow_error err = { 0 };
	int64_t reopened;
	struct store *s = store_open(dir, STORE_RUN, &err);
	assert_int_equal(store_reopen_refused(s, &reopened, &err), 0);
	store_close(s);
	assert_int_equal(reopened, open);
	assert_int_equal(count("SELECT count(*) FROM unit WHERE state = 0"), open);
	/* the same teacher refuses the same again */
	finish(r);
	char *after = all_tasks();
	assert_string_equal(before, after);
	assert_int_equal(count("SELECT count(*) FROM reject WHERE rule IN ('refused', 'no-output')"),
			 refused);
	mem_free(before);
	mem_free(after);
	recipe_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_makes_no_difference),
		cmocka_unit_test(stopping_makes_no_difference),
		cmocka_unit_test(links_follow_each_other),
		cmocka_unit_test(links_carry_fields),
		cmocka_unit_test(a_run_is_an_input),
		cmocka_unit_test(the_same_survive_after),
		cmocka_unit_test(without_the_judge_nothing_is_asked_of_it),
		cmocka_unit_test(rounds_go_out_as_wanted),
		cmocka_unit_test(measuring_leaves_the_run_alone),
		cmocka_unit_test(what_can_be_measured),
		cmocka_unit_test(retrying_leaves_chains_alone),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
