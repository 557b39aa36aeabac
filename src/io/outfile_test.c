#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
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

#include "base/draw.h"
#include "io/compress.h"
#include "io/folder.h"
#include "io/infile.h"
#include "io/outfile.h"
#include "io/outfile_folder_test.h"

#define NOBODY 65534

static mode_t mode_of(const char *where)
{
	struct stat st;
	assert_int_equal(stat(where, &st), 0);
	return st.st_mode & 07777;
}

static void test_appears_whole(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct outfile *out = outfile_open(path, &err);
	assert_non_null(out);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(outfile_write(out, "hello ", 6), SOW_OK);
	assert_int_equal(outfile_write(out, NULL, 0), SOW_OK);
	assert_int_equal(outfile_write(out, "there\n", 6), SOW_OK);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(count_files(), named);
	assert_int_equal(outfile_finish(out, &err), SOW_OK);
	assert_content(path, "hello there\n");
	assert_int_equal(count_files(), 1);
	/* another content takes its place; until then the old one stands */
	out = outfile_open(path, &err);
	outfile_write(out, "new", 3);
	assert_content(path, "hello there\n");
	assert_int_equal(outfile_finish(out, NULL), SOW_OK);
	assert_content(path, "new");
	/* and an empty file is a file */
	assert_int_equal(write_text(path, "", &err), SOW_OK);
	assert_content(path, "");
	unlink(path);
}

static void test_drop(void **state)
{
	(void)state;
	struct outfile *out = outfile_open(path, NULL);
	outfile_write(out, "x", 1);
	outfile_drop(out);
	assert_int_equal(count_files(), 0);
	save(path, "old");
	out = outfile_open(path, NULL);
	outfile_write(out, "x", 1);
	outfile_drop(out);
	assert_content(path, "old");
	assert_int_equal(count_files(), 1);
	unlink(path);
	outfile_drop(NULL);
}

