#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/infile.h"
#include "io/json.h"
#include "method/rules.h"
#include "report/report.h"

static char folder[] = "/tmp/sow-report-XXXXXX";
static char path[64];
static const struct report_options options = {
	.name = "the set", .records = 50, .parse = 0, .threads = 1,
};

static void fine(int status, const struct sow_error *err)
{
	if (status)
		fail_msg("%s", err->text);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/report.html", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	static const char *const names[] = { "run.db", "run.db-wal", "run.db-shm", "lock", "report.html" };
	char name[96];
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "%s/%s", folder, names[i]);
		unlink(name);
	}
	return rmdir(folder);
}

/* A page's parts */

static struct json *part(const char *id)
{
	struct buf page = BUF_INIT;
	struct sow_error err = { 0 };
	char open[64];
	fine(infile_whole(path, &page, &err), &err);
	assert_true(page.len < REPORT_MOST);
	snprintf(open, sizeof(open), "<script type=\"application/json\" id=\"%s\">", id);
	size_t from = view_find(view_from(page.data, page.len), 0, open);
	assert_true(from != VIEW_NONE);
	from += strlen(open);
	size_t to = view_find(view_from(page.data, page.len), from, "</script>");
	struct json *doc = json_parse(page.data + from, to - from, &err);
	fine(doc ? SOW_OK : SOW_INVALID, &err);
	buf_release(&page);
	return doc;
}

static const json_value *at(const json_value *list, size_t i)
{
	const json_value *v = json_first(list);
	while (i--)
		v = json_next(list, v);
	return v;
}

static void is(const json_value *object, const char *key, const char *text)
{
	struct view v = json_text(json_get(object, key));
	if (!view_eqstr(v, text))
		fail_msg("%s is '%.*s', expected '%s'", key, VIEW_ARG(v), text);
}

/* A file */

static int report_text(const char *text, const struct report_options *o, bool skip_bad,
		       int64_t *bad, struct sow_error *err)
{
	struct records_options reading = { .skip_bad = skip_bad, .may_be_empty = true };
	struct records *in = records_text("in.jsonl", view_of(text), &reading, err);
	int status = in ? report_records(in, o, path, err) : (int)err->status;
	*bad = in ? (int64_t)records_bad(in) : 0;
	records_close(in);
	return status;
}

static const char three[] =
	"{\"instruction\":\"Write a poem about the sea.\",\"input\":\"\",\"output\":\"Waves.\"}\n"
	"{oops\n"
	"{\"instruction\":\"</script><script>window.__pwned=1</script>\",\"output\":\"<img src=x>\"}\n";

static void test_file(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct report_options o = options;
	int64_t bad;
	assert_int_equal(report_text(three, &o, false, &bad, &err), SOW_INVALID);
	assert_int_equal(access(path, F_OK), -1);
	fine(report_text(three, &o, true, &bad, &err), &err);
	assert_int_equal(bad, 1);
	struct json *data = part("data"), *records = part("records");
	const json_value *root = json_root(data), *first = at(json_root(records), 0);
	is(root, "kind", "file");
	is(root, "name", "the set");
	assert_int_equal(json_integer(json_get(root, "bad")), 1);
	assert_int_equal(json_integer(json_get(json_get(root, "stats"), "instructions")), 2);
	assert_int_equal(json_integer(json_get(json_get(root, "likeness"), "seeds")), 175);
	assert_null(json_get(root, "run"));
	is(first, "instruction", "Write a poem about the sea.");
	is(at(json_get(first, "instances"), 0), "output", "Waves.");
	assert_null(json_get(at(json_get(first, "instances"), 0), "input"));
	is(at(json_root(records), 1), "instruction", "</script><script>window.__pwned=1</script>");
	json_free(data);
	json_free(records);
}

