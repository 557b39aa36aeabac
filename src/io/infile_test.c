#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/infile.h"
#include "io/saved_test.h"

#define MIB ((size_t)1 << 20)

/* All lines, each with a | behind it; the status goes to *status. */
static void read_lines(const char *from, struct buf *out, int *status, struct sow_error *err)
{
	struct view line;
	struct infile *in = infile_open(from, err);
	*status = in ? 1 : err->status;
	size_t n = 0;
	while (in && (*status = infile_line(in, &line, err)) > 0) {
		assert_int_equal(infile_number(in), ++n);
		buf_add(out, line.p, line.len);
		buf_addch(out, '|');
	}
	if (in && *status < 0) {
		struct sow_error again = { 0 };
		assert_int_equal(infile_line(in, &line, &again), *status);
		assert_string_equal(again.text, err->text);
		assert_int_equal(line.len, 0);
	}
	infile_close(in);
}

static void assert_lines(const char *from, const char *expected)
{
	struct buf b = BUF_INIT;
	struct sow_error err = { 0 };
	int status;
	read_lines(from, &b, &status, &err);
	if (status)
		print_error("%s\n", err.text);
	assert_int_equal(status, 0);
	assert_string_equal(b.data, expected);
	buf_release(&b);
}

static const struct {
	const char *text;
	const char *lines;
} texts[] = {
	{ "", "" },
	{ "\n", "|" },
	{ "a", "a|" },
	{ "a\n", "a|" },
	{ "a\nb", "a|b|" },
	{ "a\n\nb\n\n", "a||b||" },
	{ "a\r\nb\r\n", "a|b|" },
	{ "\r\n\r\n", "||" },
	{ "a\rb\r\nc\r", "a\rb|c|" },
	{ "\r", "|" },
	{ "a\r\r\n", "a\r|" },
	{ "\xEF\xBB\xBF" "a\n\xEF\xBB\xBF" "b", "a|\xEF\xBB\xBF" "b|" },
	{ "\xEF\xBB\xBF", "" },
	{ "\xEF\xBB\xBF\n", "|" },
	{ "\xEF\xBB", "\xEF\xBB|" },
	{ "\xEF\n\xBB", "\xEF|\xBB|" },
	{ "\x1F", "\x1F|" },
	{ "\x28\xB5\x2F", "\x28\xB5\x2F|" },
	{ "\xFE not UTF-8", "\xFE not UTF-8|" },
};

/* UTF-16 in both orders, with a mark and without, in blocks and packed. */
static void test_utf16(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t len;
		const char *lines;
		size_t repaired;
	} wide[] = {
		{ "\xFF\xFE" "a\0\n\0\xE9\0", 8, "a|\u00E9|", 0 },
		{ "\xFE\xFF" "\0a\0\r\0\n\x20\xAC", 10, "a|\u20AC|", 0 },
		{ "a\0b\0\r\0\n\0", 8, "ab|", 0 },
		{ "\0a\0b", 4, "ab|", 0 },
		{ "\xFF\xFE\x3D\xD8\x00\xDE", 6, "\U0001F600|", 0 },
		{ "\xFF\xFE\x3D\xD8" "a\0", 6, "\uFFFDa|", 1 },
		{ "\xFF\xFE\x00\xDE" "a\0", 6, "\uFFFDa|", 1 },
		{ "\xFF\xFE" "a\0" "b", 5, "a\uFFFD|", 1 },
		{ "\xFF\xFE" "a\0\x3D\xD8", 6, "a\uFFFD|", 1 },
		{ "\xFF\xFE", 2, "", 0 },
	};
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
		for (enum compression kind = COMPRESSION_NONE; kind <= COMPRESSION_ZSTD; kind++) {
			struct sow_error err = { 0 };
			struct buf b = BUF_INIT;
			struct view line;
			if (kind)
				pack(kind, wide[i].bytes, wide[i].len, &b);
			else
				buf_add(&b, wide[i].bytes, wide[i].len);
			save(b.data, b.len);
			assert_lines(path, wide[i].lines);
			struct infile *in = infile_open(path, &err);
			while (infile_line(in, &line, &err) > 0)
				;
			assert_int_equal(infile_repaired(in), wide[i].repaired);
			infile_close(in);
			buf_release(&b);
		}
	}
}

