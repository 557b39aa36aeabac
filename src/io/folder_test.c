#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/folder.h"

static char scratch[32];
static struct sow_error err;

static int set_up(void **state)
{
	(void)state;
	strcpy(scratch, "/tmp/sow-folder-XXXXXX");
	return mkdtemp(scratch) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	folder_remove(scratch);
	return access(scratch, F_OK) == 0; /* it is gone */
}

static const char *in_scratch(const char *name)
{
	static char paths[4][64];
	static int turn;
	char *path = paths[turn++ % 4];
	snprintf(path, sizeof(paths[0]), "%s/%s", scratch, name);
	return path;
}

static void put(const char *path)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fclose(f);
}

static void free_or_not(void **state)
{
	(void)state;
	assert_true(folder_is_free(scratch));
	assert_true(folder_is_free(in_scratch("nothing")));
	put(in_scratch("file"));
	assert_false(folder_is_free(scratch));
	assert_false(folder_is_free(in_scratch("file")));
}

static void base_names(void **state)
{
	(void)state;
	assert_string_equal(folder_base_name("a.json"), "a.json");
	assert_string_equal(folder_base_name("/a/b/c.json"), "c.json");
	assert_string_equal(folder_base_name("a/"), "");
	assert_string_equal(folder_base_name(""), "");
}

static void folder_or_not(void **state)
{
	(void)state;
	put(in_scratch("file"));
	assert_int_equal(symlink(".", in_scratch("link")), 0);
	assert_true(folder_is(scratch));
	assert_true(folder_is(in_scratch("link")));
	assert_false(folder_is(in_scratch("file")));
	assert_false(folder_is(in_scratch("nothing")));
}

static void made_beside_and_renamed(void **state)
{
	(void)state;
	struct buf first = BUF_INIT, second = BUF_INIT;
	const char *target = in_scratch("a/b/set");
	assert_int_equal(folder_make_temporary(target, &first, &err), SOW_OK);
	assert_int_equal(folder_make_temporary(target, &second, &err), SOW_OK);
	assert_string_equal(first.data, in_scratch("a/b/set.new-0"));
	assert_string_equal(second.data, in_scratch("a/b/set.new-1"));
	assert_int_equal(folder_make(target, &err), SOW_OK);
	put(in_scratch("a/b/set.new-0/file"));
	assert_int_equal(folder_rename(first.data, target, &err), SOW_OK); /* over an empty one */
	assert_int_equal(access(in_scratch("a/b/set/file"), F_OK), 0);
	assert_int_equal(folder_rename(second.data, target, &err), SOW_IO);
	assert_ptr_equal(strstr(err.text, target), err.text);
	buf_release(&first);
	buf_release(&second);
	assert_int_equal(folder_make_temporary(in_scratch("a/b/set/file/x"), &first, &err), SOW_IO);
	buf_release(&first);
}

static void of_the_user(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	setenv("HOME", "/home/x", 1);
	setenv("XDG_CACHE_HOME", "/else", 1);
	assert_true(folder_of_user("XDG_CACHE_HOME", ".cache", &out));
	assert_string_equal(out.data, "/else/sow");
	buf_clear(&out);
	setenv("XDG_CACHE_HOME", "here", 1); /* which is no folder of the user, but of who calls */
	assert_true(folder_of_user("XDG_CACHE_HOME", ".cache", &out));
	assert_string_equal(out.data, "/home/x/.cache/sow");
	buf_clear(&out);
	unsetenv("XDG_CACHE_HOME");
	setenv("HOME", "", 1);
	assert_false(folder_of_user("XDG_CACHE_HOME", ".cache", &out));
	assert_int_equal(folder_cache(NULL, &out, &err), SOW_IO);
	assert_string_equal(out.data, "");
	setenv("HOME", scratch, 1);
	assert_int_equal(folder_cache(NULL, &out, &err), SOW_OK);
	assert_string_equal(out.data, in_scratch(".cache/sow"));
	assert_true(folder_is(out.data));
	buf_release(&out);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(free_or_not), TEST(folder_or_not), TEST(base_names),
		TEST(made_beside_and_renamed), TEST(of_the_user),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
