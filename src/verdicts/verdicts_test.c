#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "io/folder.h"
#include "io/infile.h"
#include "verdicts/verdicts.h"

static char dir[256], path[300];

static int setup(void **state)
{
	(void)state;
	struct buf name = BUF_INIT;
	assert_int_equal(folder_scratch(&name, NULL), SOW_OK);
	snprintf(dir, sizeof(dir), "%s", name.data);
	snprintf(path, sizeof(path), "%s/data.jsonl.review.jsonl", dir);
	buf_release(&name);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	folder_remove(dir);
	return 0;
}

static struct verdicts *open_log(void)
{
	struct sow_error err = { 0 };
	struct verdicts *v = verdicts_open(path, &err);
	assert_non_null(v);
	return v;
}

static int act(struct verdicts *v, const char *by, const char *key, enum verdict verdict)
{
	return verdicts_append(v, &(struct verdict_action){ .key = view_of(key), .by = view_of(by),
							    .verdict = verdict }, NULL);
}

static int undo(struct verdicts *v, const char *by, const char *key)
{
	return verdicts_append(v, &(struct verdict_action){ .key = view_of(key), .by = view_of(by),
							    .undo = true }, NULL);
}

static enum verdict verdict_on(struct verdicts *v, const char *key)
{
	size_t record;
	return verdicts_find(v, view_of(key), &record) ? verdicts_decide(v, record).verdict : VERDICT_NONE;
}