/* A long file: characters that cross the borders of blocks. */
static void test_utf16_blocks(void **state)
{
	(void)state;
	struct buf wide = BUF_INIT, narrow = BUF_INIT, got = BUF_INIT;
	struct sow_error err = { 0 };
	int status;
	buf_add(&wide, "\xFF\xFE", 2);
	for (int i = 0; i < 60000; i++) {
		buf_add(&wide, "\x3D\xD8\x00\xDE\xAC\x20" "x\0", 8);
		buf_addstr(&narrow, "\U0001F600\u20ACx");
		if (i % 7 == 0) {
			buf_add(&wide, "\n\0", 2);
			buf_addstr(&narrow, "|");
		}
	}
	save(wide.data, wide.len);
	read_lines(path, &got, &status, &err);
	buf_addstr(&narrow, "|");
	assert_int_equal(status, 0);
	assert_int_equal(got.len, narrow.len);
	assert_memory_equal(got.data, narrow.data, got.len);
	buf_release(&wide);
	buf_release(&narrow);
	buf_release(&got);
}

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (enum compression kind = COMPRESSION_NONE; kind <= COMPRESSION_ZSTD; kind++) {
			struct buf b = BUF_INIT;
			if (kind)
				pack(kind, texts[i].text, strlen(texts[i].text), &b);
			else
				buf_addstr(&b, texts[i].text);
			save(b.data, b.len);
			buf_release(&b);
			assert_lines(path, texts[i].lines);
		}
	}
	save("a\0b\n", 4);
	struct infile *in = infile_open(path, NULL);
	struct view line;
	assert_int_equal(infile_line(in, &line, NULL), 1);
	assert_int_equal(line.len, 3);
	assert_memory_equal(line.p, "a\0b", 3);
	assert_int_equal(infile_line(in, &line, NULL), 0);
	assert_int_equal(infile_line(in, &line, NULL), 0);
	assert_string_equal(infile_path(in), path);
	infile_close(in);
	infile_close(NULL);
}

/* What the programs of these formats wrote, ours had no hand in it. */
static void test_foreign_files(void **state)
{
	(void)state;
	static const char gzip[] = "\x1F\x8B\x08\x08\0\0\0\0\0\x03" "name\0" "\x4B\xE4\x4A\xE2\x02\0"
				   "\x97\x2A\x57\x18\x04\0\0\0";
	static const char zstd[] = "\x28\xB5\x2F\xFD\x04\x58\x21\0\0" "a\nb\n" "\x25\x50\xB3\x23";
	static const char skip[] = "\x5A\x2A\x4D\x18\x03\x00\x00\x00xyz";
	save(gzip, sizeof(gzip) - 1);
	assert_lines(path, "a|b|");
	save(zstd, sizeof(zstd) - 1);
	assert_lines(path, "a|b|");
	struct buf b = BUF_INIT;
	buf_add(&b, skip, sizeof(skip) - 1);
	pack(COMPRESSION_ZSTD, "a\n", 2, &b);
	buf_add(&b, skip, sizeof(skip) - 1);
	save(b.data, b.len);
	assert_lines(path, "a|");
	buf_release(&b);
}

static void test_blocks(void **state)
{
	(void)state;
	for (uint64_t unit = 0; unit < 8; unit++) {
		struct buf text = BUF_INIT, expected = BUF_INIT;
		make_lines(unit, &text, &expected);
		save(text.data, text.len);
		assert_lines(path, expected.data);
		for (enum compression kind = COMPRESSION_GZIP; kind <= COMPRESSION_ZSTD; kind++) {
			struct buf packed = BUF_INIT;
			pack_in_pieces(kind, unit, &text, &packed);
			save(packed.data, packed.len);
			assert_lines(path, expected.data);
			buf_release(&packed);
		}
		buf_release(&text);
		buf_release(&expected);
	}
}

