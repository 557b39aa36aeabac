#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "data/dataset.h"
#include "data/records.h"
#include "io/folder.h"
#include "io/infile.h"

#define TASKS 400

static char scratch[64], path[96];
static struct sow_error err;
static struct dataset_made made;

static int set_up(void **state)
{
	(void)state;
	snprintf(scratch, sizeof(scratch), "/tmp/sow-dataset-XXXXXX");
	snprintf(path, sizeof(path), "%s/set.jsonl", mkdtemp(scratch) ? scratch : "");
	err = (struct sow_error){ 0 };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	folder_remove(scratch);
	return access(scratch, F_OK) == 0;
}

/* Task i has root "root_(i / 4)": families of four. */
static int write_dataset(const struct dataset_options *o)
{
	struct dataset *p = dataset_open(o, &err);
	int status = p ? SOW_OK : (int)err.status;
	for (int i = 0; i < TASKS && !status; i++) {
		char text[2][32];
		struct instance one = { view_of(""), view_of("yes") };
		struct record t = RECORD_INIT;
		snprintf(text[0], sizeof(text[0]), "Task number %d", i);
		snprintf(text[1], sizeof(text[1]), "root_%d", i / 4);
		t.instruction = view_of(text[0]);
		t.lineage.root = view_of(text[1]);
		t.instances = &one;
		t.instance_count = 1;
		status = dataset_add(p, &t, &err);
	}
	if (!status)
		return dataset_finish(p, &made, &err);
	dataset_drop(p);
	return status;
}

/* The numbers of the tasks in a file, in their order. */
static size_t numbers(const char *name, int out[TASKS])
{
	struct arena *a = arena_new();
	struct records *r = records_file(name, NULL, &err);
	struct record t;
	size_t count = 0;
	assert_non_null(r);
	while (records_next(r, a, &t, &err) > 0) {
		const char *digits = strstr(t.instruction.p, "number ");
		assert_non_null(digits);
		assert_true(count < TASKS);
		out[count++] = atoi(digits + 7);
	}
	records_close(r);
	arena_free(a);
	return count;
}

static struct dataset_options options(const char *format)
{
	return (struct dataset_options){ .format = format_find(format), .path = path };
}

static void one_file(void **state)
{
	(void)state;
	struct dataset_options o = options("alpaca");
	int n[TASKS];
	assert_int_equal(write_dataset(&o), SOW_OK);
	assert_string_equal(made.kind, "JSONL"); /* the name says so */
	assert_int_equal(made.train.lines, TASKS);
	assert_int_equal(made.validation.files, 0);
	assert_int_equal(numbers(path, n), TASKS);
	for (int i = 0; i < TASKS; i++)
		assert_int_equal(n[i], i);
}

static void relatives_stay_together(void **state)
{
	(void)state;
	struct dataset_options o = options("messages");
	char other[128];
	int train[TASKS], validation[TASKS], again[TASKS];
	o.validation = 0.25;
	assert_int_equal(write_dataset(&o), SOW_OK);
	snprintf(other, sizeof(other), "%s/set-validation.jsonl", scratch);
	size_t t = numbers(path, train), v = numbers(other, validation);
	assert_int_equal(t + v, TASKS);
	assert_int_equal(made.validation.records, v);
	assert_true(v > TASKS / 8 && v < TASKS / 2);
	for (size_t i = 0; i < t; i++) {
		for (size_t j = 0; j < v; j++)
			assert_true(train[i] / 4 != validation[j] / 4);
	}
	o.seed = 1; /* another seed, another split */
	assert_int_equal(write_dataset(&o), SOW_OK);
	size_t w = numbers(other, again);
	assert_true(w != v || memcmp(again, validation, v * sizeof(int)) != 0);
	o.shuffle = true; /* the order has no say in it */
	o.seed = 0;
	assert_int_equal(write_dataset(&o), SOW_OK);
	assert_int_equal(numbers(other, again), v);
}

