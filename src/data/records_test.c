#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "data/array.h"
#include "data/reader.h"
#include "io/outfile.h"

static struct sow_error err;
static char path[64];

static int set_up(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "/tmp/sow-reader-XXXXXX");
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

/* Reads on behind what is wrong; instructions and messages go to `out`, a line each. */
static void read_all(struct reader *r, struct buf *out)
{
	struct arena *a = arena_new();
	struct record task;
	int status;
	assert_non_null(r);
	while ((status = reader_next(r, a, &task, &err)) != 0 && !reader_broken(r)) {
		struct view text = status > 0 ? task.instruction : view_of(err.text);
		buf_add(out, text.p, text.len);
		buf_addch(out, '\n');
		arena_clear(a);
	}
	if (status < 0) {
		struct sow_error again = { 0 };
		assert_int_equal(reader_next(r, a, &task, &again), status);
		assert_string_equal(again.text, err.text);
		buf_addf(out, "broken: %s\n", err.text);
	}
	arena_free(a);
	reader_close(r);
}

static void reads(const char *text, const char *want)
{
	struct buf out = BUF_INIT;
	read_all(reader_of("f", view_of(text), &err), &out);
	assert_string_equal(out.data, want);
	buf_release(&out);
}

static void goes_on_behind_bad_records(void **state)
{
	(void)state;
	reads("{\"instruction\": \"a\"}\n{oops}\n\n{\"input\": 1}\n{\"instruction\": \"b\"}\n",
	      "a\nf:2:2: expected a name in double quotes\n"
	      "f:4: missing field 'instruction' (or 'messages', 'conversations', 'prompt')\nb\n");
	reads("[{\"instruction\": \"a\"},\n {\"instruction\": 1}, {oops}, {\"instruction\": \"b\"}]",
	      "a\nf:2: record 2: 'instruction' is a number; expected a text\n"
	      "f:2:23: expected a name in double quotes\nb\n");
	reads("a\n\xFF\nb", "a\nf:2:1: expected UTF-8, not the byte 0xFF\nb\n");
	reads("[{\"instruction\": \"a\"} x {\"instruction\": \"b\"}]",
	      "a\nbroken: f:1:23: expected , or ]\n");
}

static void kinds(void **state)
{
	(void)state;
	reads("", "");
	reads(" \n\t\n", "");
	reads("[ ]", "");
	reads("[ ] Buy milk\n", "[ ] Buy milk\n");
	reads("[1] Name a river.\n", "[1] Name a river.\n");
	reads("\n\n [\n\n{\"instruction\": \"a\"}]", "a\n");
	reads("\n\n\n[{", "broken: f:4:3: unexpected end of the text\n");
}

/* A file of many blocks gives what the same text in memory does, in whatever lines. */
static void blocks(void **state)
{
	(void)state;
	static const char *const between[] = { ",", ",\n", ",\n \n", " , " };
	for (size_t kind = 0; kind < 5; kind++) {
		struct buf text = BUF_INIT, want = BUF_INIT, got = BUF_INIT;
		buf_addstr(&text, kind ? "[" : "");
		for (int i = 0; i < 3000; i++) {
			buf_addf(&text, "%s{\"instruction\": \"Wört %d %0*d\"}",
				 !i ? "" : kind ? between[kind - 1] : "\n", i, 1 + i % 97, 0);
			buf_addf(&want, "Wört %d %0*d\n", i, 1 + i % 97, 0);
		}
		buf_addstr(&text, kind ? "]\n" : "");
		save(text.data, text.len);
		read_all(reader_open(path, &err), &got);
		assert_string_equal(got.data, want.data);
		buf_clear(&got);
		read_all(reader_of("f", view_from(text.data, text.len), &err), &got);
		assert_string_equal(got.data, want.data);
		buf_release(&text);
		buf_release(&want);
		buf_release(&got);
	}
}

static void files(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	assert_null(reader_open("/nonexistent/file", &err));
	assert_int_equal(err.status, SOW_IO);
	save("\x1F\x8B\x08 not gzip", 12);
	read_all(reader_open(path, &err), &out);
	assert_non_null(strstr(out.data, "broken: "));
	assert_non_null(strstr(out.data, ": damaged gzip data"));
	buf_release(&out);
}

static void too_long(void **state)
{
	(void)state;
	size_t len = ARRAY_ELEMENT_MAX + 100;
	char *text = malloc(len);
	struct buf out = BUF_INIT;
	assert_non_null(text);
	memset(text, 'a', len);
	memcpy(text, "[\n{\"instruction\":\"", 18);
	read_all(reader_of("f", view_from(text, len), &err), &out);
	assert_string_equal(out.data, "broken: f:2: record 1 is longer than 64 MiB\n");
	free(text);
	buf_release(&out);
}

static void out_of_memory(void **state)
{
	(void)state;
	static const char text[] = "[{\"instruction\": \"a\", \"history\": [[\"b\", \"c\"]], \"input\": "
				   "\"d\"}, {\"prompt\": [{\"role\": \"user\", \"content\": \"e\"}]}]";
	int status = SOW_NOMEM;
	save(text, sizeof(text) - 1);
	for (long n = 1; status == SOW_NOMEM; n++) {
		struct record task;
		mem_fail_after(n);
		struct arena *a = arena_new();
		struct reader *r = a ? reader_open(path, &err) : NULL;
		status = r ? 1 : SOW_NOMEM;
		while (status > 0)
			status = reader_next(r, a, &task, &err);
		mem_fail_after(0);
		reader_close(r);
		arena_free(a);
		assert_true(n < 1000);
	}
	assert_int_equal(status, SOW_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_on_behind_bad_records), cmocka_unit_test(kinds),
		cmocka_unit_test(blocks), cmocka_unit_test(files), cmocka_unit_test(too_long),
		cmocka_unit_test(out_of_memory),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
