/* Files that lie beside this very program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "base/exe_path.h"

static void test_finds_itself(void **state)
{
	(void)state;
	struct buf path = BUF_INIT;
	buf_addstr(&path, "at ");
	assert_true(exe_path_find(&path, "test-base-exe_path"));
	assert_memory_equal(path.data, "at /", 4);
	assert_int_equal(access(path.data + 3, X_OK), 0);
	buf_release(&path);
}

static void test_from_another_folder(void **state)
{
	(void)state;
	struct buf path = BUF_INIT;
	assert_int_equal(chdir("/"), 0);
	assert_true(exe_path_find(&path, "../src/test-base-exe_path"));
	assert_true(strstr(path.data, "/../src/test-base-exe_path") != NULL);
	buf_release(&path);
}

static void test_nothing_there(void **state)
{
	(void)state;
	struct buf path = BUF_INIT;
	buf_addstr(&path, "kept");
	assert_false(exe_path_find(&path, "../no such folder/file"));
	assert_string_equal(path.data, "kept");
	buf_release(&path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_itself),
		cmocka_unit_test(test_from_another_folder),
		cmocka_unit_test(test_nothing_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