static void shuffled(void **state)
{
	(void)state;
	struct dataset_options o = options("alpaca");
	int first[TASKS], second[TASKS], count[TASKS] = { 0 };
	size_t moved = 0;
	o.shuffle = true;
	assert_int_equal(write_dataset(&o), SOW_OK);
	assert_int_equal(numbers(path, first), TASKS);
	assert_int_equal(write_dataset(&o), SOW_OK);
	assert_int_equal(numbers(path, second), TASKS);
	assert_memory_equal(first, second, sizeof(first));
	for (int i = 0; i < TASKS; i++) {
		count[first[i]]++;
		moved += first[i] != i;
	}
	for (int i = 0; i < TASKS; i++)
		assert_int_equal(count[i], 1);
	assert_true(moved > TASKS / 2);
	o.seed = 9;
	assert_int_equal(write_dataset(&o), SOW_OK);
	numbers(path, second);
	assert_memory_not_equal(first, second, sizeof(first));
}

static void templates_do_not_move(void **state)
{
	(void)state;
	struct dataset_options o = options("completion");
	struct buf plain = BUF_INIT, mixed = BUF_INIT;
	assert_int_equal(write_dataset(&o), SOW_OK);
	assert_int_equal(infile_whole(path, &plain, &err), SOW_OK);
	o.shuffle = true;
	assert_int_equal(write_dataset(&o), SOW_OK);
	assert_int_equal(infile_whole(path, &mixed, &err), SOW_OK);
	struct view rest = view_of(mixed.data), line;
	while (view_line(&rest, &line)) {
		char text[256];
		snprintf(text, sizeof(text), "%.*s\n", VIEW_ARG(line));
		assert_non_null(strstr(plain.data, text));
	}
	assert_int_equal(plain.len, mixed.len);
	buf_release(&plain);
	buf_release(&mixed);
}

static void folder_of(const char *ending)
{
	struct dataset_options o = options("alpaca");
	struct buf text = BUF_INIT;
	char folder[128], name[200];
	int n[TASKS], at = 0;
	snprintf(folder, sizeof(folder), "%s/new/set/", scratch);
	o.path = folder;
	o.folder = true;
	o.jsonl = strcmp(ending, "jsonl") == 0;
	o.shard_bytes = 10000;
	struct dataset *p = dataset_open(&o, &err);
	assert_non_null(p);
	buf_addstr(&text, "hello");
	assert_int_equal(dataset_add_file(p, "README.md", &text, &err), SOW_OK);
	dataset_drop(p);
	assert_true(folder_is_free(folder)); /* dropped: not there, and nothing beside */
	snprintf(name, sizeof(name), "%s/new/set.new-0", scratch);
	assert_int_not_equal(access(name, F_OK), 0);
	assert_int_equal(write_dataset(&o), SOW_OK);
	assert_true(made.train.files > 1);
	for (size_t i = 0; i < made.train.files; i++) {
		struct stat st;
		snprintf(name, sizeof(name), "%sdata/train-%05zu.%s", folder, i, ending);
		assert_int_equal(stat(name, &st), 0);
		assert_in_range(st.st_size, 1, 10200);
		size_t count = numbers(name, n);
		for (size_t j = 0; j < count; j++)
			assert_int_equal(n[j], at++);
	}
	assert_int_equal(at, TASKS);
	assert_int_equal(write_dataset(&o), SOW_USAGE); /* it holds something now */
	assert_non_null(strstr(err.text, "expected a folder that is new or empty"));
	buf_release(&text);
	folder_remove(folder);
}

static void a_folder(void **state)
{
	(void)state;
	folder_of("jsonl");
	folder_of("parquet");
}

/* The same records on the same sides, in the same order, whatever kind of file they are in. */
static void tables(void **state)
{
	(void)state;
	static const char *const endings[] = { "jsonl", "parquet", "csv", "tsv.gz" };
	static const char *const kinds[] = { "JSONL", "Parquet", "CSV", "TSV" };
	int first[2][TASKS], n[TASKS];
	size_t count[2];
	for (size_t i = 0; i < 4; i++) {
		struct dataset_options o = options("messages");
		char name[2][128];
		snprintf(name[0], sizeof(name[0]), "%s/set.%s", scratch, endings[i]);
		snprintf(name[1], sizeof(name[1]), "%s/set-validation.%s", scratch, endings[i]);
		o.path = name[0];
		o.validation = 0.25;
		o.shuffle = true;
		assert_int_equal(write_dataset(&o), SOW_OK);
		assert_string_equal(made.kind, kinds[i]);
		assert_int_equal(made.train.lines + made.validation.lines, TASKS);
		assert_int_equal(made.train.files + made.validation.files, 2);
		for (int side = 0; side < 2 && !i; side++)
			count[side] = numbers(name[side], first[side]);
		for (int side = 0; side < 2; side++) {
			assert_int_equal(numbers(name[side], n), count[side]);
			assert_memory_equal(n, first[side], count[side] * sizeof(int));
		}
	}
}

