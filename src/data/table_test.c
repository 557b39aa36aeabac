#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "data/parquet_rows.h"
#include "data/table.h"
#include "data/table_columns.h"
#include "data/values.h"
#include "io/infile.h"
#include "io/json.h"
#include "io/outfile.h"

static char path[64];
static struct sow_error err;

static int set_up(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "/tmp/sow-table-XXXXXX");
	int fd = mkstemp(path);
	err = (struct sow_error){ 0 };
	return fd < 0 || close(fd) ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

/* Writes lines, each with "\n" behind it, as a table into `path`. */
static int write_table(enum table_kind kind, const char *lines, struct buf *json)
{
	struct view rest = view_of(lines), line;
	struct table *t = table_new(kind, path, &err);
	struct outfile *out = t ? outfile_open(path, &err) : NULL;
	struct table_file *f = NULL;
	int status = out ? SOW_OK : (int)err.status;
	while (!status && view_line(&rest, &line))
		status = table_add(t, 0, line, &err);
	if (!status)
		status = table_rewind(t, 0, &err);
	if (!status) {
		f = table_open_file(t, out, &err);
		status = f ? SOW_OK : (int)err.status;
	}
	while (!status && (status = table_next(t, 0, &line, &err)) > 0)
		status = table_file_add(f, line, &err);
	if (!status) {
		status = table_file_finish(f, &err);
		f = NULL;
	}
	table_file_drop(f);
	if (!status && json)
		table_say_json(t, json);
	if (!status) {
		status = outfile_finish(out, &err);
		out = NULL;
	}
	outfile_drop(out);
	table_free(t);
	return status;
}

/* All records of the file as JSON lines. */
static int read_back(struct buf *out)
{
	struct value value;
	int status;
	struct values *v = values_open(path, NULL, &err);
	if (!v)
		return err.status;
	while ((status = values_next(v, &value, &err)) > 0)
		buf_addf(out, "%.*s\n", VIEW_ARG(value.json));
	values_close(v);
	return status;
}

/* That what is written of the lines is read back as `wanted`, and which columns are JSON. */
static void round_trip(const char *lines, const char *wanted, const char *json)
{
	struct buf back = BUF_INIT, columns = BUF_INIT;
	if (write_table(TABLE_PARQUET, lines, &columns) || read_back(&back))
		fail_msg("%s", err.text);
	assert_string_equal(back.data, wanted);
	assert_string_equal(columns.data, json);
	buf_release(&back);
	buf_release(&columns);
}

static void columns_of_one_type(void **state)
{
	(void)state;
	static const char lines[] =
		"{\"t\":\"a\",\"i\":1,\"d\":0.5,\"b\":true}\n"
		"{\"t\":\"\\u0000é\\n\",\"i\":-9223372036854775808,\"d\":-0.0,\"b\":false}\n"
		"{}\n"
		"{\"b\":true,\"i\":9223372036854775807,\"d\":1e300}\n";
	round_trip(lines, "{\"t\":\"a\",\"i\":1,\"d\":0.5,\"b\":true}\n"
			  "{\"t\":\"\\u0000é\\n\",\"i\":-9223372036854775808,\"d\":-0.0,\"b\":false}\n"
			  "{}\n"
			  "{\"i\":9223372036854775807,\"d\":1e300,\"b\":true}\n", "");
}

static void turns(void **state)
{
	(void)state;
	static const char lines[] =
		"{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\","
		"\"tool_calls\":[{\"id\":\"1\",\"function\":{\"name\":\"f\",\"arguments\":{\"x\":[1,{}]}}}]}]}\n"
		"{\"messages\":[]}\n"
		"{\"messages\":[{\"role\":\"user\",\"content\":null}],\"tools\":[{\"a\":1},{\"b\":2}]}\n";
	round_trip(lines,
		   "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\","
		   "\"tool_calls\":[{\"id\":\"1\",\"function\":{\"name\":\"f\",\"arguments\":{\"x\":[1,{}]}}}]}]}\n"
		   "{\"messages\":[]}\n"
		   "{\"messages\":[{\"role\":\"user\"}],\"tools\":[{\"a\":1},{\"b\":2}]}\n",
		   "messages.tool_calls.function.arguments, tools");
}