/* However much there is and however long it is, the page stays small, and says what it cut. */
static void test_bounds(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct report_options o = options;
	struct buf text = BUF_INIT;
	int64_t bad;
	o.records = 1000;
	for (int i = 0; i < 1000; i++) {
		buf_addf(&text, "{\"instruction\":\"%d ", i);
		for (int k = 0; k < 1200; k++)
			buf_addstr(&text, "<&>\xC3\xA9");
		buf_addstr(&text, "\",\"output\":\"");
		for (int k = 0; k < 2000; k++)
			buf_addstr(&text, "\\u0001");
		buf_addstr(&text, "\"}\n");
	}
	assert_false(buf_failed(&text));
	fine(report_text(text.data, &o, false, &bad, &err), &err);
	struct json *data = part("data"), *records = part("records");
	size_t shown = json_count(json_root(records));
	assert_in_range(shown, 100, 999);
	assert_int_equal(json_integer(json_get(json_root(data), "shown")), shown);
	assert_int_equal(json_integer(json_get(json_get(json_root(data), "stats"), "instructions")), 1000);
	for (size_t i = 0; i < shown; i++)
		assert_true(json_bool(json_get(at(json_root(records), i), "cut")));
	json_free(data);
	json_free(records);
	buf_release(&text);
}

static void test_chat(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	int64_t bad;
	fine(report_text("{\"messages\":[{\"role\":\"system\",\"content\":\"Be kind.\"},{\"role\":\"user\","
			 "\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":\"Hello\"}]}\n", &options,
			 false, &bad, &err), &err);
	struct json *records = part("records");
	const json_value *turns = json_get(at(json_root(records), 0), "turns");
	assert_int_equal(json_count(turns), 3);
	is(at(turns, 0), "role", "system");
	is(at(turns, 2), "text", "Hello");
	json_free(records);
}

static void test_no_records(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	int64_t bad;
	fine(report_text("", &options, false, &bad, &err), &err);
	struct json *data = part("data"), *records = part("records");
	assert_int_equal(json_count(json_root(records)), 0);
	assert_int_equal(json_integer(json_get(json_get(json_root(data), "likeness"), "count")), 0);
	json_free(data);
	json_free(records);
}

/* A run */

static void put_unit(struct store *s, int64_t step, int64_t ticket, int64_t item, int64_t parent,
		     enum unit_state state, const char *source, const char *text)
{
	static const struct instance one = { { "", 0 }, { "An answer.", 10 } };
	struct sow_error err = { 0 };
	struct unit u = { .step = step, .ticket = ticket, .item = item, .stage = 3, .state = state,
			  .parent = parent, .instruction = view_of(text), .is_classification = 0,
			  .source = view_of(source),
			  .operation = view_of(parent ? "deepen" : "") };
	u.input = u.turns = view_of("");
	fine(store_new_unit(s, &u, NULL, 0, 0, &err), &err);
	fine(store_instances(s, &u, &one, state == UNIT_FINISHED, &err), &err);
}

static void put_reject(struct store *s, int64_t step, int64_t ticket, int64_t item, const char *rule,
		       const char *near)
{
	struct sow_error err = { 0 };
	struct rejected r = { .step = step, .ticket = ticket, .item = item, .stage = 1, .rule = rule,
			      .text = view_of("Write a poem on the sea."), .detail = view_of("sea"),
			      .near_id = view_of(near), .near_score = 0.75 };
	fine(store_reject(s, &r, &err), &err);
}

