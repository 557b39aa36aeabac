#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "io/folder.h"
#include "review/links.h"
#include "review/query.h"

/* Ten records: i has the score i * 3 % 10, every third is French, the last was rejected. */
struct fixture {
	struct index *ix;
	struct verdicts *v;
	struct links links;
	struct orders *orders;
	struct buf dir, path;
};

static struct fixture f;

static int setup(void **state)
{
	(void)state;
	f = (struct fixture){ .dir = BUF_INIT, .path = BUF_INIT };
	assert_int_equal(folder_scratch(&f.dir, NULL), SOW_OK);
	buf_addf(&f.path, "%s/log", f.dir.data);
	f.v = verdicts_open(f.path.data, NULL);
	f.ix = index_new(NULL);
	assert_non_null(f.ix);
	links_init(&f.links, f.ix, f.v);
	f.orders = orders_new(f.ix, f.v);
	size_t score = index_score(f.ix, view_of("score"));
	for (int i = 0; i < 10; i++) {
		char json[120], key[8];
		struct index_facts facts = { .step = i < 5 ? 1 : 2 };
		for (size_t s = 0; s < INDEX_SCORES; s++)
			facts.scores[s] = NAN;
		snprintf(key, sizeof(key), "k%d", i);
		snprintf(json, sizeof(json), "{\"key\":\"%s\",\"instruction\":\"Say \\\"%d\\\" in the STRASSE\"}", key, i);
		facts.digest = i == 9 ? 0 : links_digest(view_of(key));
		facts.rule = view_of(i == 9 ? "too-long" : "");
		if (i != 4)
			facts.scores[score] = i * 3 % 10;
		assert_int_equal(index_add(f.ix, view_of(json), &facts, NULL), SOW_OK);
		index_set_name(f.ix, (size_t)i, NAMES_LANGUAGE,
			       index_name(f.ix, NAMES_LANGUAGE, view_of(i % 3 ? "ENGLISH" : "FRENCH")));
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	orders_free(f.orders);
	links_release(&f.links);
	verdicts_close(f.v);
	index_free(f.ix);
	folder_remove(f.dir.data);
	buf_release(&f.dir);
	buf_release(&f.path);
	return 0;
}

/* The places that a question in JSON finds, as "0 1 2". */
static void check(const char *question, const char *expected)
{
	struct sow_error err = { 0 };
	struct query q;
	struct query_result found;
	struct buf text = BUF_INIT;
	struct json *doc = json_parse(question, strlen(question), &err);
	assert_non_null(doc);
	assert_int_equal(query_read(&q, f.ix, json_root(doc), &err), SOW_OK);
	size_t from = 0;
	do { /* three at a time, so that going on is tried as well */
		assert_int_equal(query_run(f.orders, &q, from, 3, &found, &err), SOW_OK);
		for (size_t i = 0; i < found.count; i++)
			buf_addf(&text, "%s%u", text.len ? " " : "", (unsigned)found.found[i]);
		from = found.next;
	} while (from < found.of);
	assert_string_equal(text.data, expected);
	buf_release(&text);
	json_free(doc);
}

static void judge(const char *key, const char *by, enum verdict verdict)
{
	assert_int_equal(verdicts_append(f.v, &(struct verdict_action){ .key = view_of(key), .by = view_of(by),
						       .verdict = verdict }, NULL), SOW_OK);
	links_sync(&f.links);
}

static void test_filters(void **state)
{
	(void)state;
	check("{}", "0 1 2 3 4 5 6 7 8 9");
	check("{\"rule\":\"\"}", "0 1 2 3 4 5 6 7 8");
	check("{\"rule\":\"too-long\"}", "9");
	check("{\"rule\":\"no such rule\"}", "");
	check("{\"language\":\"FRENCH\"}", "0 3 6 9");
	check("{\"language\":\"FRENCH\",\"step\":2}", "6 9");
	check("{\"score\":\"score\",\"low\":4,\"high\":7}", "2 5 8 9");
	check("{\"score\":\"score\",\"low\":7}", "3 6 9");
	check("{\"score\":\"no such number\",\"low\":7}", "0 1 2 3 4 5 6 7 8 9");
}

static void test_orders(void **state)
{
	(void)state;
	/* scores 0 3 6 9 - 5 8 1 4 7; what has none comes last */
	check("{\"order\":\"worst\",\"order_score\":\"score\"}", "0 7 1 8 5 2 9 6 3 4");
	check("{\"order\":\"best\",\"order_score\":\"score\"}", "3 6 9 2 5 8 1 7 0 4");
	check("{\"order\":\"best\",\"order_score\":\"score\",\"language\":\"FRENCH\"}", "3 6 9 0");
	struct sow_error err = { 0 };
	struct query q;
	struct json *doc = json_parse("{\"order\":\"upwards\"}", 19, &err);
	assert_int_equal(query_read(&q, f.ix, json_root(doc), &err), SOW_USAGE);
	assert_string_equal(err.text, "order: unknown 'upwards'");
	json_free(doc);
}

static void test_verdicts(void **state)
{
	(void)state;
	judge("k2", "ada", VERDICT_KEEP);
	judge("k3", "ada", VERDICT_DROP);
	judge("k3", "bo", VERDICT_KEEP);
	judge("k5", "bo", VERDICT_DROP);
	judge("elsewhere", "bo", VERDICT_DROP);
	check("{\"verdict\":\"kept\"}", "2");
	check("{\"verdict\":\"dropped\"}", "5");
	check("{\"verdict\":\"disputed\"}", "3");
	check("{\"verdict\":\"open\"}", "0 1 4 6 7 8");
	check("{\"verdict\":\"mine-open\",\"by\":\"ada\"}", "0 1 4 5 6 7 8");
	assert_int_equal(verdicts_append(f.v, &(struct verdict_action){ .key = view_of("k5"), .by = view_of("bo"),
						       .undo = true }, NULL), SOW_OK);
	check("{\"verdict\":\"open\"}", "0 1 4 5 6 7 8");
}

static void test_search(void **state)
{
	(void)state;
	check("{\"search\":\"say\"}", "0 1 2 3 4 5 6 7 8 9");
	check("{\"search\":\"SAY \\\"7\"}", "7");
	check("{\"search\":\"straße\"}", "0 1 2 3 4 5 6 7 8 9"); /* folded: STRASSE is the same */
	check("{\"search\":\"instruction\"}", "");              /* a member's name is no text */
	check("{\"search\":\"k4\"}", "");                       /* nor is its key */
	check("{\"search\":\"nowhere\"}", "");
	check("{\"search\":\"say\",\"language\":\"FRENCH\"}", "0 3 6 9");
}

static void test_sample(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct query q;
	struct query_result all, found;
	struct json *doc = json_parse("{\"seed\":3,\"sample\":4}", 21, &err);
	assert_int_equal(query_read(&q, f.ix, json_root(doc), &err), SOW_OK);
	assert_int_equal(query_run(f.orders, &q, 0, 20, &found, &err), SOW_OK);
	assert_int_equal(found.count, 4);
	assert_int_equal(found.matches, 4);
	for (size_t i = 0; i < 4; i++)
		assert_true(found.found[i] != 9); /* what was rejected is no part of a sample */
	q.sample = 0;
	assert_int_equal(query_run(f.orders, &q, 0, 20, &all, &err), SOW_OK);
	assert_int_equal(all.count, 10);
	json_free(doc);
}

/* Long records are read few at a time, however many are asked for. */
static void test_read_some(void **state)
{
	(void)state;
	struct index *ix = index_new(NULL);
	struct buf json = BUF_INIT, out = BUF_INIT;
	struct index_facts facts = { 0 };
	assert_non_null(ix);
	memset(buf_space(&json, INDEX_SOME / 2), 'a', INDEX_SOME / 2);
	buf_wrote(&json, INDEX_SOME / 2);
	for (size_t len = INDEX_SOME / 2; len > 1; len /= 16) { /* that, a sixteenth, … */
		assert_int_equal(index_add(ix, view_from(json.data, len), &facts, NULL), SOW_OK);
		assert_int_equal(index_add(ix, view_from(json.data, len), &facts, NULL), SOW_OK);
	}
	size_t count = index_count(ix);
	assert_int_equal(index_read_some(ix, 0, &count, &out, NULL), SOW_OK);
	assert_int_equal(count, 1); /* two and their newlines are too much */
	assert_int_equal(out.len, INDEX_SOME / 2 + 1);
	buf_clear(&out);
	count = index_count(ix) - 1;
	assert_int_equal(index_read_some(ix, 1, &count, &out, NULL), SOW_OK);
	assert_int_equal(count, index_count(ix) - 1);
	buf_release(&json);
	buf_release(&out);
	index_free(ix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_filters, setup, teardown),
		cmocka_unit_test_setup_teardown(test_orders, setup, teardown),
		cmocka_unit_test_setup_teardown(test_verdicts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_search, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sample, setup, teardown),
		cmocka_unit_test(test_read_some),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