/* Both files have the columns of all records, also one without any. */
static void a_side_without_records(void **state)
{
	(void)state;
	struct dataset_options o = options("alpaca");
	char name[2][128];
	int n[TASKS];
	snprintf(name[0], sizeof(name[0]), "%s/set.parquet", scratch);
	snprintf(name[1], sizeof(name[1]), "%s/set-validation.parquet", scratch);
	o.path = name[0];
	o.validation = 1e-9;
	assert_int_equal(write_dataset(&o), SOW_OK);
	assert_int_equal(numbers(name[0], n), TASKS);
	assert_int_equal(numbers(name[1], n), 0);
	assert_int_equal(access(name[1], R_OK), 0);
}

static void a_full_disk(void **state)
{
	(void)state;
	static const char *const endings[] = { "parquet", "csv" };
	for (size_t i = 0; i < 2; i++) {
		struct dataset_options o = options("alpaca");
		char name[128], wanted[256];
		snprintf(name, sizeof(name), "%s/full.%s", scratch, endings[i]);
		assert_int_equal(symlink("/dev/full", name), 0);
		o.path = name;
		assert_int_equal(write_dataset(&o), SOW_IO);
		snprintf(wanted, sizeof(wanted), "%s: No space left on device", name);
		assert_string_equal(err.text, wanted);
	}
}

static void a_file_beside(void **state)
{
	(void)state;
	struct dataset_options o = options("llama-factory");
	struct buf text = BUF_INIT;
	char info[128];
	assert_int_equal(write_dataset(&o), SOW_OK);
	assert_string_equal(made.beside, "dataset_info.json");
	snprintf(info, sizeof(info), "%s/dataset_info.json", scratch);
	assert_int_equal(infile_whole(info, &text, &err), SOW_OK);
	assert_non_null(strstr(text.data, "\"file_name\": \"set.jsonl\""));
	buf_release(&text);
	o.format = format_find("axolotl");
	assert_int_equal(write_dataset(&o), SOW_OK);
	assert_string_equal(made.beside, "set.axolotl.yml");
	/* a file that is not what it should be stays as it is, and nothing is written */
	FILE *f = fopen(info, "w");
	fputs("not JSON", f);
	fclose(f);
	unlink(path);
	o.format = format_find("llama-factory");
	assert_int_equal(write_dataset(&o), SOW_INVALID);
	assert_ptr_equal(strstr(err.text, info), err.text);
	assert_int_not_equal(access(path, F_OK), 0);
}

static void what_makes_no_sense(void **state)
{
	(void)state;
	struct dataset_options o = options("alpaca");
	o.path = "-";
	o.validation = 0.1;
	assert_int_equal(write_dataset(&o), SOW_USAGE);
	o.validation = 0;
	o.folder = true;
	assert_int_equal(write_dataset(&o), SOW_USAGE);
	o.folder = false;
	o.path = "/nonexistent/x";
	assert_int_equal(write_dataset(&o), SOW_IO);
	o.path = "/dev/full";
	assert_int_equal(write_dataset(&o), SOW_IO);
	assert_string_equal(err.text, "/dev/full: No space left on device");
	o.path = "x.parquet.gz";
	assert_int_equal(write_dataset(&o), SOW_USAGE);
	o.path = "x.csv";
	o.jsonl = true;
	assert_int_equal(write_dataset(&o), SOW_USAGE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(one_file), TEST(relatives_stay_together), TEST(shuffled),
		TEST(templates_do_not_move), TEST(a_folder), TEST(tables), TEST(a_side_without_records),
		TEST(a_full_disk), TEST(a_file_beside),
		TEST(what_makes_no_sense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
