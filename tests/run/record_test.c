/* What is known of one record of a run, and from which text each id in it comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "report/history.h"
#include "report/run_stats.h"
#include "run/lookup.h"
#include "run/run.h"
#include "support/fake.h"
#include "support/run_db.h"
#include "support/scratch.h"

static char *dir;

static char *path_of(const char *name)
{
	static char path[512];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* Ten seeds, so that what they ask for is shown again and again. */
static void write_seeds(const char *last)
{
	FILE *f = fopen(path_of("seeds.txt"), "w");
	assert_non_null(f);
	for (int i = 0; i < 9; i++)
		fprintf(f, "Name %d rivers of the country called number %d.\n", i + 2, i);
	fprintf(f, "%s\n", last);
	assert_int_equal(fclose(f), 0);
}

static int grow(void **state)
{
	static char seeds[512];
	(void)state;
	dir = scratch_new();
	write_seeds("Say good morning to everybody in this room.");
	strcpy(seeds, path_of("seeds.txt"));
	struct sow_error err = { 0 };
	struct run_outcome outcome;
	const struct run_hooks hooks = { .teacher = &fake_inventor };
	struct recipe *r = recipe_new();
	assert_non_null(r);
	assert_int_equal(recipe_add_step(r, "self-instruct", NULL), 0);
	r->no_cache = true;
	r->steps[0].n = 60;
	r->steps[0].seeds = seeds;
	if (run_recipe(r, path_of("run"), &hooks, &outcome, &err))
		fail_msg("%s", err.text);
	r->steps[0].seeds = NULL;
	recipe_free(r);
	return 0;
}

static int clean_up(void **state)
{
	(void)state;
	scratch_free(dir);
	return 0;
}

static struct store *open_run(void)
{
	struct sow_error err = { 0 };
	struct store *s = store_open(path_of("run"), STORE_LOOK, &err);
	if (!s)
		fail_msg("%s", err.text);
	return s;
}

struct walk {
	struct store *store;
	struct lookup *lookup;
	struct arena *arena;
	int units, near, examples, rejects, seeds;
	const char *seed_text;       /* what seed_9 must be; NULL: not known */
};

static void check_id(struct walk *w, struct view id)
{
	struct sow_error err = { 0 };
	struct view text;
	int found = lookup_instruction(w->lookup, 1, id, w->arena, &text, &err);
	if (!view_starts(id, "seed_")) {
		assert_int_equal(found, 1);
		assert_true(text.len > 0);
		return;
	}
	assert_int_equal(found, w->seed_text ? 1 : 0);
	w->seeds++;
	if (view_eqstr(id, "seed_9") && w->seed_text)
		assert_true(view_eqstr(text, w->seed_text));
}

static int check_task(void *data, const struct record *task)
{
	struct walk *w = data;
	struct sow_error err = { 0 };
	struct unit_key p;
	struct unit u;
	struct near_text *near;
	struct view *examples;
	size_t count;
	assert_true(unit_id_read(task->id, &p));
	assert_int_equal(store_unit_at(w->store, &p, w->arena, &u, &err), 1);
	assert_true(view_eq(u.instruction, task->instruction));
	assert_int_equal(u.state, UNIT_FINISHED);
	assert_int_equal(store_unit_nearest(w->store, &p, w->arena, &near, &count, &err), SOW_OK);
	for (size_t i = 0; i < count; i++) {
		assert_true(near[i].score >= 0 && near[i].score <= 1);
		assert_true(!i || near[i].score <= near[i - 1].score);
		check_id(w, near[i].id);
		w->near++;
	}
	assert_int_equal(store_unit_examples(w->store, &p, w->arena, &examples, &count, &err), SOW_OK);
	for (size_t i = 0; i < count; i++, w->examples++)
		check_id(w, examples[i]);
	w->units++;
	return SOW_OK;
}

static int check_rejected(void *data, const struct rejected *r)
{
	struct walk *w = data;
	w->rejects++;
	assert_true(*r->rule);
	if (strcmp(r->rule, "near-duplicate") == 0) {
		assert_true(r->near_score > 0.7);
		check_id(w, r->near_id);
	}
	return SOW_OK;
}

static struct walk walk_all(const char *seed_text)
{
	struct sow_error err = { 0 };
	struct walk w = { .store = open_run(), .arena = arena_new(), .seed_text = seed_text };
	w.lookup = lookup_new(w.store);
	assert_non_null(w.lookup);
	const struct task_range all = { .step = 1 };
	assert_int_equal(store_each_task(w.store, &all, check_task, &w, &err), SOW_OK);
	assert_int_equal(store_each_rejected(w.store, NULL, check_rejected, &w, &err), SOW_OK);
	lookup_free(w.lookup);
	arena_free(w.arena);
	store_close(w.store);
	return w;
}

static void every_id_has_its_text(void **state)
{
	(void)state;
	struct walk w = walk_all("Say good morning to everybody in this room.");
	assert_true(w.units >= 60);
	assert_true(w.near >= w.units);
	assert_true(w.examples >= 8 * w.units);
	assert_true(w.rejects > 0);
	assert_true(w.seeds > 0);
}

/* A file that has changed since is not what the run had. */
static void other_seeds_are_not_believed(void **state)
{
	(void)state;
	write_seeds("Say good night to everybody in this room.");
	walk_all(NULL);
	assert_int_equal(remove(path_of("seeds.txt")), 0);
	walk_all(NULL);
	write_seeds("Say good morning to everybody in this room.");
	walk_all("Say good morning to everybody in this room.");
}