/* Two instructions of one request, one of which evolves: deepened twice, once in vain. */
static struct store *a_run(const char *seeds)
{
	struct sow_error err = { 0 };
	const struct view examples[] = { view_of("seed_1"), view_of("seed_2") };
	struct store *s = store_open(folder, STORE_RUN, &err);
	fine(s ? store_begin(s, &err) : SOW_IO, &err);
	const struct { int64_t step; const char *name, *value, *shown; } identity[] = {
		{ 1, "method", "self-instruct", "self-instruct" },
		{ 1, "seeds", seeds, "built in" },
		{ 1, "tokenizer", "ascii", "ascii" },
		{ 2, "method", "evol", "evol" },
	};
	for (size_t i = 0; i < sizeof(identity) / sizeof(identity[0]); i++)
		fine(store_put_identity(s, identity[i].step, identity[i].name, view_of(identity[i].value),
					view_of(identity[i].shown), &err), &err);
	fine(store_ticket(s, 1, 1, examples, 2, 2, false, &err), &err);
	put_unit(s, 1, 1, 1, 0, UNIT_FINISHED, "", "Write a poem about the sea.");
	put_unit(s, 1, 1, 2, 0, UNIT_FINISHED, "", "Name a tree.");
	put_reject(s, 1, 1, 3, "near-duplicate", "task_1_1");
	put_reject(s, 1, 1, 4, "near-duplicate", "seed_0");
	put_reject(s, 1, 1, 5, "keyword", "");
	put_unit(s, 2, 1, 1, 0, UNIT_FINISHED, "task_1_1", "Write a poem about the sea.");
	put_unit(s, 2, 1, 2, 1, UNIT_FAILED, "task_1_1", "Write a given prompt.");
	put_unit(s, 2, 1, 3, 1, UNIT_FINISHED, "task_1_1", "Write a poem about the sea, deeply.");
	put_reject(s, 2, 1, 2, "scaffold", "");
	fine(store_commit(s, &err), &err);
	return s;
}

/* The seeds built in, as a run has them in its identity. */
#define BUILT_IN "6666b4a02909ac011e7b20bf978235dd6ec45312a251df9c8b671d385f2f8073"

static void test_run(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct store *s = a_run(BUILT_IN);
	fine(report_run(s, &options, path, &err), &err);
	store_close(s);
	struct json *data = part("data"), *records = part("records"), *near = part("near");
	struct json *rejects = part("rejects"), *lineage = part("lineage");
	const json_value *root = json_root(data), *run = json_get(root, "run");
	assert_int_equal(json_integer(json_get(json_get(root, "stats"), "instructions")), 2);
	assert_int_equal(json_integer(json_get(root, "new")), 1);
	assert_int_equal(json_integer(json_get(json_get(root, "likeness"), "count")), 1);
	is(json_get(root, "seeds"), "words", "ascii");
	is(at(json_get(run, "steps"), 1), "method", "evol");
	assert_int_equal(json_integer(json_get(json_get(run, "rejects"), "near-duplicate")), 2);
	is(json_get(run, "rules"), "near-duplicate", rule_why("near-duplicate"));
	is(at(json_root(records), 1), "parent", "task_2_1_1");
	assert_null(json_get(at(json_root(records), 0), "near")); /* an input is not compared */
	assert_non_null(json_get(at(json_root(records), 1), "near"));
	is(json_get(at(json_root(near), 0), "near"), "text", "Write a poem about the sea.");
	assert_true(json_text(json_get(json_get(at(json_root(near), 1), "near"), "text")).len > 0);
	assert_int_equal(json_count(json_root(rejects)), 2);
	const json_value *chain = json_get(json_get(json_root(lineage), "chains"), "2.1");
	const json_value *texts = json_get(json_root(lineage), "texts");
	is(chain, "source", "task_1_1");
	assert_int_equal(json_count(json_get(chain, "links")), 3);
	is(json_get(json_root(lineage), "ended"), "2.1.2", "scaffold");
	assert_true(view_eqstr(json_text(at(json_get(json_get(json_root(lineage), "asked"), "1.1"), 1)),
			       "seed_2"));
	is(texts, "task_1_1", "Write a poem about the sea.");
	assert_true(json_text(json_get(texts, "seed_1")).len > 0);
	struct json *const docs[] = { data, records, near, rejects, lineage };
	for (size_t i = 0; i < 5; i++)
		json_free(docs[i]);
}

static void is_near(const char *text)
{
	struct json *near = part("near");
	is(json_get(at(json_root(near), 0), "near"), "text", text);
	json_free(near);
}