static void test_members(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	for (enum compression kind = COMPRESSION_GZIP; kind <= COMPRESSION_ZSTD; kind++) {
		buf_clear(&b);
		pack(kind, "", 0, &b);
		pack(kind, "a\nb", 3, &b);
		pack(kind, "", 0, &b);
		pack(kind, "c\n", 2, &b);
		pack(kind, "d", 1, &b);
		save(b.data, b.len);
		assert_lines(path, "a|bc|d|");
	}
	buf_clear(&b);
	pack(COMPRESSION_GZIP, "a\n", 2, &b);
	buf_add(&b, "\0\0\0\0", 4);
	save(b.data, b.len);
	assert_lines(path, "a|");
	buf_release(&b);
}

static void assert_fails(int expected, const char *lines, const char *text)
{
	struct buf b = BUF_INIT;
	struct sow_error err = { 0 };
	int status;
	read_lines(path, &b, &status, &err);
	assert_int_equal(status, expected);
	assert_int_equal(err.status, expected);
	if (lines)
		assert_string_equal(b.data, lines);
	assert_string_equal(err.text + strlen(path), text);
	assert_memory_equal(err.text, path, strlen(path));
	buf_release(&b);
}

static void test_cut_short(void **state)
{
	(void)state;
	static const char *const errors[] = { "", ": ends in the middle of its gzip data",
					      ": ends in the middle of its zstd data" };
	for (enum compression kind = COMPRESSION_GZIP; kind <= COMPRESSION_ZSTD; kind++) {
		struct buf b = BUF_INIT;
		pack(kind, "first\nsecond\n", 13, &b);
		size_t first = b.len;
		pack(kind, "third\nfourth\n", 13, &b);
		for (size_t len = kind == COMPRESSION_GZIP ? 2 : 4; len < b.len; len++) {
			save(b.data, len);
			if (len == first)
				assert_lines(path, "first|second|");
			else
				assert_fails(SOW_INVALID, NULL, errors[kind]);
		}
		save(b.data, first + 5);
		assert_fails(SOW_INVALID, "first|second|", errors[kind]);
		buf_release(&b);
	}
}

/* A flipped bit is noticed, or does no harm. */
static void test_damaged(void **state)
{
	(void)state;
	for (enum compression kind = COMPRESSION_GZIP; kind <= COMPRESSION_ZSTD; kind++) {
		struct buf b = BUF_INIT;
		pack(kind, "first\nsecond\nsecond\nsecond\n", 27, &b);
		for (size_t i = 4; i < b.len; i++) {
			struct buf lines = BUF_INIT;
			struct sow_error err = { 0 };
			int status;
			b.data[i] = (char)(b.data[i] ^ 0x10);
			save(b.data, b.len);
			b.data[i] = (char)(b.data[i] ^ 0x10);
			read_lines(path, &lines, &status, &err);
			if (status)
				assert_int_equal(status, SOW_INVALID);
			else
				assert_string_equal(lines.data, "first|second|second|second|");
			buf_release(&lines);
		}
		b.data[b.len - 2] = (char)(b.data[b.len - 2] ^ 1); /* of size, of checksum */
		save(b.data, b.len);
		assert_fails(SOW_INVALID, NULL, kind == COMPRESSION_GZIP
			? ": damaged gzip data" : ": damaged zstd data");
		buf_release(&b);
	}
	struct buf b = BUF_INIT;
	pack(COMPRESSION_GZIP, "a\n", 2, &b);
	buf_addstr(&b, "garbage");
	save(b.data, b.len);
	assert_fails(SOW_INVALID, NULL, ": damaged gzip data");
	buf_cut(&b, b.len - 7);
	buf_add(&b, "\0\0\x1F\x8B", 4);
	save(b.data, b.len);
	assert_fails(SOW_INVALID, NULL, ": damaged gzip data");
	buf_release(&b);
}

static void assert_no_open(const char *from, const char *text)
{
	struct sow_error err = { 0 };
	assert_null(infile_open(from, &err));
	assert_int_equal(err.status, SOW_IO);
	assert_string_equal(err.text, text);
	assert_null(infile_open(from, NULL));
}