static void lists_in_lists(void **state)
{
	(void)state;
	static const char lines[] = "{\"l\":[[1,2],[],null,[null]],\"o\":{\"p\":{\"q\":[{\"r\":\"s\"}]}}}\n"
				    "{\"l\":[],\"o\":{}}\n"
				    "{\"l\":[[3]],\"o\":{\"p\":{}}}\n";
	round_trip(lines, lines, "");
}

/* Values of several types, numbers that no double holds, objects without members: JSON. */
static void columns_of_several_types(void **state)
{
	(void)state;
	static const char lines[] =
		"{\"a\":1,\"big\":18446744073709551616,\"long\":0.12345678901234567890,\"o\":{},\"w\":0.5}\n"
		"{\"a\":\"one\",\"big\":1,\"long\":1,\"w\":9007199254740993}\n"
		"{\"a\":{\"b\":[null]},\"big\":2,\"long\":2,\"w\":1}\n";
	round_trip(lines, lines, "a, big, long, o, w");
}

/* A double holds fewer digits of some, and 0 of others. */
static void digits_are_kept(void **state)
{
	(void)state;
	static const char lines[] = "{\"small\":1e-400,\"least\":1.2345678901e-320,"
				    "\"near\":0.12345678901234568,\"off\":8.5549886540912741}\n";
	round_trip(lines, lines, "small, least, off");
}

static void numbers_with_integers(void **state)
{
	(void)state;
	round_trip("{\"d\":1}\n{\"d\":2.5}\n", "{\"d\":1.0}\n{\"d\":2.5}\n", "");
}

static void deep_and_wide(void **state)
{
	(void)state;
	struct buf lines = BUF_INIT;
	buf_addstr(&lines, "{\"deep\":");
	for (int i = 0; i < 200; i++)
		buf_addstr(&lines, "{\"a\":[");
	for (int i = 0; i < 200; i++)
		buf_addstr(&lines, "]}");
	buf_addstr(&lines, ",\"wide\":{\"m0\":0");
	for (int i = 1; i < 150; i++)
		buf_addf(&lines, ",\"m%d\":%d", i, i);
	buf_addstr(&lines, "},\"twice\":{\"a\":1,\"a\":2}}\n");
	struct buf back = BUF_INIT, columns = BUF_INIT;
	assert_int_equal(write_table(TABLE_PARQUET, lines.data, &columns), SOW_OK);
	assert_int_equal(read_back(&back), SOW_OK);
	assert_string_equal(back.data, lines.data);
	assert_non_null(strstr(columns.data, ", wide, twice"));
	buf_release(&lines);
	buf_release(&back);
	buf_release(&columns);
}

/* More rows than a batch and than a row group, with texts that are few and that are not. */
static void many_rows(void **state)
{
	(void)state;
	struct buf lines = BUF_INIT, back = BUF_INIT;
	for (int i = 0; i < 60000; i++)
		buf_addf(&lines, "{\"role\":\"%s\",\"n\":%d,\"text\":\"%0*d\",\"tags\":[\"t%d\",\"u\"]}\n",
			 i % 3 ? "user" : "assistant", i, 700, i, i % 11);
	assert_true(lines.len > (size_t)40 << 20);
	assert_int_equal(write_table(TABLE_PARQUET, lines.data, NULL), SOW_OK);
	assert_int_equal(read_back(&back), SOW_OK);
	assert_int_equal(back.len, lines.len);
	assert_memory_equal(back.data, lines.data, lines.len);
	buf_release(&lines);
	buf_release(&back);
}