/* What the second step's first unit is noted as by its own pool, now and in older runs. */
static void second_pool(const char *first)
{
	struct sow_error err = { 0 };
	const struct view examples[] = { view_of(first) };
	struct store *s = store_open(folder, STORE_RUN, &err);
	fine(s ? store_begin(s, &err) : SOW_IO, &err);
	for (int64_t step = 1; step <= 2; step++)
		fine(store_put_identity(s, step, "method", view_of("self-instruct"),
					view_of("self-instruct"), &err), &err);
	put_unit(s, 1, 1, 1, 0, UNIT_FINISHED, "", "Of the first step.");
	put_unit(s, 2, 1, 1, 0, UNIT_FINISHED, "", "Of the second step.");
	fine(store_ticket(s, 2, 2, examples, 1, 1, false, &err), &err);
	put_unit(s, 2, 2, 1, 0, UNIT_FINISHED, "", "Another of the second step.");
	put_reject(s, 2, 2, 2, "near-duplicate", first);
	fine(store_commit(s, &err), &err);
	fine(report_run(s, &options, path, &err), &err);
	store_close(s);
	is_near("Of the second step.");
	struct json *lineage = part("lineage");
	const json_value *asked = json_get(json_get(json_root(lineage), "asked"), "2.2");
	assert_true(view_eqstr(json_text(at(asked, 0)), "task_2_1_1"));
	is(json_get(json_root(lineage), "texts"), "task_2_1_1", "Of the second step.");
	json_free(lineage);
}

static void test_second_pool(void **state)
{
	(void)state;
	second_pool("task_2_1_1");
}

static void test_older_pool(void **state)
{
	(void)state;
	second_pool("task_1_1");
}

/* What a reject was near to is the run's, whatever the page compares with. */
static void test_near_its_own_seed(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct report_options o = options;
	char seeds[96];
	snprintf(seeds, sizeof(seeds), "%s/seeds.txt", folder);
	FILE *f = fopen(seeds, "w");
	assert_non_null(f);
	assert_true(fputs("Not the seed that the run had.\n", f) >= 0);
	assert_int_equal(fclose(f), 0);
	o.seeds = seeds;
	struct store *s = a_run(BUILT_IN);
	put_reject(s, 1, 1, 0, "near-duplicate", "seed_0");
	fine(report_run(s, &o, path, &err), &err);
	store_close(s);
	unlink(seeds);
	struct json *near = part("near");
	struct view text = json_text(json_get(json_get(at(json_root(near), 0), "near"), "text"));
	assert_true(text.len > 0);
	assert_false(view_eqstr(text, "Not the seed that the run had."));
	json_free(near);
}

/* Seeds that are not what they were are not compared with; others may be given. */
static void test_other_seeds(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct store *s = a_run("0000");
	fine(report_run(s, &options, path, &err), &err);
	struct json *data = part("data");
	assert_null(json_get(json_root(data), "likeness"));
	assert_true(json_text(json_get(json_root(data), "seeds_missing")).len > 0);
	json_free(data);
	struct report_options o = options;
	char seeds[96];
	snprintf(seeds, sizeof(seeds), "%s/data/seed_tasks.jsonl", getenv("SOW_SOURCE_ROOT"));
	o.seeds = seeds;
	fine(report_run(s, &o, path, &err), &err);
	data = part("data");
	assert_int_equal(json_integer(json_get(json_get(json_root(data), "likeness"), "seeds")), 175);
	json_free(data);
	o.seeds = "/nowhere";
	assert_int_equal(report_run(s, &o, path, &err), SOW_IO);
	store_close(s);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(test_file), EACH(test_bounds), EACH(test_chat), EACH(test_no_records),
		EACH(test_run), EACH(test_second_pool), EACH(test_older_pool),
		EACH(test_near_its_own_seed),
		EACH(test_other_seeds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