static void test_system_refuses(void **state)
{
	(void)state;
	char expected[128];
	assert_no_open("/nowhere/file", "/nowhere/file: No such file or directory");
	snprintf(expected, sizeof(expected), "%s: Is a directory", folder);
	assert_no_open(folder, expected);
	struct sow_error err = { 0 };
	struct view line;
	struct infile *in = infile_open("/proc/self/mem", &err); /* opens, cannot be read at 0 */
	assert_non_null(in);
	assert_int_equal(infile_line(in, &line, &err), SOW_IO);
	assert_string_equal(err.text, "/proc/self/mem: Input/output error");
	assert_int_equal(infile_line(in, &line, NULL), SOW_IO);
	infile_close(in);
}

/* Long lines; the files are holes */

static void save_hole(const char *before, size_t hole, const char *after)
{
	save(before, strlen(before));
	int fd = open(path, O_WRONLY);
	off_t end = (off_t)(strlen(before) + hole);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, end), 0);
	assert_int_equal(lseek(fd, 0, SEEK_END), end);
	assert_int_equal(write(fd, after, strlen(after)), strlen(after));
	close(fd);
}

static void assert_long_line_fits(const char *after, const char *next)
{
	struct view line;
	struct sow_error err = { 0 };
	save_hole("first\n", INFILE_LINE_MAX, after);
	struct infile *in = infile_open(path, &err);
	assert_int_equal(infile_line(in, &line, &err), 1);
	assert_int_equal(infile_line(in, &line, &err), 1);
	assert_int_equal(line.len, INFILE_LINE_MAX);
	assert_int_equal(infile_line(in, &line, &err), next ? 1 : 0);
	assert_true(view_eqstr(line, next ? next : ""));
	infile_close(in);
}

static void test_longest_line(void **state)
{
	(void)state;
	assert_long_line_fits("\r\nlast", "last");
	assert_long_line_fits("\nlast\n", "last");
	assert_long_line_fits("", NULL);
	save_hole("first\n", INFILE_LINE_MAX + 1, "\nlast\n");
	assert_fails(SOW_TOOBIG, "first|", ":2: longer than 64 MiB");
	save_hole("first\n", INFILE_LINE_MAX + 1, "");
	assert_fails(SOW_TOOBIG, "first|", ":2: longer than 64 MiB");
}

/* Lines that are too long, passed over: what comes behind is read, with its number. */
static void test_pass(void **state)
{
	(void)state;
	struct view line;
	struct sow_error err = { 0 };
	static const char *const after[] = { "\nlast\n", "\r\nlast", "x\nlast" };
	for (size_t i = 0; i < 3; i++) {
		save_hole("first\n", INFILE_LINE_MAX + (i ? 100000 : 1), after[i]);
		struct infile *in = infile_open(path, &err);
		assert_int_equal(infile_pass(in, &err), SOW_OK); /* nothing to pass over */
		assert_int_equal(infile_number(in), 0);
		assert_int_equal(infile_line(in, &line, &err), 1);
		assert_int_equal(infile_line(in, &line, &err), SOW_TOOBIG);
		assert_int_equal(infile_pass(in, &err), SOW_OK);
		assert_int_equal(infile_number(in), 2);
		assert_int_equal(infile_line(in, &line, &err), 1);
		assert_true(view_eqstr(line, "last"));
		assert_int_equal(infile_number(in), 3);
		assert_int_equal(infile_line(in, &line, &err), 0);
		infile_close(in);
	}
	save_hole("", INFILE_LINE_MAX + 9, "");
	struct infile *in = infile_open(path, &err);
	assert_int_equal(infile_line(in, &line, &err), SOW_TOOBIG);
	assert_int_equal(infile_pass(in, &err), SOW_OK);
	assert_int_equal(infile_line(in, &line, &err), 0);
	infile_close(in);
}

static long peak_kib(void)
{
	struct rusage used;
	getrusage(RUSAGE_SELF, &used);
	return used.ru_maxrss;
}