static void what_fits_no_table(void **state)
{
	(void)state;
	assert_int_equal(write_table(TABLE_PARQUET, "{\"a\":1,\"a\":2}\n", NULL), SOW_INVALID);
	assert_non_null(strstr(err.text, "two of its members have one name"));
	assert_int_equal(write_table(TABLE_PARQUET, "", NULL), SOW_INVALID);
	assert_int_equal(write_table(TABLE_PARQUET, "{}\n", NULL), SOW_INVALID);
}

/* The first bytes go to a full disk before a row is written. */
static void no_room_for_a_header(void **state)
{
	(void)state;
	struct buf line = BUF_INIT;
	buf_addch(&line, '{');
	for (int i = 0; i < 4000; i++)
		buf_addf(&line, "%s\"%0400d\":1", i ? "," : "", i);
	buf_addch(&line, '}');
	struct table *t = table_new(TABLE_CSV, path, &err);
	struct outfile *out = outfile_open("/dev/full", &err);
	assert_int_equal(table_add(t, 0, view_from(line.data, line.len), &err), SOW_OK);
	assert_int_equal(table_rewind(t, 0, &err), SOW_OK);
	assert_null(table_open_file(t, out, &err));
	assert_int_equal(err.status, SOW_IO);
	outfile_drop(out);
	table_free(t);
	buf_release(&line);
}

static void more_members_than_columns(void **state)
{
	(void)state;
	struct buf line = BUF_INIT;
	for (int i = 0; i < 300000; i++)
		buf_addf(&line, "%c\"m%d\":1", i ? ',' : '{', i);
	buf_addstr(&line, "}\n");
	assert_int_equal(write_table(TABLE_CSV, line.data, NULL), SOW_INVALID);
	assert_non_null(strstr(err.text, "more than 5000 members"));
	buf_release(&line);
}

static void write_cells(enum table_kind kind, const char *lines, const char *wanted)
{
	struct buf text = BUF_INIT;
	if (write_table(kind, lines, NULL) || infile_whole(path, &text, &err))
		fail_msg("%s", err.text);
	assert_string_equal(text.data, wanted);
	buf_release(&text);
}

static void cells(void **state)
{
	(void)state;
	static const char lines[] =
		"{\"instruction\":\"a, \\\"b\\\"\\nc\",\"n\":1.50,\"b\":true,\"l\":[1,\"x\"],\"e\":\"\"}\n"
		"{\"output\":\" d \",\"n\":null,\"instruction\":\"t\\tu\"}\n";
	write_cells(TABLE_CSV, lines, "instruction,n,b,l,e,output\n"
				      "\"a, \"\"b\"\"\nc\",1.50,true,\"[1,\"\"x\"\"]\",,\n"
				      "t\tu,,,,,\" d \"\n");
	write_cells(TABLE_TSV, lines, "instruction\tn\tb\tl\te\toutput\n"
				      "\"a, \"\"b\"\"\nc\"\t1.50\ttrue\t\"[1,\"\"x\"\"]\"\t\t\n"
				      "\"t\tu\"\t\t\t\t\t\" d \"\n");
	write_cells(TABLE_CSV, "{\"a\":\"\"}\n{\"a\":\"b\"}\n", "a\n\"\"\nb\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(columns_of_one_type, set_up, tear_down),
		cmocka_unit_test_setup_teardown(turns, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lists_in_lists, set_up, tear_down),
		cmocka_unit_test_setup_teardown(columns_of_several_types, set_up, tear_down),
		cmocka_unit_test_setup_teardown(digits_are_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(numbers_with_integers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(deep_and_wide, set_up, tear_down),
		cmocka_unit_test_setup_teardown(many_rows, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_fits_no_table, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_room_for_a_header, set_up, tear_down),
		cmocka_unit_test_setup_teardown(more_members_than_columns, set_up, tear_down),
		cmocka_unit_test_setup_teardown(cells, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
