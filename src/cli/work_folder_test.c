#include "cli/work_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/folder.h"

#define NAME 512

static struct buf scratch = BUF_INIT;
static char output[NAME];
static const struct hash key = { { 1 } }, other = { { 2 } };

static const char *in_scratch(const char *name)
{
	static char path[NAME];
	snprintf(path, sizeof(path), "%s/%s", scratch.data, name);
	return path;
}

static bool is_there(const char *name)
{
	return access(in_scratch(name), F_OK) == 0;
}

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(in_scratch(name), "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static struct work_folder start(const struct hash *of)
{
	struct work_folder w = WORK_FOLDER_INIT;
	struct sow_error err = { 0 };
	assert_int_equal(work_folder_open(&w, output, of, &err), SOW_OK);
	assert_true(is_there("out.work/shards"));
	return w;
}

/* As the kernel does it. */
static void die(struct work_folder *w)
{
	folder_unlock(w->lock);
	buf_release(&w->path);
	buf_release(&w->shards);
}

static void test_appears(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct work_folder w = start(&key);
	assert_false(w.resumes);
	write_file("out.work/shards/part-00000.jsonl", "{}\n");
	assert_int_equal(work_folder_appear(&w, &err), SOW_OK);
	work_folder_close(&w, false);
	assert_true(is_there("out/part-00000.jsonl"));
	assert_false(is_there("out.work"));
	folder_remove(output);
}

static void test_resumes(void **state)
{
	(void)state;
	struct work_folder w = start(&key);
	write_file("out.work/decided-00000", "");
	write_file("out.work/shards/part-00000.jsonl", "");
	write_file("out.work/shards/index.json", "");
	assert_true(work_folder_has_finished(&w));
	die(&w);
	for (int i = 0; i < 2; i++) {
		w = start(&key);
		assert_true(w.resumes && !w.replaces && is_there("out.work/decided-00000"));
		assert_true(is_there("out.work/shards/part-00000.jsonl"));
		assert_false(is_there("out.work/shards/index.json"));
		if (i)
			die(&w);
		else
			work_folder_close(&w, true);
	}
	write_file("out.work/mine", "");
	w = start(&other);
	assert_true(w.replaces);
	assert_false(w.resumes || is_there("out.work/decided-00000") || work_folder_has_finished(&w));
	assert_false(is_there("out.work/shards/part-00000.jsonl"));
	work_folder_close(&w, false);
	assert_true(is_there("out.work/mine")); /* not of a job */
	assert_int_equal(remove(in_scratch("out.work/mine")), 0);
	assert_int_equal(remove(in_scratch("out.work")), 0);
}

/* What --resume asks. */
static void test_find(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	assert_int_equal(work_folder_find(output, &key, &err), SOW_MISSING);
	assert_non_null(strstr(err.text, "out.work: no job was stopped here"));
	struct work_folder w = start(&key);
	die(&w);
	assert_int_equal(work_folder_find(output, &key, &err), SOW_OK);
	assert_int_equal(work_folder_find(output, &other, &err), SOW_MISSING);
	assert_non_null(strstr(err.text, "out.work: --resume: the job that was stopped here is another"));
	assert_true(is_there("out.work/command"));
	w = start(&key);
	work_folder_close(&w, false);
}

/* Another output could not appear; and one that never did does not take what is there. */
static void test_take_back(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct work_folder w = start(&key);
	write_file("out.work/shards/index.json", "{}\n");
	assert_int_equal(folder_make(output, &err), SOW_OK);
	write_file("out/mine", "");
	work_folder_take_back(&w);
	assert_true(is_there("out/mine") && is_there("out.work/shards/index.json"));
	assert_int_equal(work_folder_appear(&w, &err), SOW_IO);
	folder_remove(output);
	assert_int_equal(work_folder_appear(&w, &err), SOW_OK);
	work_folder_take_back(&w);
	assert_false(is_there("out"));
	work_folder_close(&w, false);
	assert_false(is_there("out.work"));
}

/* Stopped when this output was in its place and another not yet. */
static void test_taken_back(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct work_folder w = start(&key);
	write_file("out.work/shards/part-00000.jsonl", "{}\n");
	assert_false(work_folder_is_done(output, &key));
	assert_int_equal(work_folder_appear(&w, &err), SOW_OK);
	assert_true(work_folder_is_done(output, &key));
	assert_false(work_folder_is_done(output, &other));
	die(&w);
	work_folder_tidy(output, &other);
	assert_true(is_there("out.work"));
	w = start(&key);
	assert_false(is_there("out") || work_folder_is_done(output, &key));
	work_folder_close(&w, false);
	assert_false(is_there("out.work"));
}

/* Stopped behind that: while the folder is removed, or before. */
static void test_tidy(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	for (int removing = 0; removing < 2; removing++) {
		struct work_folder w = start(&key);
		work_folder_tidy(output, &key); /* at work */
		assert_true(is_there("out.work/shards"));
		assert_int_equal(work_folder_appear(&w, &err), SOW_OK);
		if (removing)
			assert_int_equal(remove(in_scratch("out.work/command")), 0);
		die(&w);
		work_folder_tidy(output, &key);
		assert_false(is_there("out.work"));
		folder_remove(output);
	}
}

static void test_in_use(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct work_folder w = start(&key), second = WORK_FOLDER_INIT;
	write_file("out.work/decided-00000", "");
	assert_int_equal(work_folder_open(&second, output, &other, &err), SOW_BUSY);
	assert_non_null(strstr(err.text, "out.work: in use by another process"));
	work_folder_close(&second, false);
	assert_true(is_there("out.work/decided-00000"));
	work_folder_close(&w, false);
	assert_false(is_there("out.work"));
}

/* A folder that a user named so, as that of an output. */
static void test_of_a_user(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct work_folder w = WORK_FOLDER_INIT;
	assert_int_equal(folder_make(in_scratch("out.work"), &err), SOW_OK);
	write_file("out.work/part-00000.jsonl", "{}\n");
	assert_int_equal(work_folder_open(&w, output, &key, &err), SOW_USAGE);
	work_folder_close(&w, false);
	work_folder_tidy(output, &key);
	assert_true(is_there("out.work/part-00000.jsonl"));
	folder_remove(in_scratch("out.work"));
}

static struct hash key_of(const char *command, char *last, size_t ranks)
{
	static char program[NAME], option[] = "-o";
	char named[NAME + 16];
	snprintf(program, sizeof(program), "%s", command);
	snprintf(named, sizeof(named), "--against=%s", in_scratch("in"));
	char *argv[] = { program, option, output, named, last };
	const struct arguments args = { .argc = last ? 5 : 4, .argv = argv };
	const struct input_files files = { .count = 0 };
	const char *const outputs[] = { output, NULL };
	struct hash k;
	work_folder_key(&args, &files, ranks, outputs, &k);
	return k;
}

static void test_key(void **state)
{
	(void)state;
	char first[] = "-q", second[] = "-k";
	write_file("in", "a");
	const struct hash one = key_of("dedup", first, 2), again = key_of("dedup", first, 2),
			  ranks = key_of("dedup", first, 3), option = key_of("dedup", second, 2),
			  command = key_of("novel", first, 2);
	char resume[] = "--resume";
	const struct hash resumed = key_of("dedup", resume, 2), none = key_of("dedup", NULL, 2);
	assert_memory_equal(&one, &again, sizeof(one));
	assert_memory_equal(&resumed, &none, sizeof(one));
	assert_memory_not_equal(&one, &ranks, sizeof(one));
	assert_memory_not_equal(&one, &option, sizeof(one));
	assert_memory_not_equal(&one, &command, sizeof(one));
	write_file("in", "ab");
	const struct hash input = key_of("dedup", first, 2);
	assert_memory_not_equal(&one, &input, sizeof(one));
	write_file("out", "an output is no input");
	const struct hash same = key_of("dedup", first, 2);
	assert_memory_equal(&input, &same, sizeof(one));
	assert_int_equal(remove(in_scratch("out")), 0);
}

static int begin(void **state)
{
	(void)state;
	if (folder_scratch(&scratch, NULL))
		return 1;
	snprintf(output, sizeof(output), "%s/out", scratch.data);
	return 0;
}

static int end(void **state)
{
	(void)state;
	folder_remove(scratch.data);
	buf_release(&scratch);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_appears),
		cmocka_unit_test(test_resumes),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_take_back),
		cmocka_unit_test(test_taken_back),
		cmocka_unit_test(test_tidy),
		cmocka_unit_test(test_in_use),
		cmocka_unit_test(test_of_a_user),
		cmocka_unit_test(test_key),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