static void test_endless_line(void **state)
{
	(void)state;
	long before = peak_kib();
	save_hole("first\nsecond\n", 4096 * MIB, "\n");
	assert_fails(SOW_TOOBIG, "first|second|", ":3: longer than 64 MiB");
	/* 100 MB of one letter in 100 kB */
	char *text = malloc(100 * MIB);
	memset(text, 'x', 100 * MIB);
	struct buf packed = BUF_INIT;
	pack(COMPRESSION_GZIP, text, 100 * MIB, &packed);
	free(text);
	save(packed.data, packed.len);
	buf_release(&packed);
	assert_fails(SOW_TOOBIG, "", ":1: longer than 64 MiB");
	/* generous: a sanitizer keeps what was freed */
	assert_true(peak_kib() - before < 1024 * 1024);
}

/* Standard input */

/* Runs a child that writes `text` into a pipe `step` bytes at a time; the pipe becomes
 * standard input. Returns what was there before. */
static int feed(const char *text, size_t len, size_t step, pid_t *child)
{
	int ends[2], saved = dup(STDIN_FILENO);
	assert_int_equal(pipe(ends), 0);
	*child = fork();
	if (*child == 0) {
		close(ends[0]);
		for (size_t at = 0; at < len; at += step) {
			size_t n = len - at < step ? len - at : step;
			if (write(ends[1], text + at, n) != (ssize_t)n)
				_exit(1);
			usleep(200);
		}
		_exit(0);
	}
	close(ends[1]);
	assert_true(*child > 0);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	return saved;
}

/* What was there when it was opened is there until it was read: a file may grow, and nothing else. */
static void test_changed(void **state)
{
	(void)state;
	enum { LINES = 60000, HALF = LINES / 2 * 8 };
	static char text[LINES * 8 + 1];
	for (size_t i = 0; i < LINES; i++)
		memcpy(text + 8 * i, "a line.\n", 8);
	/* clocks of file systems are coarse */
	const struct timespec later[] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = 1 } };
	for (int how = 0; how < 4; how++) {
		struct sow_error err = { 0 };
		struct view line;
		size_t count = 0;
		save(text, LINES * 8);
		struct infile *in = infile_open(path, &err);
		assert_int_equal(infile_line(in, &line, &err), 1);
		int fd = open(path, O_WRONLY | (how == 3 ? O_APPEND : 0)), status;
		if (how == 1)
			assert_int_equal(ftruncate(fd, HALF), 0);
		if (how == 2)
			assert_true(pwrite(fd, "another", 7, HALF) == 7 && futimens(fd, later) == 0);
		if (how == 3)
			assert_int_equal(write(fd, "more\n", 5), 5);
		close(fd);
		while ((status = infile_line(in, &line, &err)) > 0)
			count++;
		assert_int_equal(status, how == 1 || how == 2 ? SOW_IO : SOW_OK);
		if (status)
			assert_non_null(strstr(err.text, ": changed while it was read"));
		else
			assert_int_equal(count, LINES - 1 + (how == 3));
		infile_close(in);
	}
}

static void test_standard_input(void **state)
{
	(void)state;
	static const size_t steps[] = { 1, 2, 3, 5, 1000 };
	for (enum compression kind = COMPRESSION_NONE; kind <= COMPRESSION_ZSTD; kind++) {
		struct buf b = BUF_INIT;
		const char *text = "\xEF\xBB\xBF" "first\r\n\nthird";
		if (kind)
			pack(kind, text, strlen(text), &b);
		else
			buf_addstr(&b, text);
		for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			pid_t child;
			int saved = feed(b.data, b.len, steps[i], &child), status;
			assert_lines("-", "first||third|");
			assert_int_equal(waitpid(child, &status, 0), child);
			assert_int_equal(status, 0);
			dup2(saved, STDIN_FILENO);
			close(saved);
		}
		buf_release(&b);
	}
	struct infile *in = infile_open("-", NULL);
	assert_string_equal(infile_path(in), "standard input");
	infile_close(in);
	assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0); /* it is not ours to close */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_utf16),
		cmocka_unit_test(test_utf16_blocks),
		cmocka_unit_test(test_foreign_files),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_system_refuses),
		cmocka_unit_test(test_longest_line),
		cmocka_unit_test(test_pass),
		cmocka_unit_test(test_endless_line),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_standard_input),
	};
	return cmocka_run_group_tests(tests, saved_set_up, saved_tear_down);
}
