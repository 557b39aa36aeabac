#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "data/format.h"
#include "data/records.h"
#include "io/folder.h"
#include "verdicts/edit.h"
#include "verdicts/record_key.h"
#include "verdicts/reviewed.h"
#include "verdicts/verdicts.h"

static char dir[256], path[300];

static int setup(void **state)
{
	(void)state;
	struct buf name = BUF_INIT;
	assert_int_equal(folder_scratch(&name, NULL), SOW_OK);
	snprintf(dir, sizeof(dir), "%s", name.data);
	snprintf(path, sizeof(path), "%s/data.jsonl", dir);
	buf_release(&name);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	folder_remove(dir);
	return 0;
}

static const char *lines =
	"{\"instruction\":\"One\",\"output\":\"1\",\"level\":3}\n"
	"{\"instruction\":\"Two\",\"output\":\"2\"}\n"
	"{\"instruction\":\"Two\",\"output\":\"2\"}\n"
	"{\"instruction\":\"Two\",\"output\":\"2\"}\n"
	"{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":\"Ho\"}]}\n";

/* The key of the nth record that has this instruction. */
static void key_of(const char *instruction, size_t number, char key[RECORD_KEY_SIZE])
{
	struct records *r = records_text("lines", view_of(lines), NULL, NULL);
	struct hasher *h = hasher_new();
	struct arena *a = arena_new();
	struct record record;
	bool found = false;
	while (!found && records_next(r, a, &record, NULL) > 0)
		found = view_eqstr(record.instruction, instruction);
	assert_true(found);
	record_digest(&record, h, key);
	record_key_number(key, number);
	hasher_finish(h, NULL);
	arena_free(a);
	records_close(r);
}

static void act(const char *instruction, size_t number, enum verdict verdict, const char *edit)
{
	char key[RECORD_KEY_SIZE], log[350];
	snprintf(log, sizeof(log), "%s.review.jsonl", path);
	struct verdicts *v = verdicts_open(log, NULL);
	key_of(instruction, number, key);
	assert_int_equal(verdicts_append(v, &(struct verdict_action){
		.key = view_of(key), .by = view_of("ada"), .verdict = verdict, .edit = view_of(edit),
		.at = 1793000000000000000 }, NULL), SOW_OK);
	verdicts_close(v);
}

/* All that is taken, as lines; the line that is said is put behind. */
static void take_all(bool kept_only, bool objects, struct buf *out)
{
	const struct reviewed_options o = { .kept_only = kept_only };
	const struct records_options ro = { .objects = objects };
	struct sow_error err = { 0 };
	struct reviewed *v = reviewed_open(path, false, &o, &err);
	struct records *r = records_text("lines", view_of(lines), &ro, &err);
	struct arena *a = arena_new();
	struct record record;
	int status;
	while (records_next(r, a, &record, &err) > 0) {
		struct view json;
		status = reviewed_take(v, a, &record, &err);
		assert_true(status >= 0);
		if (!status)
			continue;
		assert_int_equal(format_object(&record, a, &json), SOW_OK);
		buf_addf(out, "%.*s\n", VIEW_ARG(json));
	}
	reviewed_say(v, true, out);
	assert_int_equal(out->status, SOW_OK);
	records_close(r);
	reviewed_close(v);
	arena_free(a);
}

static void check(bool kept_only, bool objects, const char *expected)
{
	struct buf out = BUF_INIT;
	take_all(kept_only, objects, &out);
	for (char *p; (p = strstr(out.data, dir));) /* the folder's name differs */
		memmove(p, p + strlen(dir) + 1, strlen(p + strlen(dir) + 1) + 1);
	assert_string_equal(out.data, expected);
	buf_release(&out);
}

static void test_no_review(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	const struct reviewed_options o = { 0 };
	assert_null(reviewed_open(path, false, &o, &err));
	assert_int_equal(err.status, SOW_OK);
	struct record r = RECORD_INIT;
	assert_int_equal(reviewed_take(NULL, NULL, &r, &err), 1);
}

