#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "report/timeline.h"

#define START (INT64_C(1700000000) * CLOCK_SECOND)

static char folder[] = "/tmp/sow-timeline-XXXXXX";
static struct store *store;
static struct arena *arena;

static void fine(int status, const struct sow_error *err)
{
	if (status)
		fail_msg("%s", err->text);
}

static int set_up(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	arena = arena_new();
	if (!arena || !mkdtemp(folder))
		return -1;
	store = store_open(folder, STORE_RUN, &err);
	fine(store ? store_begin(store, &err) : SOW_IO, &err);
	fine(store_put_identity(store, 1, "method", view_of("self-instruct"),
				view_of("self-instruct"), &err), &err);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	static const char *const names[] = { "run.db", "run.db-wal", "run.db-shm", "lock" };
	char path[64];
	store_rollback(store);
	store_close(store);
	arena_free(arena);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

/* A reply that was there `at` ns after the start, with 10 and 5 tokens, for 7 nano-dollars. */
static void put_reply(int64_t ticket, int64_t item, int64_t stage, int64_t at)
{
	struct sow_error err = { 0 };
	struct request *q = request_new();
	struct reply *a = reply_new(view_of("a"));
	assert_non_null(q);
	assert_non_null(a);
	assert_int_equal(request_add(q, ROLE_USER, false, view_of("q")), SOW_OK);
	assert_int_equal(request_set_key(q, view_of("m"), 1), SOW_OK);
	a->began = START + at - CLOCK_MS;
	a->took = CLOCK_MS;
	a->usage = (struct usage){ .prompt_tokens = 10, .completion_tokens = 5 };
	const struct unit_key p = { 1, ticket, item, stage, 0 };
	fine(store_reply(store, &p, q, a, false, 7, &err), &err);
	reply_free(a);
	request_free(q);
}

static void put_unit(int64_t item, int64_t stage, enum unit_state state, size_t instances)
{
	static const struct instance two[2] = { { { "", 0 }, { "a", 1 } }, { { "b", 1 }, { "c", 1 } } };
	struct sow_error err = { 0 };
	struct unit u = { .step = 1, .ticket = 1, .item = item, .stage = stage, .state = state,
			  .instruction = view_of("Do it."), .is_classification = 0 };
	u.input = u.turns = u.operation = u.source = view_of("");
	fine(store_new_unit(store, &u, NULL, 0, 0, &err), &err);
	fine(store_instances(store, &u, two, instances, &err), &err);
}

static void put_reject(int64_t item, int64_t stage)
{
	struct sow_error err = { 0 };
	struct rejected r = { .step = 1, .ticket = 1, .item = item, .stage = stage,
			      .rule = "too-short" };
	r.text = r.detail = r.near_id = view_of("");
	fine(store_reject(store, &r, &err), &err);
}

static void read_it(struct timeline *t)
{
	struct sow_error err = { 0 };
	fine(timeline_read(t, store, arena, &err), &err);
}

/* One request for instructions gives three, of which one is under way and one failed. */
static void acceptance(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	put_reply(1, 0, 1, 0);
	put_reply(1, 1, 2, 10 * CLOCK_MS);
	put_reply(1, 1, 3, 20 * CLOCK_MS);
	put_reply(1, 2, 2, 30 * CLOCK_MS);
	put_reply(1, 3, 2, 40 * CLOCK_MS);
	put_reply(1, 3, 3, 50 * CLOCK_MS);
	fine(store_ticket(store, 1, 1, NULL, 0, 3, false, &err), &err);
	put_unit(1, 3, UNIT_FINISHED, 2);
	put_unit(2, 3, UNIT_UNDER_WAY, 0);
	put_unit(3, 3, UNIT_FAILED, 0);
	put_reject(4, 1);
	put_reject(5, 1);
	put_reject(1, 3);
	put_reject(3, 3);
	struct timeline t;
	read_it(&t);
	assert_int_equal(t.stage_count, 3);
	assert_string_equal(t.stages[0].name, "instructions");
	assert_string_equal(t.stages[2].name, "instances");
	assert_int_equal(t.stages[0].all.kept, 3);
	assert_int_equal(t.stages[0].all.rejected, 2);
	assert_int_equal(t.stages[1].all.kept, 3);
	assert_int_equal(t.stages[1].all.rejected, 0);
	assert_int_equal(t.stages[2].all.kept, 2);
	assert_int_equal(t.stages[2].all.rejected, 2);
	assert_int_equal(t.width, CLOCK_MS);
	assert_int_equal(t.count, 51);
	assert_int_equal(t.worked, 50 * CLOCK_MS);
	assert_int_equal(t.began, START);
	assert_int_equal(t.ended, START + 50 * CLOCK_MS);
	assert_int_equal(t.spans[0].stages[0].kept, 3);
	assert_int_equal(t.spans[0].stages[0].rejected, 2);
	assert_int_equal(t.spans[20].stages[2].rejected, 1);
	assert_int_equal(t.spans[20].finished, 1);
	assert_int_equal(t.spans[50].stages[2].rejected, 1);
	assert_int_equal(t.spans[50].cost, 7);
}

/* However long it took, it fits; nothing is lost on the way, and pauses take no room. */
static void a_long_run(void **state)
{
	(void)state;
	int64_t at = 0;
	for (int64_t i = 1; i <= 1000; i++) {
		put_reply(i, 0, 1, at);
		at += i == 600 ? 8 * TIMELINE_PAUSE : i % 7 * CLOCK_SECOND;
	}
	struct timeline t;
	read_it(&t);
	int64_t sum = 0, cost = 0, tokens = 0;
	for (size_t i = 0; i < t.count; i++) {
		sum += t.spans[i].replies;
		cost += t.spans[i].cost;
		tokens += t.spans[i].prompt_tokens + t.spans[i].completion_tokens;
	}
	assert_int_equal(sum, 1000);
	assert_int_equal(cost, 7000);
	assert_int_equal(tokens, 15000);
	assert_int_equal(t.pauses, 1);
	assert_int_equal(t.paused, 8 * TIMELINE_PAUSE);
	assert_int_equal(t.worked + t.paused, t.ended - t.began);
	assert_in_range(t.count, TIMELINE_SPANS / 2, TIMELINE_SPANS);
	assert_true((int64_t)(t.count - 1) * t.width <= t.worked);
	assert_true(t.worked < (int64_t)t.count * t.width);
}

static void of_nothing(void **state)
{
	(void)state;
	struct timeline t;
	read_it(&t);
	assert_int_equal(t.count, 0);
	assert_int_equal(t.stage_count, 0);
	put_reject(1, 1); /* of an input that was not begun */
	read_it(&t);
	assert_int_equal(t.count, 1);
	assert_int_equal(t.began, 0);
}

static void as_json(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	struct figures f;
	figures_init(&f);
	struct sow_error err = { 0 };
	struct timeline t;
	put_reply(1, 0, 1, 0);
	put_reply(2, 0, 1, 2 * CLOCK_MS);
	fine(store_ticket(store, 1, 1, NULL, 0, 3, false, &err), &err);
	put_reject(4, 1);
	read_it(&t);
	timeline_figures(&t, &f);
	assert_int_equal(figures_json(&f, &out, JSON_LINE), SOW_OK);
	struct view text = view_from(out.data, out.len);
	assert_true(view_find(text, 0, "\"replies\":[1,0,1]") != VIEW_NONE);
	assert_true(view_find(text, 0, "\"cost_nano_dollars\":[7,0,7]") != VIEW_NONE);
	assert_true(view_find(text, 0, "\"name\":\"instructions\"") != VIEW_NONE);
	assert_true(view_find(text, 0, "\"kept\":[3,0,0],\"rejected\":[1,0,0]") != VIEW_NONE);
	figures_release(&f);
	buf_release(&out);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(acceptance), EACH(a_long_run), EACH(of_nothing), EACH(as_json),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
