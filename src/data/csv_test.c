#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/csv.h"

/* Rows, and mistakes with their places, a line each; `piece` bytes at a time. */
static int list(struct view text, char delimiter, size_t piece, struct buf *out)
{
	struct csv csv = CSV_INIT(delimiter);
	struct view row, bytes = { "", 0 };
	int status = 0;
	bool over = false;
	while (!over) {
		if (!bytes.len && text.len) {
			bytes = view_sub(text, 0, piece);
			text = view_sub(text, piece, text.len);
		}
		over = !bytes.len;
		status = over ? csv_end(&csv, &row) : csv_next(&csv, &bytes, &row);
		if (status > 0)
			buf_addf(out, "%zu:%zu %.*s\n", csv.start.line, csv.start.column, VIEW_ARG(row));
		else if (status == SOW_INVALID)
			buf_addf(out, "%zu:%zu: %s\n", csv.where.line, csv.where.column, csv.wrong);
		else if (status)
			break;
	}
	csv_release(&csv);
	return status < 0 && status != SOW_INVALID ? status : SOW_OK;
}

static void gives_by(char delimiter, struct view text, const char *want)
{
	for (size_t piece = 1; piece < 40; piece += 3) {
		struct buf out = BUF_INIT;
		assert_int_equal(list(text, delimiter, piece, &out), SOW_OK);
		assert_string_equal(out.data, want);
		buf_release(&out);
	}
}

static void gives(const char *text, const char *want)
{
	gives_by(',', view_of(text), want);
}

static void rows(void **state)
{
	(void)state;
	gives("", "");
	gives("a,b", "");
	gives("a,b\n1,2\n3,4", "2:1 {\"a\":\"1\",\"b\":\"2\"}\n3:1 {\"a\":\"3\",\"b\":\"4\"}\n");
	gives("\n\r\na\n\n1\n\n", "5:1 {\"a\":\"1\"}\n");
	gives("a,b\n,\n", "2:1 {\"a\":\"\",\"b\":\"\"}\n");
	gives("a\n\"\"\n", "2:1 {\"a\":\"\"}\n");
	gives("a\n 1 \n", "2:1 {\"a\":\" 1 \"}\n");
	gives_by('\t', view_of("a\tb\n1,\t2\n"), "2:1 {\"a\":\"1,\",\"b\":\"2\"}\n");
	gives_by(';', view_of("a;b\n\"1;\";2\n"), "2:1 {\"a\":\"1;\",\"b\":\"2\"}\n");
}

static void quotes(void **state)
{
	(void)state;
	gives("a,b\n\"x,\"\"y\"\"\",\"z\nz\"\n", "2:1 {\"a\":\"x,\\\"y\\\"\",\"b\":\"z\\nz\"}\n");
	gives("a\n\"x\r\ny\"\r\n", "2:1 {\"a\":\"x\\r\\ny\"}\n");
	gives("a,b\nx\"y\",z\n", "2:1 {\"a\":\"x\\\"y\\\"\",\"b\":\"z\"}\n");
	gives("a\n\"x\"", "2:1 {\"a\":\"x\"}\n");
	gives("a,b\n\"x\"y,z\n1,2\n", "2:4: expected a delimiter or the end of the row after the closing "
				      "quote\n3:1 {\"a\":\"1\",\"b\":\"2\"}\n");
	gives("a,b\n1,2\n\"x,\ny\n", "2:1 {\"a\":\"1\",\"b\":\"2\"}\n"
				     "3:1: the quote that opens here is never closed\n");
}

static void ends_of_rows(void **state)
{
	(void)state;
	gives("a,b\r\n1,2\r\n", "2:1 {\"a\":\"1\",\"b\":\"2\"}\n");
	gives("a,b\n1,x\ry\n", "2:1 {\"a\":\"1\",\"b\":\"x\\ry\"}\n");
	gives("a,b\r1,2\r", "1:1: rows end with a carriage return alone; expected a line feed\n");
	gives("a,b\r\n1,2\r", "2:1 {\"a\":\"1\",\"b\":\"2\"}\n");
	gives_by(',', view_from("a\nx\0y\n", 6), "2:1 {\"a\":\"x\\u0000y\"}\n");
}

static void headers(void **state)
{
	(void)state;
	gives(" a , b\n1, 2\n", "2:1 {\"a\":\"1\",\"b\":\" 2\"}\n");
	gives(",b\n1,2\n", "2:1 {\"column_1\":\"1\",\"b\":\"2\"}\n");
	gives("\"a\"\"\",\"b\nc\"\n1,2\n", "3:1 {\"a\\\"\":\"1\",\"b\\nc\":\"2\"}\n");
	gives("a,b\n1\n1,2,3\n1,2\n", "2:1: expected 2 cells as in the header, not 1\n"
				      "3:1: expected 2 cells as in the header, not 3\n"
				      "4:1 {\"a\":\"1\",\"b\":\"2\"}\n");
}

static void two_of_a_name(void **state)
{
	(void)state;
	struct csv csv = CSV_INIT(',');
	struct view row, bytes = view_of("a,a\n1,2\n");
	assert_int_equal(csv_next(&csv, &bytes, &row), SOW_INVALID);
	assert_string_equal(csv.wrong, "two columns are named 'a'");
	assert_false(csv.has_header);
	csv_release(&csv);
	csv = (struct csv)CSV_INIT(',');
	bytes = view_of("column_2,\n1,2\n");
	assert_int_equal(csv_next(&csv, &bytes, &row), SOW_INVALID);
	assert_string_equal(csv.wrong, "two columns are named 'column_2'");
	csv_release(&csv);
}

static void delimiters(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		char delimiter;
		size_t known;
		bool names;
	} cases[] = {
		{ "instruction,output", ',', 2, true },
		{ "instruction;output;a,b", ';', 2, true },
		{ "prompt\tcompletion\tx", '\t', 2, true },
		{ "\"prompt\"|\"completion\"", '|', 2, true },
		{ " prompt , completion", ',', 2, false },
		{ "prompt,x y", ',', 1, false },
		{ "x,y", ',', 0, true },
		{ "x", ',', 0, false },
		{ "prompt,", ',', 1, false },
		{ "", ',', 0, false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t known;
		char d = csv_delimiter(view_of(cases[i].line), &known);
		assert_int_equal(d, cases[i].delimiter);
		assert_int_equal(known, cases[i].known);
		assert_int_equal(csv_is_names(view_of(cases[i].line), d), cases[i].names);
	}
}

static void too_long(void **state)
{
	(void)state;
	size_t len = ARRAY_ELEMENT_MAX + 100;
	char *text = malloc(len);
	struct buf out = BUF_INIT;
	assert_non_null(text);
	memset(text, 'a', len);
	memcpy(text, "a\n\"", 3);
	assert_int_equal(list(view_from(text, len), ',', 1 << 20, &out), SOW_TOOBIG);
	free(text);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows), cmocka_unit_test(quotes), cmocka_unit_test(ends_of_rows),
		cmocka_unit_test(headers), cmocka_unit_test(two_of_a_name), cmocka_unit_test(delimiters),
		cmocka_unit_test(too_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
