#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "data/records.h"
#include "io/outfile.h"

static struct sow_error err;
static char path[64];

static int set_up(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "/tmp/sow-records-XXXXXX");
	int fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

static void save(const char *text, size_t len)
{
	struct outfile *file = outfile_open(path, &err);
	assert_non_null(file);
	outfile_write(file, text, len);
	assert_int_equal(outfile_finish(file, &err), SOW_OK);
}

/* Instructions, a line each, and how it ends: a failure comes again. */
static void read_all(struct records *r, struct buf *out)
{
	struct arena *a = arena_new();
	struct record record;
	int status;
	assert_non_null(r);
	while ((status = records_next(r, a, &record, &err)) > 0) {
		buf_add(out, record.instruction.p, record.instruction.len);
		buf_addch(out, '\n');
		arena_clear(a);
	}
	if (status < 0) {
		struct sow_error again = { 0 };
		assert_int_equal(records_next(r, a, &record, &again), status);
		assert_string_equal(again.text, err.text);
		buf_addf(out, "failed: %s\n", err.text);
	}
	arena_free(a);
}

static void reads_with(const struct records_options *o, const char *text, const char *want)
{
	struct buf out = BUF_INIT;
	struct records *r = records_text("f", view_of(text), o, &err);
	read_all(r, &out);
	assert_string_equal(out.data, want);
	records_close(r);
	buf_release(&out);
}

static void reads(const char *text, const char *want)
{
	reads_with(NULL, text, want);
}

static void ends_at_a_bad_record(void **state)
{
	(void)state;
	reads("{\"instruction\": \"a\"}\n{oops}\n{\"instruction\": \"b\"}\n",
	      "a\nfailed: f:2:2: expected a name in double quotes\n");
	reads("[{\"instruction\": \"a\"},\n {\"instruction\": {}}, {\"instruction\": \"b\"}]",
	      "a\nfailed: f:2: record 2: 'instruction' is an object; expected a text\n");
	reads("question,answer\nwhy,so\n,no\n",
	      "why\nfailed: f:3: 'question' is empty\n");
}

static void skips_bad_records(void **state)
{
	(void)state;
	const struct records_options skip = { .skip_bad = true };
	static const char text[] = "{\"instruction\": \"a\"}\n{oops}\n\n{\"notes\": 1}\n"
				   "{\"instruction\": \"b\"}\n";
	struct buf out = BUF_INIT;
	struct records *r = records_text("f", view_of(text), &skip, &err);
	read_all(r, &out);
	assert_string_equal(out.data, "a\nb\n");
	assert_int_equal(records_count(r), 2);
	assert_int_equal(records_bad(r), 2);
	records_close(r);
	buf_release(&out);
	reads_with(&skip, "[{\"instruction\": \"a\"},{oops},{\"instruction\": \"b\"}]", "a\nb\n");
	reads_with(&skip, "instruction,output\na\n\"b\"x\nc,d\n", "c\n");
	reads_with(&skip, "{\n\"instruction\": \"a\"}\n] {\"instruction\": \"b\"}", "a\nb\n");
	/* never the structure around it */
	reads_with(&skip, "[{\"instruction\": \"a\"} x {\"instruction\": \"b\"}]",
		   "a\nfailed: f:1:23: expected , or ]\n");
	reads_with(&skip, "[{\"instruction\": \"a\"},{oops}",
		   "a\nfailed: f:1:29: unexpected end of the text\n");
	/* nor another kind of file */
	reads_with(&skip, "PK\x03\x04 a\nb\n", "failed: f:1:1: expected text; this is another kind of "
		   "file, such as Arrow, XLSX or ZIP\n");
	/* all of it is bad */
	reads_with(&skip, "{oops}\n{\"a\": 1}\n",
		   "failed: f: no record in it can be read; the first: f:1:2: expected a name in double "
		   "quotes\n");
}

static void none_at_all(void **state)
{
	(void)state;
	static const char *const texts[] = { "", " \n\t\n", "[ ]", "instruction,output\n" };
	const struct records_options any = { .may_be_empty = true };
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		reads(texts[i], "failed: f: no records in it; expected JSON, CSV, or one instruction a "
				"line\n");
		reads_with(&any, texts[i], "");
	}
}

static void described_mapped(const char *text, const struct columns *columns, const char *want)
{
	struct buf out = BUF_INIT, line = BUF_INIT;
	const struct records_options o = { .columns = columns };
	struct records *r = records_text("f", view_of(text), &o, &err);
	read_all(r, &out);
	assert_int_equal(records_describe(r, &line), want != NULL);
	if (want)
		assert_string_equal(line.data, want);
	records_close(r);
	buf_release(&out);
	buf_release(&line);
}

static void described(const char *text, const char *want)
{
	described_mapped(text, NULL, want);
}

/* Names that there is no room for are told to be there. */
static void many_parts(void **state)
{
	(void)state;
	struct facts all = { .records = 0 };
	for (int i = 0; i < 40; i++) {
		char names[64];
		struct facts part = { .records = 1 };
		snprintf(names, sizeof(names), "license, a member that only part %02d has", i);
		facts_set_outside(&part, view_of(names));
		facts_merge(&all, &part);
	}
	assert_int_equal(all.records, 40);
	assert_memory_equal(all.outside, "license, a member that only part 00 has, a", 42);
	assert_string_equal(strrchr(all.outside, ','), ", …");
	assert_true(strlen(all.outside) < sizeof(all.outside));
}

