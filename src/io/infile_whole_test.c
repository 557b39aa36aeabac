/* Files that are read whole, or looked at before they are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "io/infile.h"
#include "io/saved_test.h"

/* A line, then the rest of it; was there a mark? */
static void test_rest(void **state)
{
	(void)state;
	static const char *const marks[] = { "", "\xEF\xBB\xBF" };
	for (size_t i = 0; i < 2; i++) {
		struct buf text = BUF_INIT, b = BUF_INIT;
		struct sow_error err = { 0 };
		struct view line;
		buf_addf(&text, "%sone\ntwo\nthree", marks[i]);
		save(text.data, text.len);
		struct infile *in = infile_open(path, &err);
		assert_non_null(in);
		assert_int_equal(infile_line(in, &line, &err), 1);
		assert_int_equal(infile_rest(in, &b, &err), SOW_OK);
		assert_string_equal(b.data, "two\nthree");
		assert_int_equal(infile_marked(in), i);
		infile_close(in);
		buf_release(&text);
		buf_release(&b);
	}
}

static void test_whole(void **state)
{
	(void)state;
	struct buf text = BUF_INIT, expected = BUF_INIT, packed = BUF_INIT, b = BUF_INIT;
	struct sow_error err = { 0 };
	make_lines(99, &text, &expected);
	buf_addstr(&packed, "\xEF\xBB\xBF");
	buf_add(&packed, text.data, text.len);
	save(packed.data, packed.len);
	buf_addstr(&b, "> ");
	assert_int_equal(infile_whole(path, &b, &err), SOW_OK);
	assert_int_equal(b.len, text.len + 2);
	assert_string_equal(b.data + 2, text.data);
	buf_clear(&packed);
	pack_in_pieces(COMPRESSION_ZSTD, 3, &text, &packed);
	save(packed.data, packed.len);
	buf_cut(&b, 2);
	assert_int_equal(infile_whole(path, &b, &err), SOW_OK);
	assert_string_equal(b.data + 2, text.data);
	save(packed.data, packed.len - 1);
	buf_cut(&b, 2);
	assert_int_equal(infile_whole(path, &b, &err), SOW_INVALID);
	assert_string_equal(b.data, "> ");
	assert_int_equal(infile_whole("/nowhere", &b, NULL), SOW_IO);
	buf_release(&b);
	save("", 0);
	assert_int_equal(infile_whole(path, &b, &err), SOW_OK);
	assert_int_equal(b.len, 0);
	save("0123456789", 10);
	b.cap = 9;
	assert_int_equal(infile_whole(path, &b, &err), SOW_TOOBIG);
	assert_string_equal(err.text + strlen(path), ": longer than 9 bytes");
	buf_release(&text);
	buf_release(&expected);
	buf_release(&packed);
	buf_release(&b);
}

/* Peeking takes nothing; what is taken is not given as a line. */
static void test_peek(void **state)
{
	(void)state;
	struct view bytes, line;
	struct sow_error err = { 0 };
	save("\xEF\xBB\xBFone\ntwo\nthree", 16);
	struct infile *in = infile_open(path, &err);
	assert_int_equal(infile_peek(in, 1, &bytes, &err), 1);
	assert_int_equal(infile_peek(in, 100, &bytes, &err), 1);
	assert_int_equal(bytes.len, 13);
	assert_memory_equal(bytes.p, "one\ntwo\nthree", 13);
	infile_take(in, 4);
	assert_int_equal(infile_line(in, &line, &err), 1);
	assert_true(view_eqstr(line, "two"));
	assert_int_equal(infile_peek(in, 1, &bytes, &err), 1);
	assert_true(view_eqstr(bytes, "three"));
	infile_take(in, 5);
	assert_int_equal(infile_peek(in, 1, &bytes, &err), 0);
	assert_int_equal(bytes.len, 0);
	infile_close(in);
}

/* Over many blocks, plain and packed, pieces make up the whole. */
static void test_peek_blocks(void **state)
{
	(void)state;
	struct buf text = BUF_INIT, got = BUF_INIT;
	struct sow_error err = { 0 };
	struct view bytes;
	for (int i = 0; i < 40000; i++)
		buf_addf(&text, "%d ", i * 7919 % 10007);
	save(text.data, text.len);
	struct infile *in = infile_open(path, &err);
	for (size_t step = 1; infile_peek(in, step, &bytes, &err) > 0; step = step * 3 % 65521) {
		size_t len = step < bytes.len ? step : bytes.len;
		assert_true(bytes.len >= step || got.len + bytes.len == text.len);
		buf_add(&got, bytes.p, len);
		infile_take(in, len);
	}
	assert_string_equal(got.data, text.data);
	infile_close(in);
	buf_release(&text);
	buf_release(&got);
}

/* In a child: the process may end. 42 if the file was read whole, 43 if it was told to be too large. */
static int whole_at(long n)
{
	struct buf b = BUF_INIT;
	struct sow_error err = { 0 };
	mem_fail_after(n);
	int status = infile_whole(path, &b, &err);
	mem_fail_after(0);
	if (status == SOW_OK)
		return 42;
	return status == SOW_NOMEM && !b.len && strstr(err.text, path) == err.text &&
	       strstr(err.text, ": out of memory") ? 43 : 44;
}

/* Its size is the file's to decide: the error names the file, and the process goes on. */
static void test_whole_out_of_memory(void **state)
{
	(void)state;
	int told = 0, code = 0;
	save("0123456789", 10);
	for (long n = 1; code != 42; n++) {
		int status;
		pid_t child = fork();
		assert_true(child >= 0);
		if (!child) {
			assert_true(freopen("/dev/null", "w", stderr) != NULL);
			_exit(whole_at(n));
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		code = WEXITSTATUS(status);
		assert_true(code == 1 || code == 42 || code == 43);
		told += code == 43;
	}
	assert_true(told > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_whole_out_of_memory),
		cmocka_unit_test(test_peek),
		cmocka_unit_test(test_peek_blocks),
	};
	return cmocka_run_group_tests(tests, saved_set_up, saved_tear_down);
}