/* Of three that say the same, the one that was dropped goes, and no other. */
static void test_one_of_three_alike(void **state)
{
	(void)state;
	act("Two", 2, VERDICT_DROP, "");
	act("One", 1, VERDICT_KEEP, "");
	check(false, false,
	      "{\"instruction\":\"One\",\"input\":\"\",\"output\":\"1\",\"level\":3,\"review\":{\"verdict\":\"keep\","
	      "\"by\":[\"ada\"],\"at\":\"2026-10-26T07:33:20Z\"}}\n"
	      "{\"instruction\":\"Two\",\"input\":\"\",\"output\":\"2\"}\n"
	      "{\"instruction\":\"Two\",\"input\":\"\",\"output\":\"2\"}\n"
	      "{\"instruction\":\"Hi\",\"input\":\"\",\"output\":\"Ho\"}\n"
	      "review (data.jsonl.review.jsonl): 1 dropped record left out; --ignore-review takes all as "
	      "they came");
	check(true, false,
	      "{\"instruction\":\"One\",\"input\":\"\",\"output\":\"1\",\"level\":3,\"review\":{\"verdict\":\"keep\","
	      "\"by\":[\"ada\"],\"at\":\"2026-10-26T07:33:20Z\"}}\n"
	      "review (data.jsonl.review.jsonl): 1 dropped record left out, 3 records left out that were "
	      "not kept; --ignore-review takes all as they came");
}

/* Objects keep their shape and their other members. */
static void test_edits(void **state)
{
	(void)state;
	act("One", 1, VERDICT_NONE, "{\"instruction\":[\"One\",\"One \\\"more\\\"\"],\"answers\":{\"0\":{\"output\":[\"1\",\"11\"]}}}");
	act("Hi", 1, VERDICT_KEEP, "{\"answers\":{\"0\":{\"output\":[\"Ho\",\"Hey\"]}}}");
	act("Two", 1, VERDICT_DROP, "");
	act("Two", 2, VERDICT_DROP, "");
	act("Two", 3, VERDICT_DROP, "");
	check(false, true,
	      "{\"instruction\":\"One \\\"more\\\"\",\"output\":\"11\",\"level\":3,\"review\":{\"by\":[],"
	      "\"at\":\"2026-10-26T07:33:20Z\",\"edited_by\":\"ada\"}}\n"
	      "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":\"Hey\"}],"
	      "\"review\":{\"verdict\":\"keep\",\"by\":[\"ada\"],\"at\":\"2026-10-26T07:33:20Z\","
	      "\"edited_by\":\"ada\"}}\n"
	      "review (data.jsonl.review.jsonl): 3 dropped records left out, 2 written as edited; "
	      "--ignore-review takes all as they came");
}