static void what_it_was(void **state)
{
	(void)state;
	const struct columns columns = { .path = { [COLUMN_ID] = "m.n" } };
	described("{\"instruction\": \"a\", \"input\": \"\", \"output\": \"b\"}", NULL);
	described("{\"question\": \"a\", \"response\": \"b\", \"source\": 1}\n{\"question\": \"a\"}",
		  "2 records: question → instruction, response → answer; kept as fields: source");
	described("prompt,completion\na,b\n", "1 record of CSV");
	described("{\"version\": 1, \"data\": [{\"instruction\": \"a\"}], \"license\": \"x\"}",
		  "1 record of an object with an array of records; left out, as it belongs to no record: "
		  "version, license");
	described("{\"instruction\": \"\xFF\"}\n{\"instruction\": \"b\"}",
		  "2 records; 1 with bytes that are not UTF-8, which read as U+FFFD");
	described_mapped("{\"instruction\": \"a\"}\n{\"instruction\": \"b\", \"m\": {\"n\": null}}",
			 &columns, "2 records: kept as fields: m");
}

static void counts_answers(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	static const char text[] = "{\"question\": \"a\", \"answer\": \"b\"}\n\n{\"question\": \"a\"}\n"
				   "{\"messages\": [{\"role\": \"user\", \"content\": \"q\"}, {\"role\": "
				   "\"assistant\", \"content\": \"c\"}]}\n";
	struct records *r = records_text("f", view_of(text), NULL, &err);
	read_all(r, &out);
	assert_int_equal(records_count(r), 3);
	assert_int_equal(records_answered(r), 2);
	assert_int_equal(records_line(r), 4);
	assert_string_equal(records_name(r), "f");
	records_close(r);
	buf_release(&out);
}

/* A file of many blocks gives what the same text in memory does, in whatever lines. */
static void blocks(void **state)
{
	(void)state;
	static const char *const between[] = { "\n", ",", ",\n", ",\n \n", " , ", ",\n", "\n" };
	static const char *const around[][2] = {
		{ "", "" }, { "[", "]" }, { "[", "]\n" }, { "[\n", "]" }, { "[", "]" },
		{ "{\"data\": [", "], \"n\": 1}" }, { "instruction,n\n", "\n" },
	};
	for (size_t kind = 0; kind < sizeof(between) / sizeof(*between); kind++) {
		struct buf text = BUF_INIT, want = BUF_INIT, got = BUF_INIT;
		bool csv = kind == 6;
		buf_addstr(&text, around[kind][0]);
		for (int i = 0; i < 3000; i++) {
			buf_addf(&text, csv ? "%s\"Wört\n%d, %0*d\",x" : "%s{\"instruction\": \"Wört\\n%d, "
				 "%0*d\"}", i ? between[kind] : "", i, 1 + i % 97, 0);
			buf_addf(&want, "Wört\n%d, %0*d\n", i, 1 + i % 97, 0);
		}
		buf_addstr(&text, around[kind][1]);
		save(text.data, text.len);
		struct records *r = records_file(path, NULL, &err);
		read_all(r, &got);
		records_close(r);
		assert_string_equal(got.data, want.data);
		reads(text.data, want.data);
		buf_release(&text);
		buf_release(&want);
		buf_release(&got);
	}
}

static void files(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	assert_null(records_file("/nonexistent/file", NULL, &err));
	assert_int_equal(err.status, SOW_IO);
	save("\x1F\x8B\x08 not gzip", 12);
	struct records *r = records_file(path, NULL, &err);
	read_all(r, &out);
	assert_non_null(strstr(out.data, "failed: "));
	assert_non_null(strstr(out.data, ": damaged gzip data"));
	records_close(r);
	buf_release(&out);
}

static void too_long(void **state)
{
	(void)state;
	const struct records_options skip = { .skip_bad = true };
	size_t len = ARRAY_ELEMENT_MAX + 100;
	char *text = malloc(len);
	struct buf out = BUF_INIT;
	assert_non_null(text);
	memset(text, 'a', len);
	memcpy(text, "[\n{\"instruction\":\"", 18);
	struct records *r = records_text("f", view_from(text, len), &skip, &err);
	read_all(r, &out);
	assert_string_equal(out.data, "failed: f:2: record 1 is longer than 64 MiB\n");
	records_close(r);
	free(text);
	buf_release(&out);
}

/* Any other source is a stream, too. */
static int two(void *data, struct arena *a, struct record *record, struct sow_error *e)
{
	int *left = data;
	(void)a;
	*record = (struct record)RECORD_INIT;
	record->instruction = view_of("a");
	if (*left < 0)
		return error_set(e, SOW_INVALID, "gone");
	return (*left)-- > 0;
}

static void closed(void *data)
{
	*(int *)data = 99;
}

static void other_sources(void **state)
{
	(void)state;
	int left = 2;
	const struct records_source source = { &left, two, closed };
	struct buf out = BUF_INIT;
	struct records *r = records_of("run", &source, &err);
	struct arena *a = arena_new();
	struct record record;
	assert_int_equal(records_next(r, a, &record, &err), 1);
	assert_int_equal(records_next(r, a, &record, &err), 1);
	assert_int_equal(records_next(r, a, &record, &err), 0);
	assert_int_equal(records_count(r), 2);
	assert_false(records_describe(r, &out));
	records_close(r);
	assert_int_equal(left, 99);
	arena_free(a);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_at_a_bad_record), cmocka_unit_test(skips_bad_records),
		cmocka_unit_test(none_at_all), cmocka_unit_test(many_parts), cmocka_unit_test(what_it_was),
		cmocka_unit_test(counts_answers), cmocka_unit_test(blocks), cmocka_unit_test(files),
		cmocka_unit_test(too_long), cmocka_unit_test(other_sources),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
