#include "data/parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "data/values.h"
#include "io/folder.h"
#include "io/outfile.h"

static struct buf scratch = BUF_INIT;
static struct arena *arena;
static struct sow_error err;

static const char *put(const char *name, const char *text, size_t len)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", scratch.data, name);
	struct outfile *out = outfile_open(path, &err);
	assert_non_null(out);
	outfile_write(out, text, len);
	assert_int_equal(outfile_finish(out, &err), SOW_OK);
	return arena_copystr(arena, path);
}

static const char *puts_file(const char *name, const char *text)
{
	return put(name, text, strlen(text));
}

/* Records of part k of n, each with its line's number, as if the parts before had been counted. */
static size_t list_part(struct parts *parts, size_t before, struct values_options *o, struct buf *out)
{
	struct value value;
	parts->before = before;
	parts->count_lines = true;
	o->parts = parts;
	struct values *v = values_open("input", o, &err);
	assert_non_null(v);
	int status;
	while ((status = values_next(v, &value, &err)) != 0 && !values_broken(v)) {
		if (status > 0)
			buf_addf(out, "%zu@%zu %.*s\n", values_line(v), value.at.line, VIEW_ARG(value.raw));
		else
			buf_addf(out, "%s\n", strstr(err.text, "f."));
	}
	assert_int_equal(status, 0);
	size_t numbers = values_line(v);
	values_close(v);
	return numbers;
}

static size_t list(const struct input_files *files, size_t k, size_t n, size_t before, bool plain, struct buf *out)
{
	struct parts parts;
	struct values_options o = { .lines = plain };
	assert_int_equal(parts_divide(&parts, files, k, n, &o, arena, &err), SOW_OK);
	return list_part(&parts, before, &o, out);
}

/* However many parts there are, they are the whole. */
static void same_in_parts(const struct input_files *files, bool plain)
{
	struct buf whole = BUF_INIT, parts = BUF_INIT;
	list(files, 0, 1, 0, plain, &whole);
	for (size_t n = 2; n <= 40; n++) {
		size_t before = 0;
		buf_clear(&parts);
		for (size_t k = 0; k < n; k++)
			before = list(files, k, n, before, plain, &parts);
		assert_string_equal(parts.data, whole.data);
	}
	buf_release(&whole);
	buf_release(&parts);
}

/* The same of the pieces of each part. */
static void same_in_pieces(const struct input_files *files, size_t n, uint64_t size)
{
	struct buf whole = BUF_INIT, cut = BUF_INIT;
	size_t all = 0;
	list(files, 0, 1, 0, false, &whole);
	for (size_t k = 0, before = 0; k < n; k++) {
		struct parts parts, *pieces;
		struct values_options o = { 0 };
		size_t count;
		assert_int_equal(parts_divide(&parts, files, k, n, &o, arena, &err), SOW_OK);
		parts.count_lines = true;
		assert_int_equal(parts_cut(&parts, size, arena, &pieces, &count, &err), SOW_OK);
		assert_true(count > 0);
		for (size_t i = 0; i < count; i++)
			before = list_part(&pieces[i], before, &o, &cut);
		all += count;
	}
	assert_string_equal(cut.data, whole.data);
	assert_true(all > n || size > 1000);
	buf_release(&whole);
	buf_release(&cut);
}

static void check(const char *const *paths, size_t count, bool plain)
{
	struct input_files files;
	assert_int_equal(input_files_list(&files, paths, count, arena, &err), SOW_OK);
	same_in_parts(&files, plain);
}

#define LINES "{\"a\":1}\n\n{\"a\":22222222222222222}\r\n{broken\n   \n{\"a\":3}\n{\"a\":4}"

static void test_one(void **state)
{
	(void)state;
	const char *const files[] = {
		puts_file("f.jsonl", LINES), puts_file("marked.jsonl", "\xEF\xBB\xBF" LINES "\n"),
		puts_file("f.txt", "One line.\nAnother one\n\nand the last"), puts_file("empty.jsonl", ""),
		puts_file("blank.jsonl", "\n \n\n"),
		puts_file("f.json", "[{\"a\":1},\n{\"a\":2},\n{\"a\":3}]"),
		puts_file("f.csv", "question,answer\n\"a\nb\",c\nd,e\n"),
		puts_file("one.jsonl", "{\"a\":\"a line that is longer than its share in most of the parts\"}\n{\"b\":1}"),
	};
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		check(&files[i], 1, false);
	check(files, 1, true);
}

static void test_pieces(void **state)
{
	(void)state;
	static char text[2000];
	struct input_files files;
	for (size_t i = 0; i < 130; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s{\"a\":%zu}\n", i % 7 ? "" : "\n", i * i);
	const char *const paths[] = { puts_file("f.one.jsonl", text), puts_file("f.two.jsonl", LINES),
				      puts_file("f.three.csv", "question,answer\na,c\nd,e\n"), puts_file("f.four.jsonl", "") };
	for (size_t count = 1; count <= 4; count += 3) {
		assert_int_equal(input_files_list(&files, paths, count, arena, &err), SOW_OK);
		for (size_t n = 1; n < 5; n++) {
			same_in_pieces(&files, n, count == 1 && n > 1 ? 100 : 1 << 20);
			same_in_pieces(&files, n, n > 1 || count > 1 ? 5 : 1 << 20);
		}
	}
}

static void test_several(void **state)
{
	(void)state;
	const char *const files[] = {
		puts_file("f.1.jsonl", LINES), puts_file("f.2.csv", "question,answer\na,c\nd,e\n"),
		puts_file("f.3.jsonl", ""), puts_file("f.4.txt", "One line.\nAnother one\n"),
		put("f.5.jsonl", "{\0\"\0a\0\"\0:\0""1\0}\0\n\0[\0]\0\n\0", 22),
		puts_file("f.6.jsonl", "{\"b\":1}\n{\"b\":2}\n" LINES),
	};
	check(files, 6, false);
}

static void test_folder(void **state)
{
	(void)state;
	struct buf path = BUF_INIT;
	struct input_files files;
	buf_addf(&path, "%s/set", scratch.data);
	assert_int_equal(folder_make(path.data, &err), SOW_OK);
	const char *set = path.data;
	assert_int_equal(input_files_list(&files, &set, 1, arena, &err), SOW_INVALID);
	puts_file("set/b.jsonl.zst", "{\"a\":3}\n");
	puts_file("set/a.jsonl", "{\"a\":1}\n{\"a\":2}\n");
	puts_file("set/index.json", "{}");
	puts_file("set/notes.md", "# Notes");
	puts_file("set/.hidden.jsonl", "{}");
	puts_file("set/c.jsonl.bz2", "");
	puts_file("set/d.jsonlines", "{}");
	assert_int_equal(input_files_list(&files, &set, 1, arena, &err), SOW_OK);
	assert_int_equal(files.count, 2);
	assert_int_equal(files.left_out, 2);
	assert_non_null(strstr(files.first_left_out, "/set/c.jsonl.bz2"));
	assert_non_null(strstr(files.list[0].path, "/set/a.jsonl"));
	same_in_parts(&files, false);
	set = "/nowhere/at-all.jsonl";
	assert_int_equal(input_files_list(&files, &set, 1, arena, &err), SOW_IO);
	buf_release(&path);
}

static int begin(void **state)
{
	(void)state;
	arena = arena_new();
	return folder_scratch(&scratch, &err) || !arena;
}

static int end(void **state)
{
	(void)state;
	folder_remove(scratch.data);
	buf_release(&scratch);
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_folder),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
