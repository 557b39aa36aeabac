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

#include "base/draw.h"
#include "io/infile.h"
#include "io/outfile.h"
#include "io/outfile_folder_test.h"

static void test_compression(void **state)
{
	(void)state;
	static const size_t steps[] = { 1, 777, 65536, 1000000, 10000000 };
	static const char *const checks[] = { "zstd -qt %s", "gzip -t %s" };
	const char *const paths[] = { packed, zipped };
	struct buf text = BUF_INIT;
	fill(&text);
	for (size_t i = 0; i < 10; i++) {
		const char *where = paths[i % 2];
		struct outfile *out = outfile_open(where, NULL);
		size_t step = steps[i / 2], sum = 0;
		for (size_t at = 0; at < text.len; at += step)
			sum += (size_t)-outfile_write(out, text.data + at,
						      text.len - at < step ? text.len - at : step);
		assert_int_equal(sum, 0);
		assert_int_equal(outfile_finish(out, NULL), SOW_OK);
		struct stat st;
		assert_int_equal(stat(where, &st), 0);
		assert_true((size_t)st.st_size < text.len / 2);
		assert_content(where, text.data);
		/* the formats' own programs agree, where they are installed */
		char command[256], quiet[300];
		snprintf(command, sizeof(command), checks[i % 2], where);
		snprintf(quiet, sizeof(quiet), "command -v %.4s >/dev/null || exit 0; %s", command,
			 command);
		assert_int_equal(system(quiet), 0);
		unlink(where);
	}
	assert_int_equal(write_text(packed, "", NULL), SOW_OK);
	assert_content(packed, "");
	unlink(packed);
	buf_release(&text);
}

/* What does not compress leaves more than a block to the end. */
static void test_noise(void **state)
{
	(void)state;
	const char *const paths[] = { packed, zipped };
	struct draw d = draw_start(1, 2, 4);
	struct buf text = BUF_INIT;
	for (int i = 0; i < 300000; i++)
		buf_addch(&text, (char)(1 + draw_below(&d, 255)));
	for (size_t i = 0; i < 6; i++) {
		struct buf b = BUF_INIT;
		struct outfile *out = outfile_open(paths[i % 2], NULL);
		buf_add(&b, text.data, 100000 * (i / 2 + 1));
		outfile_write(out, b.data, b.len);
		assert_int_equal(outfile_finish(out, NULL), SOW_OK);
		assert_content(paths[i % 2], b.data);
		unlink(paths[i % 2]);
		buf_release(&b);
	}
	buf_release(&text);
}

static void read_raw(const char *where, struct buf *b)
{
	FILE *f = fopen(where, "rb");
	char block[4096];
	for (size_t n; (n = fread(block, 1, sizeof(block), f)) > 0;)
		buf_add(b, block, n);
	fclose(f);
}

/* The same text is the same bytes, whenever and however it is written. */
static void test_same_bytes(void **state)
{
	(void)state;
	const char *const paths[] = { path, packed, zipped };
	struct buf text = BUF_INIT;
	fill(&text);
	for (int i = 0; i < 3; i++) {
		struct buf a = BUF_INIT, b = BUF_INIT;
		assert_int_equal(write_text(paths[i], text.data, NULL), SOW_OK);
		read_raw(paths[i], &a);
		struct outfile *out = outfile_open(paths[i], NULL);
		for (size_t at = 0; at < text.len; at += 1001)
			outfile_write(out, text.data + at, text.len - at < 1001 ? text.len - at : 1001);
		assert_int_equal(outfile_finish(out, NULL), SOW_OK);
		read_raw(paths[i], &b);
		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.data, b.data, a.len);
		buf_release(&a);
		buf_release(&b);
		unlink(paths[i]);
	}
	buf_release(&text);
}

static uint64_t add(const char *where, uint64_t from, const char *text)
{
	struct infile_stamp stamp;
	struct sow_error err = { 0 };
	struct outfile *out = outfile_append(where, from, &err);
	assert_non_null(out);
	outfile_write(out, text, strlen(text));
	assert_int_equal(outfile_finish(out, &err), SOW_OK);
	assert_int_equal(infile_stamp(where, &stamp, &err), SOW_OK);
	return stamp.size;
}

/* Behind what is there, or behind some of it; of a compressed file behind what was finished. */
static void test_append(void **state)
{
	(void)state;
	const char *const names[] = { path, packed, zipped };
	struct sow_error err = { 0 };
	for (size_t i = 0; i < 3; i++) {
		uint64_t one = add(names[i], 0, "one\n");
		uint64_t two = add(names[i], one, "two\n");
		add(names[i], two, "three\n");
		assert_content(names[i], "one\ntwo\nthree\n");
		assert_true(add(names[i], one, "four\n") > one);
		assert_content(names[i], "one\nfour\n");
		assert_int_equal(count_files(), 1);
		assert_int_equal(remove(names[i]), 0);
	}
	struct outfile *full = outfile_append("/dev/full", 3, &err);
	assert_non_null(full);
	outfile_write(full, "x", 1);
	assert_int_equal(outfile_finish(full, &err), SOW_IO);
	assert_string_equal(err.text, "/dev/full: No space left on device");
	assert_null(outfile_append("/no/such/folder/file", 0, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compression),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_append),
	};
	return run_both_ways(tests, sizeof(tests) / sizeof(*tests));
}