static void what_is_not_there(void **state)
{
	(void)state;
	static const struct unit_key places[] = {
		{ .step = 1, .ticket = 1000000, .item = 1 },
		{ .step = 2, .ticket = 1, .item = 1 },
		{ .step = 0, .ticket = 0, .item = 0 },
	};
	struct sow_error err = { 0 };
	struct store *s = open_run();
	struct lookup *l = lookup_new(s);
	struct arena *a = arena_new();
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct unit u;
		struct near_text *near;
		struct view *examples;
		size_t count;
		struct walk none = { .store = s };
		assert_int_equal(store_unit_at(s, &places[i], a, &u, &err), 0);
		assert_int_equal(store_unit_nearest(s, &places[i], a, &near, &count, &err), 0);
		assert_int_equal(count, 0);
		assert_int_equal(store_unit_examples(s, &places[i], a, &examples, &count, &err), 0);
		assert_int_equal(count, 0);
		assert_int_equal(store_each_rejected(s, &places[i], check_rejected, &none, &err), 0);
		assert_int_equal(none.rejects, 0);
	}
	static const char *const ids[] = { "", "seed_10", "task_1000000_1", "against.txt:3" };
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct view text;
		assert_int_equal(lookup_instruction(l, 1, view_of(ids[i]), a, &text, &err), 0);
	}
	arena_free(a);
	lookup_free(l);
	store_close(s);
}

/* A list of ids that is no list: said so, and nothing made up. */
static void damaged(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	run_db_change(path_of("run"), "UPDATE unit SET nearest = '[{' WHERE item = 1");
	struct store *s = open_run();
	struct arena *a = arena_new();
	struct near_text *near;
	size_t count;
	int64_t broken = 0;
	for (int64_t t = 1; t < 60; t++) {
		const struct unit_key p = { .step = 1, .ticket = t, .item = 1 };
		int status = store_unit_nearest(s, &p, a, &near, &count, &err);
		broken += status == SOW_INVALID;
		assert_true(status == SOW_OK || strstr(err.text, "run.db: damaged"));
	}
	assert_true(broken > 0);
	arena_free(a);
	store_close(s);
}

/* As it is shown */

/* One record and one reject, as a person and as a program read them: the status, and the texts. */
static int show_all(struct store *s, struct arena *a, struct buf *page, struct buf *json)
{
	static const struct unit_key places[] = {
		{ .step = 1, .ticket = 2, .item = 2 }, { .step = 1, .ticket = 1, .item = 2 },
	};
	struct sow_error err = { 0 };
	struct lookup *l = lookup_new(s);
	struct record_view view = { .out = page, .width = 80, .colour = true };
	int status = l ? SOW_OK : SOW_NOMEM;
	for (size_t i = 0; i < 2 && status >= 0; i++) {
		struct history h;
		status = history_read(&h, s, l, &places[i], a, &err);
		if (status <= 0)
			continue;
		history_print(&h, &view);
		status = history_json(&h, json, &err);
	}
	lookup_free(l);
	return status < 0 ? status : buf_failed(page) ? page->status : json->status;
}

static void shown(void **state)
{
	(void)state;
	struct store *s = open_run();
	struct buf page = BUF_INIT, json = BUF_INIT;
	struct arena *a = arena_new();
	assert_int_equal(show_all(s, a, &page, &json), SOW_OK);
	assert_non_null(strstr(page.data, "task_2_2"));
	assert_non_null(strstr(page.data, "Examples that its request showed"));
	assert_non_null(strstr(page.data, "request 2 of step 1, self-instruct"));
	assert_non_null(strstr(json.data, "\"lineage\""));
	buf_release(&page);
	buf_release(&json);
	arena_free(a);
	store_close(s);
}

static int figures(struct store *s, struct arena *a, struct buf *out, struct run_stats *r)
{
	struct sow_error err = { 0 };
	struct figures f;
	int status = run_stats_read(r, s, a, &err);
	if (status)
		return status;
	figures_init(&f);
	run_stats_figures(r, &f);
	figures_print(&f, out);
	figures_release(&f);
	return SOW_OK;
}

static void in_figures(void **state)
{
	(void)state;
	struct store *s = open_run();
	struct run_stats r;
	struct buf out = BUF_INIT;
	struct arena *a = arena_new();
	assert_int_equal(figures(s, a, &out, &r), SOW_OK);
	int64_t rejected = 0, replies = 0;
	for (size_t i = 0; i < r.reject_count; i++)
		rejected += r.rejects[i].count;
	for (size_t i = 0; i < r.timeline.count; i++)
		replies += r.timeline.spans[i].replies;
	assert_true(rejected > 0 && rejected == r.counts.rejected);
	assert_int_equal(replies, r.counts.replies);
	assert_true(view_find(view_from(out.data, out.len), 0,
			      arena_copyview(a, r.rejects[0].rule)) != VIEW_NONE);
	assert_non_null(strstr(out.data, "  instructions "));
	buf_release(&out);
	arena_free(a);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_id_has_its_text),
		cmocka_unit_test(other_seeds_are_not_believed), cmocka_unit_test(what_is_not_there),
		cmocka_unit_test(shown), cmocka_unit_test(in_figures),
		cmocka_unit_test(damaged),
	};
	return cmocka_run_group_tests(tests, grow, clean_up);
}