/* A process that is killed leaves nothing, or a file of that name. */
static void test_killed(void **state)
{
	(void)state;
	save(path, "old");
	pid_t child = fork();
	if (!child) {
		struct outfile *out = outfile_open(path, NULL);
		outfile_write(out, "x", 1);
		raise(SIGKILL);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_content(path, "old");
	assert_int_equal(count_files(), 1 + named);
	folder_remove(folder);
	assert_int_equal(mkdir(folder, 0700), 0);
}

static void test_same(void **state)
{
	(void)state;
	char other[96], there[96];
	snprintf(other, sizeof(other), "%s/./file", folder);
	snprintf(there, sizeof(there), "%s/../%s/file", folder, strrchr(folder, '/') + 1);
	for (int i = 0; i < 2; i++) { /* not there yet, then there */
		assert_true(outfile_same(path, path));
		assert_true(outfile_same(path, other));
		assert_true(outfile_same(there, other));
		assert_false(outfile_same(path, packed));
		assert_false(outfile_same(path, "-"));
		save(path, "");
	}
	assert_int_equal(symlink(path, link_path), 0);
	assert_true(outfile_same(path, link_path));
	assert_true(outfile_same("-", "-"));
	assert_false(outfile_same("/dev/null", "/dev/null"));
	assert_false(outfile_same("/nowhere/a", "/nowhere/a/b"));
	unlink(link_path);
	unlink(path);
}

/* Two at once do not meet. */
static void test_two_writers(void **state)
{
	(void)state;
	struct outfile *a = outfile_open(path, NULL), *b = outfile_open(path, NULL);
	outfile_write(a, "first", 5);
	outfile_write(b, "second", 6);
	assert_int_equal(outfile_finish(b, NULL), SOW_OK);
	assert_content(path, "second");
	assert_int_equal(outfile_finish(a, NULL), SOW_OK);
	assert_content(path, "first");
	assert_int_equal(count_files(), 1);
	unlink(path);
}

static void test_permissions(void **state)
{
	(void)state;
	mode_t mask = umask(027);
	assert_int_equal(write_text(path, "a", NULL), SOW_OK);
	assert_int_equal(mode_of(path), 0640);
	umask(0);
	assert_int_equal(write_text(packed, "a", NULL), SOW_OK);
	assert_int_equal(mode_of(packed), 0666);
	umask(077);
	assert_int_equal(chmod(path, 0664), 0);
	assert_int_equal(write_text(path, "b", NULL), SOW_OK);
	assert_int_equal(mode_of(path), 0664);
	umask(mask);
	unlink(path);
	unlink(packed);
}

static void test_link(void **state)
{
	(void)state;
	struct stat st;
	save(path, "old");
	assert_int_equal(symlink("file", link_path), 0);
	assert_int_equal(write_text(link_path, "new", NULL), SOW_OK);
	assert_content(path, "new");
	assert_int_equal(lstat(link_path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	unlink(link_path);
	unlink(path);
}

/* A name as long as the file system allows, and one without a folder. */
/* A link to nothing yet stays a link: the file it names appears. */
static void test_dangling_link(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct stat st;
	assert_int_equal(symlink("file", link_path), 0);
	assert_int_equal(write_text(link_path, "new", &err), SOW_OK);
	assert_int_equal(lstat(link_path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_content(path, "new");
	unlink(path);
	unlink(link_path);
	assert_int_equal(symlink("link", link_path), 0); /* to itself */
	assert_int_equal(write_text(link_path, "new", &err), SOW_IO);
	assert_int_equal(count_files(), 1);
	unlink(link_path);
}

/* /dev/stdout is a link to a descriptor, which is written where it stands: the file that a shell has opened is
 * not replaced, nor is the link. */
static void test_descriptor(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	struct stat before, after;
	char self[64];
	assert_int_equal(write_text(path, "kept\n", &err), SOW_OK);
	int fd = open(path, O_WRONLY | O_APPEND);
	assert_true(fd >= 0 && fstat(fd, &before) == 0);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	assert_int_equal(symlink(self, link_path), 0);
	assert_int_equal(write_text(link_path, "a\n", &err), SOW_OK);
	assert_int_equal(write_text(self, "b\n", &err), SOW_OK);
	snprintf(self, sizeof(self), "/dev/fd/%d", fd);
	assert_int_equal(write_text(self, "c\n", &err), SOW_OK);
	assert_content(path, "kept\na\nb\nc\n");
	assert_true(fstat(fd, &after) == 0 && after.st_nlink == 1 && after.st_ino == before.st_ino);
	unlink(path);
	assert_int_equal(write_text(link_path, "d\n", &err), SOW_OK); /* into the file that has no name any more */
	assert_int_equal(lstat(link_path, &after), 0);
	assert_true(S_ISLNK(after.st_mode));
	assert_true(fstat(fd, &after) == 0 && after.st_size == 13);
	close(fd);
	assert_int_equal(write_text(link_path, "e\n", &err), SOW_IO);
	assert_int_equal(count_files(), 1);
	unlink(link_path);
}

static void test_names(void **state)
{
	(void)state;
	char longest[512];
	int n = snprintf(longest, sizeof(longest), "%s/", folder);
	memset(longest + n, 'n', 255);
	longest[n + 255] = '\0';
	struct sow_error err = { 0 };
	assert_int_equal(write_text(longest, "x", &err), SOW_OK);
	assert_content(longest, "x");
	unlink(longest);
	int here = open(".", O_RDONLY | O_DIRECTORY);
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(write_text("file", "x", &err), SOW_OK);
	assert_content("file", "x");
	assert_int_equal(fchdir(here), 0);
	close(here);
	unlink(path);
}

static void assert_no_open(const char *where, const char *why)
{
	char expected[128];
	struct sow_error err = { 0 };
	snprintf(expected, sizeof(expected), "%s: %s", where, why);
	assert_null(outfile_open(where, &err));
	assert_int_equal(err.status, SOW_IO);
	assert_string_equal(err.text, expected);
	assert_null(outfile_open(where, NULL));
}

static void test_system_refuses(void **state)
{
	(void)state;
	assert_no_open("/nowhere/file", "No such file or directory");
	assert_no_open("/nowhere/file.gz", "No such file or directory");
	assert_no_open(folder, "Is a directory");
	assert_no_open("/dev/null/file", "Not a directory");
}

/* Disks that are full, and files that may not be written */

/* Runs `check` in a child that is not root: for root, code that is wrong here would
 * replace the machine's devices, and a permission would mean nothing. */
static void as_nobody(int (*check)(void))
{
	int status;
	pid_t child = fork();
	if (child == 0) {
		if (geteuid() == 0 && setuid(NOBODY) < 0)
			_exit(99);
		_exit(check());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static bool is_full(size_t len)
{
	static const char text[70000];
	struct sow_error err = { 0 };
	struct outfile *out = outfile_open("/dev/full", &err);
	if (!out)
		return false;
	for (int i = 0; i < 3; i++)
		outfile_write(out, text, len);
	return outfile_finish(out, &err) == SOW_IO
		&& strcmp(err.text, "/dev/full: No space left on device") == 0;
}

static int writes_to_devices(void)
{
	static const char text[70000];
	if (!is_full(1) || !is_full(sizeof(text)))
		return 1;
	/* failure sticks, also for who does not ask why */
	struct outfile *out = outfile_open("/dev/full", NULL);
	if (outfile_write(out, text, sizeof(text)) != SOW_IO || outfile_write(out, text, 1) != SOW_IO
	    || outfile_write(out, text, 0) != SOW_IO || outfile_finish(out, NULL) != SOW_IO)
		return 2;
	out = outfile_open("/dev/null", NULL);
	if (outfile_write(out, text, sizeof(text)) || outfile_finish(out, NULL))
		return 3;
	return 0;
}

static void test_devices(void **state)
{
	(void)state;
	as_nobody(writes_to_devices);
}

static int may_not_create(void)
{
	struct sow_error err = { 0 };
	if (outfile_open(packed, &err) || err.status != SOW_IO)
		return 1;
	return strcmp(err.text + strlen(packed), ": Permission denied") != 0;
}

static int may_not_replace(void)
{
	struct sow_error err = { 0 };
	if (outfile_open(path, &err) || err.status != SOW_IO)
		return 1;
	return strcmp(err.text + strlen(path), ": Permission denied") != 0;
}

static void test_permission_denied(void **state)
{
	(void)state;
	save(path, "old");
	chmod(path, 0444);
	chmod(folder, 0555);
	as_nobody(may_not_create);
	chmod(folder, 0777); /* a new name would be allowed, but not the content */
	as_nobody(may_not_replace);
	chmod(folder, 0700);
	assert_content(path, "old");
	unlink(path);
}

/* In a child whose files may have 100,000 bytes: 0 if all went as it should. */
static int write_past_limit(const char *where)
{
	struct sow_error err = { 0 };
	struct rlimit limit = { 100000, 100000 };
	char block[1000];
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	struct outfile *out = outfile_open(where, &err);
	struct draw d = draw_start(1, 2, 3);
	for (int i = 0; out && i < 300; i++) {
		for (size_t j = 0; j < sizeof(block); j++)
			block[j] = (char)draw_u64(&d); /* does not compress */
		outfile_write(out, block, sizeof(block));
	}
	if (!out || outfile_finish(out, &err) != SOW_IO)
		return 1;
	return strstr(err.text, ": File too large") ? 0 : 2;
}

static void test_file_too_large(void **state)
{
	(void)state;
	const char *const paths[] = { path, packed, zipped };
	for (int i = 0; i < 3; i++) {
		int status;
		save(paths[i], "old");
		pid_t child = fork();
		if (child == 0)
			_exit(write_past_limit(paths[i]));
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
		assert_int_equal(count_files(), 1);
		assert_content(paths[i], "old");
		unlink(paths[i]);
	}
}

/* Standard output, a pipe */

static int write_to_pipe(int end)
{
	signal(SIGPIPE, SIG_IGN);
	dup2(end, STDOUT_FILENO);
	close(end);
	struct sow_error err = { 0 };
	struct buf text = BUF_INIT;
	fill(&text);
	struct outfile *out = outfile_open("-", &err);
	outfile_write(out, text.data, text.len);
	int status = outfile_finish(out, &err);
	buf_release(&text);
	if (fcntl(STDOUT_FILENO, F_GETFD) < 0)
		return 1; /* it is not ours to close */
	if (status)
		return strcmp(err.text, "standard output: Broken pipe") == 0 ? 2 : 3;
	return 0;
}

static int run_pipe(struct buf *got, size_t most)
{
	int ends[2], status;
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		close(ends[0]);
		_exit(write_to_pipe(ends[1]));
	}
	close(ends[1]);
	char block[5000];
	for (ssize_t n; got->len < most && (n = read(ends[0], block, sizeof(block))) > 0;)
		buf_add(got, block, (size_t)n);
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_standard_output(void **state)
{
	(void)state;
	struct buf text = BUF_INIT, got = BUF_INIT;
	fill(&text);
	assert_int_equal(run_pipe(&got, SIZE_MAX), 0);
	assert_string_equal(got.data, text.data);
	buf_clear(&got);
	assert_int_equal(run_pipe(&got, 10000), 2);
	buf_release(&got);
	buf_release(&text);
}

static void test_named_pipe(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	pid_t child = fork();
	if (child == 0) {
		struct outfile *out = outfile_open(path, NULL);
		outfile_write(out, "through", 7);
		_exit(outfile_finish(out, NULL) ? 1 : 0);
	}
	assert_content(path, "through");
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(count_files(), 1);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_appears_whole),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_two_writers),
		cmocka_unit_test(test_permissions),
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_dangling_link),
		cmocka_unit_test(test_descriptor),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_system_refuses),
		cmocka_unit_test(test_permission_denied),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_file_too_large),
		cmocka_unit_test(test_standard_output),
		cmocka_unit_test(test_named_pipe),
	};
	return run_both_ways(tests, sizeof(tests) / sizeof(*tests));
}
