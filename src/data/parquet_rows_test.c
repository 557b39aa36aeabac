#include <dirent.h>
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

#include "base/buf.h"
#include "base/draw.h"
#include "base/mem.h"
#include "data/parquet_rows.h"
#include "data/records.h"
#include "io/infile.h"

/* The files of fuzz/corpus/parquet were written by pyarrow. */

#define MUTATIONS 400 /* of each of them */

static struct sow_error err;

static const char *corpus(const char *name)
{
	static char path[512];
	const char *root = getenv("SOW_SOURCE_ROOT");
	snprintf(path, sizeof(path), "%s/fuzz/corpus/parquet/%s", root ? root : ".", name);
	return path;
}

static void read_file(const char *name, struct buf *out)
{
	FILE *file = fopen(corpus(name), "rb");
	assert_non_null(file);
	char block[4096];
	for (size_t n; (n = fread(block, 1, sizeof(block), file)) > 0;)
		assert_int_equal(buf_add(out, block, n), SOW_OK);
	fclose(file);
}

static void expect_rows(const char *name, const char *wanted)
{
	struct buf rows = BUF_INIT;
	struct view json;
	int status;
	err = (struct sow_error){ 0 };
	struct parquet_rows *r = parquet_rows_open(fopen(corpus(name), "rb"), name, &err);
	if (!r)
		fail_msg("%s", err.text);
	while ((status = parquet_rows_next(r, &json, &err)) > 0)
		buf_addf(&rows, "%.*s\n", VIEW_ARG(json));
	if (status < 0)
		buf_addf(&rows, "%s\n", err.text);
	assert_string_equal(rows.data, wanted);
	parquet_rows_close(r);
	buf_release(&rows);
}