static void append_raw(const char *text)
{
	FILE *f = fopen(path, "a");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void test_all_members_come_back(void **state)
{
	(void)state;
	struct verdicts *v = open_log();
	assert_int_equal(verdicts_count(v), 0);
	const struct verdict_action a = {
		.key = view_of("k\"1"), .by = view_of("ada"), .label = view_of("7"), .verdict = VERDICT_DROP,
		.reasons = view_of("[\"wrong\",\"ra\\u0000w\"]"), .note = view_of("line\nline \xF0\x9F\x8C\xB1"),
		.answers = { QUESTION_YES, QUESTION_OPEN, QUESTION_NO },
		.edit = view_of("{\"instruction\":\"new\"}"), .seconds = 3.25,
	};
	assert_int_equal(verdicts_append(v, &a, NULL), SOW_OK);
	verdicts_close(v);
	v = open_log();
	assert_int_equal(verdicts_count(v), 1);
	const struct verdict_action *b = verdicts_at(v, 0);
	assert_true(view_eq(b->key, a.key) && view_eq(b->by, a.by) && view_eq(b->label, a.label));
	assert_true(view_eq(b->reasons, a.reasons) && view_eq(b->note, a.note) && view_eq(b->edit, a.edit));
	assert_int_equal(b->verdict, VERDICT_DROP);
	assert_memory_equal(b->answers, a.answers, sizeof(a.answers));
	assert_true(b->seconds == 3.25 && b->at > 0);
	verdicts_close(v);
}

static void test_undo(void **state)
{
	(void)state;
	struct verdicts *v = open_log();
	act(v, "ada", "k", VERDICT_KEEP);
	act(v, "ada", "k", VERDICT_DROP);
	act(v, "bo", "other", VERDICT_DROP);
	assert_int_equal(verdict_on(v, "k"), VERDICT_DROP);
	assert_int_equal(undo(v, "bo", "k"), SOW_MISSING); /* not his */
	assert_int_equal(undo(v, "ada", "k"), SOW_OK);
	assert_int_equal(verdict_on(v, "k"), VERDICT_KEEP);
	assert_int_equal(undo(v, "ada", "k"), SOW_OK);
	assert_int_equal(verdict_on(v, "k"), VERDICT_NONE);
	assert_int_equal(undo(v, "ada", "k"), SOW_MISSING);
	assert_int_equal(act(v, "ada", "k", VERDICT_KEEP), SOW_OK);
	verdicts_close(v);
	v = open_log(); /* the same when it is read again */
	assert_int_equal(verdict_on(v, "k"), VERDICT_KEEP);
	assert_int_equal(verdict_on(v, "other"), VERDICT_DROP);
	assert_int_equal(verdicts_count(v), 6);
	verdicts_close(v);
}

static void test_people_disagree(void **state)
{
	(void)state;
	struct verdicts *v = open_log();
	size_t record;
	act(v, "ada", "k", VERDICT_DROP);
	act(v, "bo", "k", VERDICT_KEEP);
	assert_true(verdicts_find(v, view_of("k"), &record));
	struct decision d = verdicts_decide(v, record);
	assert_true(d.disputed && d.verdict == VERDICT_NONE);
	act(v, "cy", "k", VERDICT_DROP);
	d = verdicts_decide(v, record);
	assert_true(d.disputed && d.verdict == VERDICT_DROP && d.drops == 2);
	act(v, "ada", "k", VERDICT_KEEP); /* she changed her mind: hers counts once */
	d = verdicts_decide(v, record);
	assert_true(d.keeps == 2 && d.drops == 1 && d.verdict == VERDICT_KEEP);
	verdicts_close(v);
}

/* Killed while it wrote: what stands before is there, and what comes behind is not spoilt. */
static void test_torn_last_line(void **state)
{
	(void)state;
	struct verdicts *v = open_log();
	act(v, "ada", "k1", VERDICT_KEEP);
	verdicts_close(v);
	append_raw("{\"at\":1,\"by\":\"ada\",\"key\":\"k2\",\"verd");
	v = open_log();
	assert_int_equal(verdicts_count(v), 1);
	assert_int_equal(verdicts_damaged(v), 0); /* it may still be written */
	assert_int_equal(act(v, "ada", "k3", VERDICT_DROP), SOW_OK);
	assert_int_equal(verdicts_damaged(v), 1);
	verdicts_close(v);
	v = open_log();
	assert_int_equal(verdict_on(v, "k1"), VERDICT_KEEP);
	assert_int_equal(verdict_on(v, "k2"), VERDICT_NONE);
	assert_int_equal(verdict_on(v, "k3"), VERDICT_DROP);
	verdicts_close(v);
}

static void test_torn_at_every_byte(void **state)
{
	(void)state;
	struct buf whole = BUF_INIT;
	struct verdicts *v = open_log();
	act(v, "ada", "k1", VERDICT_KEEP);
	act(v, "ada", "k2", VERDICT_DROP);
	verdicts_close(v);
	assert_int_equal(infile_whole(path, &whole, NULL), SOW_OK);
	size_t first = (size_t)(strchr(whole.data, '\n') - whole.data) + 1;
	for (size_t cut = 0; cut <= whole.len; cut++) {
		assert_int_equal(truncate(path, 0), 0);
		FILE *f = fopen(path, "w");
		assert_int_equal(fwrite(whole.data, 1, cut, f), cut);
		assert_int_equal(fclose(f), 0);
		v = open_log();
		assert_int_equal(verdict_on(v, "k1"), cut >= first ? VERDICT_KEEP : VERDICT_NONE);
		assert_int_equal(verdict_on(v, "k2"), cut == whole.len ? VERDICT_DROP : VERDICT_NONE);
		assert_int_equal(act(v, "bo", "k3", VERDICT_KEEP), SOW_OK);
		verdicts_close(v);
		v = open_log();
		assert_int_equal(verdict_on(v, "k3"), VERDICT_KEEP);
		verdicts_close(v);
	}
	buf_release(&whole);
}

/* Two processes write at once, a third looks on: every line is whole, and each sees all. */
static void test_two_writers(void **state)
{
	(void)state;
	enum { EACH = 60 };
	pid_t children[2];
	for (int c = 0; c < 2; c++) {
		children[c] = fork();
		assert_true(children[c] >= 0);
		if (children[c])
			continue;
		struct verdicts *v = verdicts_open(path, NULL);
		for (int i = 0; v && i < EACH; i++) {
			char key[32];
			snprintf(key, sizeof(key), "k%d", i);
			if (act(v, c ? "bo" : "ada", key, c ? VERDICT_DROP : VERDICT_KEEP))
				_exit(1);
		}
		_exit(!v);
	}
	struct verdicts *v = open_log();
	for (int c = 0; c < 2; c++) {
		int status;
		assert_true(verdicts_refresh(v, NULL) >= 0);
		assert_int_equal(waitpid(children[c], &status, 0), children[c]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	assert_true(verdicts_refresh(v, NULL) >= 0);
	assert_int_equal(verdicts_count(v), 2 * EACH);
	assert_int_equal(verdicts_damaged(v), 0);
	assert_int_equal(verdicts_records(v), EACH);
	for (size_t i = 0; i < EACH; i++)
		assert_true(verdicts_decide(v, i).disputed);
	verdicts_close(v);
}

/* An edit is refused where another is in force than the one that it was made on. */
static void test_edit_on_an_edit(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct verdicts *v = open_log(), *w = open_log();
	struct verdict_action a = { .key = view_of("k"), .by = view_of("ada"), .edit = view_of("{}"), .at = 7,
				    .edit_on = view_of("0") };
	struct verdict_action b = { .key = view_of("k"), .by = view_of("bo"), .edit = view_of("{}"), .at = 8,
				    .edit_on = view_of("0") };
	assert_int_equal(verdicts_append(v, &a, &err), SOW_OK);
	assert_int_equal(verdicts_append(w, &b, &err), SOW_INVALID);
	assert_string_equal(err.text, "ada edited it meanwhile; look again");
	assert_int_equal(verdicts_count(w), 1);
	b.edit_on = view_of("7");
	assert_int_equal(undo(v, "ada", "k"), SOW_OK);
	assert_int_equal(verdicts_append(w, &b, &err), SOW_INVALID);
	assert_non_null(strstr(err.text, "taken back meanwhile"));
	assert_int_equal(verdicts_append(v, &a, &err), SOW_OK);
	assert_int_equal(verdicts_append(w, &b, &err), SOW_OK);
	a.edit_on = view_of("");
	assert_int_equal(verdicts_append(v, &a, &err), SOW_OK);
	verdicts_close(v);
	verdicts_close(w);
}

/* A verdict that went to a file without a name would be lost: it is refused. */
static void test_replaced(void **state)
{
	(void)state;
	struct verdict_action a = { .key = view_of("k2"), .by = view_of("ada"), .verdict = VERDICT_KEEP };
	enum { RENAMED, DELETED, CUT, BY_A_READER, WAYS };
	for (int way = 0; way < WAYS; way++) {
		struct sow_error err = { 0 };
		char other[350];
		snprintf(other, sizeof(other), "%s~", path);
		struct verdicts *v = open_log();
		assert_int_equal(act(v, "ada", "k1", VERDICT_DROP), SOW_OK);
		if (way == BY_A_READER) { /* it has read, and never written */
			verdicts_close(v);
			v = open_log();
		}
		if (way == CUT) {
			assert_int_equal(truncate(path, 3), 0);
		} else if (way == DELETED) {
			assert_int_equal(unlink(path), 0);
		} else {
			struct buf whole = BUF_INIT;
			assert_int_equal(infile_whole(path, &whole, NULL), SOW_OK);
			FILE *f = fopen(other, "w");
			assert_int_equal(fwrite(whole.data, 1, whole.len, f), whole.len);
			assert_int_equal(fclose(f), 0);
			assert_int_equal(rename(other, path), 0);
			buf_release(&whole);
		}
		assert_int_equal(verdicts_append(v, &a, &err), SOW_IO);
		assert_non_null(strstr(err.text, "was replaced; start sow review again"));
		assert_int_equal(verdicts_refresh(v, &err), SOW_IO);
		assert_int_equal(verdicts_count(v), 1);
		verdicts_close(v);
		v = open_log(); /* nobody holds it */
		assert_int_equal(verdicts_append(v, &a, &err), SOW_OK);
		verdicts_close(v);
		assert_int_equal(unlink(path), 0);
	}
}

static void test_what_cannot_be_written(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct verdicts *v = verdicts_open("/nowhere/at/all.jsonl", &err);
	assert_non_null(v); /* nothing is there to read */
	assert_int_equal(verdicts_append(v, &(struct verdict_action){
		.key = view_of("k"), .by = view_of("ada"), .verdict = VERDICT_KEEP }, &err), SOW_IO);
	assert_non_null(strstr(err.text, "/nowhere/at/all.jsonl: No such file or directory"));
	assert_int_equal(verdicts_count(v), 0);
	verdicts_close(v);
	v = open_log();
	assert_int_equal(verdicts_append(v, &(struct verdict_action){
		.key = view_of("k"), .by = view_of("\xFF"), .verdict = VERDICT_KEEP }, &err), SOW_INVALID);
	assert_int_equal(verdicts_count(v), 0);
	verdicts_close(v);
	append_raw("{\"key\":\"k\",\"by\":\"ada\",\"verdict\":\"keep\",\"seconds\":1e300}\n");
	v = open_log();
	assert_true(verdicts_at(v, 0)->seconds == VERDICT_SECONDS_MAX);
	verdicts_close(v);
	assert_int_equal(unlink(path), 0);
	append_raw("[1]\n{}\n\n{\"key\":\"k\",\"by\":\"\",\"verdict\":\"keep\"}\n");
	v = open_log();
	assert_int_equal(verdicts_count(v), 0);
	assert_int_equal(verdicts_damaged(v), 3);
	verdicts_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_members_come_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_undo, setup, teardown),
		cmocka_unit_test_setup_teardown(test_people_disagree, setup, teardown),
		cmocka_unit_test_setup_teardown(test_torn_last_line, setup, teardown),
		cmocka_unit_test_setup_teardown(test_torn_at_every_byte, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two_writers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_edit_on_an_edit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_cannot_be_written, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