/* An old text that stands in the object twice can't be told there: the record's shape is ours. */
static void test_edit_gives_up_the_object(void **state)
{
	(void)state;
	const struct records_options ro = { .objects = true };
	struct records *r = records_text("x", view_of("{\"question\":\"a\",\"answer\":\"a\",\"n\":1}\n"), &ro, NULL);
	struct arena *a = arena_new();
	struct record record;
	struct sow_error err = { 0 };
	struct view json;
	assert_int_equal(records_next(r, a, &record, NULL), 1);
	assert_int_equal(edit_apply(view_of("{\"answers\":{\"0\":{\"output\":[\"a\",\"b\"]}}}"), a, &record, &err), SOW_OK);
	assert_int_equal(format_object(&record, a, &json), SOW_OK);
	assert_non_null(strstr(json.p, "\"instruction\":\"a\""));
	assert_non_null(strstr(json.p, "\"output\":\"b\""));
	assert_non_null(strstr(json.p, "\"n\":1"));
	/* found by what it was; one that is not there means nothing */
	assert_int_equal(edit_apply(view_of("{\"answers\":{\"3\":{\"output\":[\"b\",\"c\"]}}}"), a, &record, &err), SOW_OK);
	assert_true(view_eqstr(record.instances[0].output, "c"));
	assert_int_equal(edit_apply(view_of("{\"answers\":{\"0\":{\"output\":[\"b\",\"d\"]}}}"), a, &record, &err), SOW_OK);
	assert_true(view_eqstr(record.instances[0].output, "c"));
	static const char *const wrong[] = {
		"{\"instruction\":[\"b\",\"c\"]}", "{\"instruction\":7}", "{\"instruction\":[\"a\"]}",
		"{\"turns\":{\"0\":[\"a\",\"b\"]}}", "{\"answers\":{\"x\":{}}}",
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(edit_apply(view_of(wrong[i]), a, &record, &err), SOW_INVALID);
	records_close(r);
	arena_free(a);
}

/* A field "review" that the record came with is the record's; one that export wrote is ours. */
static void test_a_review_of_its_own(void **state)
{
	(void)state;
	const char *before = lines;
	static const char *const own = "{\"instruction\":\"One\",\"output\":\"1\",\"review\":\"five stars\"}\n"
		"{\"instruction\":\"Two\",\"output\":\"2\",\"review\":{\"by\":[\"bo\"],\"at\":\"2026-10-01T00:00:00Z\"}}\n";
	lines = own;
	act("One", 1, VERDICT_KEEP, "");
	act("Two", 1, VERDICT_KEEP, "");
	for (int objects = 0; objects < 2; objects++) {
		struct buf out = BUF_INIT;
		take_all(false, objects, &out);
		assert_non_null(strstr(out.data, "\"review\":\"five stars\",\"sow_review\":{\"verdict\":\"keep\""));
		assert_non_null(strstr(out.data, "\"output\":\"2\",\"review\":{\"verdict\":\"keep\""));
		assert_null(strstr(out.data, "\"bo\""));
		buf_release(&out);
	}
	lines = before;
}

/* An answer that is a number or a truth value is found by its text, and becomes one. */
static void test_edit_of_a_number(void **state)
{
	(void)state;
	static const struct { const char *record, *edit, *expected; } cases[] = {
		{ "{\"instruction\":\"q\",\"output\":42}", "{\"answers\":{\"0\":{\"output\":[\"42\",\"43\"]}}}",
		  "{\"instruction\":\"q\",\"output\":\"43\"}" },
		{ "{\"instruction\":\"q\",\"output\":true}", "{\"answers\":{\"0\":{\"output\":[\"true\",\"no\"]}}}",
		  "{\"instruction\":\"q\",\"output\":\"no\"}" },
		{ "{\"level\":\"42\",\"instruction\":\"q\",\"output\":42}",
		  "{\"answers\":{\"0\":{\"output\":[\"42\",\"43\"]}}}",
		  "{\"instruction\":\"q\",\"input\":\"\",\"output\":\"43\",\"level\":\"42\"}" },
	};
	const struct records_options ro = { .objects = true };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct records *r = records_text("x", view_of(cases[i].record), &ro, NULL);
		struct arena *a = arena_new();
		struct record record;
		struct view json;
		assert_int_equal(records_next(r, a, &record, NULL), 1);
		assert_int_equal(edit_apply(view_of(cases[i].edit), a, &record, NULL), SOW_OK);
		assert_int_equal(format_object(&record, a, &json), SOW_OK);
		assert_string_equal(json.p, cases[i].expected);
		records_close(r);
		arena_free(a);
	}
}

/* A last line without its newline: cut by an editor it is whole, cut by a crash it is said. */
static void test_a_last_line_without_its_end(void **state)
{
	(void)state;
	char log[350];
	struct stat st;
	snprintf(log, sizeof(log), "%s.review.jsonl", path);
	act("One", 1, VERDICT_DROP, "");
	for (int cut = 1; cut <= 2; cut++) {
		struct buf out = BUF_INIT;
		assert_int_equal(stat(log, &st), 0);
		assert_int_equal(truncate(log, st.st_size - 1), 0);
		take_all(false, false, &out);
		assert_non_null(strstr(out.data, cut == 1 ? ": 1 dropped record left out" : ": 1 damaged line passed over"));
		buf_release(&out);
	}
}

/* Verdicts whose records are gone are said, not lost in silence. */
static void test_records_that_are_gone(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	act("Two", 7, VERDICT_DROP, "");
	take_all(false, false, &out);
	assert_non_null(strstr(out.data, "1 verdict of a record that is not in it"));
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_no_review, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_of_three_alike, setup, teardown),
		cmocka_unit_test_setup_teardown(test_edits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_edit_gives_up_the_object, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_review_of_its_own, setup, teardown),
		cmocka_unit_test_setup_teardown(test_edit_of_a_number, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_last_line_without_its_end, setup, teardown),
		cmocka_unit_test_setup_teardown(test_records_that_are_gone, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