static void turns_in_every_compression(void **state)
{
	(void)state;
	static const char *const names[] = { "turns-none.parquet", "turns-snappy.parquet",
					     "turns-zstd.parquet", "turns-gzip.parquet",
					     "turns-lz4.parquet" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		expect_rows(names[i],
			    "{\"messages\":[{\"role\":\"user\",\"content\":\"Name a lake.\"},"
			    "{\"role\":\"assistant\",\"content\":\"Garda\",\"name\":\"g\"}],\"n\":1}\n"
			    "{\"messages\":[]}\n{\"n\":3}\n"
			    "{\"messages\":[null,{\"role\":\"user\"}],\"n\":4}\n");
}

static void row_groups_and_encodings(void **state)
{
	(void)state;
	static const char *const names[] = { "questions-two-groups.parquet",
					     "questions-plain-v2.parquet", "questions-delta.parquet" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		expect_rows(names[i],
			    "{\"question\":\"What is 2+2?\",\"answer\":\"4\",\"topic\":\"sums\"}\n"
			    "{\"question\":\"Why?\",\"topic\":\"why\"}\n"
			    "{\"question\":\"Why?\",\"answer\":\"So.\",\"topic\":\"why\"}\n");
	expect_rows("no-rows.parquet", "");
}

static void kinds_of_values(void **state)
{
	(void)state;
	expect_rows("kinds.parquet",
		    "{\"instruction\":\"a\",\"b\":true,\"i8\":-1,\"u64\":18446744073709551615,\"f\":0.1,"
		    "\"d\":0.1,\"h\":1.5,\"dec\":-12.34,\"day\":\"2026-11-28\","
		    "\"ts\":\"1970-01-01T00:00:00Z\",\"us\":\"1970-01-01T00:00:00.000001\","
		    "\"t\":\"01:01:01.000001\",\"id\":\"00000000-0000-0000-0000-000000000005\","
		    "\"bin\":\"text\",\"j\":{\"a\":[1]}}\n"
		    "{\"instruction\":\"b\",\"i8\":2,\"u64\":0,\"d\":null,\"h\":-0.25,\"dec\":0.05,"
		    "\"day\":\"0001-01-01\",\"ts\":\"1969-12-31T23:59:59.999Z\",\"t\":\"00:00:00\","
		    "\"id\":\"00000000-0000-0000-0000-000000000005\",\"bin\":\"more\",\"j\":\"oops\"}\n");
	expect_rows("int96.parquet", "{\"instruction\":\"a\",\"old\":\"1970-01-01T00:00:00\"}\n"
				     "{\"instruction\":\"b\",\"old\":\"1970-01-01T00:00:00.000000001\"}\n");
}

static void extremes(void **state)
{
	(void)state;
	expect_rows("extremes.parquet",
		    "{\"ns\":\"1677-09-21T00:12:43.145224192\",\"us\":\"-290308-12-21T19:59:05.224192\","
		    "\"ms\":\"-292275055-05-16T16:47:04.192\",\"day\":\"-5877641-06-23\","
		    "\"i64\":-9223372036854775808,\"t\":-1}\n"
		    "{\"ns\":\"2262-04-11T23:47:16.854775807\",\"us\":\"294247-01-10T04:00:54.775807\","
		    "\"ms\":\"292278994-08-17T07:12:55.807\",\"day\":\"5881580-07-11\","
		    "\"i64\":9223372036854775807,\"t\":86400000000}\n");
}

static void lists_maps_and_structs(void **state)
{
	(void)state;
	static const char *const names[] = { "nested.parquet", "nested-v2-zstd.parquet" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		expect_rows(names[i],
			    "{\"instruction\":\"x\",\"m\":{\"k\":1,\"l\":null},\"l\":[[1,null],[]],"
			    "\"s\":{\"a\":{\"b\":1}}}\n"
			    "{\"instruction\":\"y\",\"m\":{},\"s\":{}}\n"
			    "{\"instruction\":\"z\",\"l\":[null,[2]]}\n");
}

static void bytes_that_are_no_text(void **state)
{
	(void)state;
	expect_rows("bytes.parquet",
		    "bytes.parquet:1: column 'image' holds bytes that are not UTF-8\n");
}

/* A name that leaves a message no room for anything else. */
static void a_name_that_is_too_long(void **state)
{
	(void)state;
	char name[3 * SOW_ERROR_MAX];
	struct view json;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	err = (struct sow_error){ 0 };
	struct parquet_rows *r = parquet_rows_open(fopen(corpus("bytes.parquet"), "rb"), name, &err);
	assert_non_null(r);
	int status;
	while ((status = parquet_rows_next(r, &json, &err)) > 0)
		;
	assert_int_equal(status, SOW_INVALID);
	assert_int_equal(strspn(err.text, "n"), SOW_ERROR_MAX - 1);
	parquet_rows_close(r);
}

static void a_compression_that_cannot_be_read(void **state)
{
	(void)state;
	expect_rows("questions-brotli.parquet",
		    "questions-brotli.parquet: column 'question' is compressed by BROTLI; expected zstd, "
		    "snappy, gzip, LZ4 or none\n");
}

/* Every reader of records takes them, named or not, packed or not. */
static void as_records(void **state)
{
	(void)state;
	static const char *const names[] = { "questions-two-groups.parquet", "a", "-" };
	struct arena *a = arena_new();
	struct buf file = BUF_INIT, told = BUF_INIT;
	read_file(names[0], &file);
	for (size_t i = 0; i < 2; i++) {
		struct records *r = records_text(names[i], view_from(file.data, file.len), NULL, &err);
		struct record record;
		assert_non_null(r);
		for (int k = 0; k < 3; k++)
			assert_int_equal(records_next(r, a, &record, &err), 1);
		assert_string_equal(record.instances[0].output.p, "So.");
		assert_int_equal(records_next(r, a, &record, &err), 0);
		buf_clear(&told);
		assert_true(records_describe(r, &told));
		assert_string_equal(told.data, "3 records of Parquet: question → instruction; kept as "
					       "fields: topic");
		records_close(r);
	}
	buf_release(&file);
	buf_release(&told);
	arena_free(a);
}

static void what_is_called_parquet_is(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct record record;
	struct records *r = records_text("x.parquet", view_of("{\"instruction\":\"a\"}\n"), NULL, &err);
	assert_int_equal(records_next(r, a, &record, &err), SOW_INVALID);
	assert_string_equal(err.text, "x.parquet:1:1: expected Parquet, which begins with PAR1");
	records_close(r);
	r = records_text("x.parquet", view_of("PAR1 is a golf term\n"), NULL, &err);
	assert_int_equal(records_next(r, a, &record, &err), SOW_INVALID);
	assert_non_null(strstr(err.text, "x.parquet: not Parquet that can be read"));
	records_close(r);
	r = records_text("x.txt", view_of("PAR1 is a golf term\n"), NULL, &err);
	assert_int_equal(records_next(r, a, &record, &err), 1);
	records_close(r);
	arena_free(a);
}

/* Reads all rows, whatever they are: it ends. */
static void read_all(const char *bytes, size_t len)
{
	struct view json;
	int status = 1;
	FILE *file = fmemopen((void *)(uintptr_t)bytes, len, "rb");
	struct parquet_rows *r = parquet_rows_open(file, "damaged", &err);
	if (!r)
		assert_true(err.status == SOW_INVALID || err.status == SOW_NOMEM);
	for (int i = 0; r && i < 1000 && status; i++) {
		status = parquet_rows_next(r, &json, &err);
		if (status < 0 && parquet_rows_broken(r))
			break;
	}
	parquet_rows_close(r);
}

static void mutate(struct draw *d, char *bytes, size_t len)
{
	size_t at = draw_below(d, (uint32_t)len);
	for (size_t k = draw_below(d, 4); k < 4; k++) {
		bytes[at] = (char)draw_below(d, 256);
		at = draw_below(d, 2) ? draw_below(d, (uint32_t)len) : (at + 1) % len;
	}
}

static void damaged_files(void **state)
{
	(void)state;
	size_t files = 0;
	DIR *folder = opendir(corpus(""));
	assert_non_null(folder);
	for (struct dirent *e; (e = readdir(folder));) {
		struct buf file = BUF_INIT;
		if (e->d_name[0] == '.')
			continue;
		read_file(e->d_name, &file);
		for (size_t len = 1; len < file.len; len += 7)
			read_all(file.data, len);
		for (uint64_t i = 0; i < MUTATIONS; i++) {
			struct draw d = draw_start(1, 0, i);
			char *copy = mem_copy(file.data, file.len);
			mutate(&d, copy, file.len);
			read_all(copy, file.len);
			mem_free(copy);
		}
		buf_release(&file);
		files++;
	}
	closedir(folder);
	assert_true(files > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_in_every_compression),
		cmocka_unit_test(row_groups_and_encodings),
		cmocka_unit_test(kinds_of_values),
		cmocka_unit_test(extremes),
		cmocka_unit_test(lists_maps_and_structs),
		cmocka_unit_test(bytes_that_are_no_text),
		cmocka_unit_test(a_name_that_is_too_long),
		cmocka_unit_test(a_compression_that_cannot_be_read),
		cmocka_unit_test(as_records),
		cmocka_unit_test(what_is_called_parquet_is),
		cmocka_unit_test(damaged_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
