#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "sow/sow.h"

static void test_grow(void **state)
{
	(void)state;
	void *array = NULL;
	size_t cap = 0;
	mem_grow_bytes(&array, &cap, 1, 4);
	assert_true(cap >= 1);
	void *old = array;
	size_t old_cap = cap;
	mem_grow_bytes(&array, &cap, cap, 4);
	assert_true(array == old && cap == old_cap);
	memset(array, 7, cap * 4);
	mem_grow_bytes(&array, &cap, 100000, 4);
	assert_true(cap >= 100000);
	for (size_t i = 0; i < old_cap * 4; i++)
		assert_int_equal(((char *)array)[i], 7);
	old = array;
	old_cap = cap;
	assert_int_equal(mem_try_grow_bytes(&array, &cap, SIZE_MAX / 2, 4), SOW_NOMEM);
	mem_fail_after(1);
	assert_int_equal(mem_try_grow_bytes(&array, &cap, cap + 1, 4), SOW_NOMEM);
	mem_fail_after(0);
	assert_true(array == old && cap == old_cap);
	mem_free(array);
}

/* Element by element; how many times the array was made larger. */
static size_t grow_to(void **array, size_t *cap, size_t count)
{
	size_t times = 0;
	for (size_t need = *cap + 1; need <= count; need = *cap + 1, times++)
		mem_grow_bytes(array, cap, need, 1);
	return times;
}

/* A large array has little room that it does not use. */
static void test_grow_large(void **state)
{
	(void)state;
	void *array = NULL;
	size_t cap = 0;
	assert_true(grow_to(&array, &cap, MEM_LARGE) < 40);
	assert_true(grow_to(&array, &cap, MEM_LARGE * 8) < 50);
	size_t need = cap + 1;
	mem_grow_bytes(&array, &cap, need, 1);
	assert_true(cap >= need && cap - need <= need / 16);
	mem_free(array);
}

/* The size is the element's, and each argument is evaluated once. */
static void test_typed(void **state)
{
	(void)state;
	struct { char c[24]; } *arrays[2] = { NULL, NULL };
	size_t cap = 0, at = 0, need = 1;
	mem_grow(&arrays[at++], &cap, need++);
	assert_int_equal(at, 1);
	assert_int_equal(need, 2);
	assert_non_null(arrays[0]);
	assert_null(arrays[1]);
	memset(arrays[0], 1, cap * sizeof(*arrays[0]));
	assert_int_equal(mem_try_grow(&arrays[0], &cap, SIZE_MAX / 23), SOW_NOMEM);
	assert_int_equal(arrays[0]->c[23], 1);
	mem_free(arrays[0]);
}

static void test_shed(void **state)
{
	(void)state;
	uint64_t *array = NULL;
	size_t room = 0;
	mem_shed(&array, &room);
	assert_null(array);
	room = MEM_KEPT / sizeof(*array);
	array = mem_zalloc(MEM_KEPT);
	mem_shed(&array, &room);
	assert_non_null(array);
	assert_int_equal(room, MEM_KEPT / sizeof(*array));
	mem_grow(&array, &room, room + 1);
	mem_shed(&array, &room);
	assert_null(array);
	assert_int_equal(room, 0);
}

static void test_failures(void **state)
{
	(void)state;
	mem_fail_after(3);
	char *a = mem_copystr("a"), *b = mem_alloc(0);
	assert_int_equal(mem_calls(), 2);
	assert_null(mem_try_zalloc(1));
	assert_null(mem_try_alloc(1));
	assert_null(mem_try_realloc(a, 100));
	assert_int_equal(mem_calls(), 5);
	assert_string_equal(a, "a");
	mem_fail_after(0);
	a = mem_realloc(a, 100);
	assert_string_equal(a, "a");
	mem_free(a);
	mem_free(b);
	mem_free(NULL);
}

static void ask(int way)
{
	void *array = NULL;
	size_t room = 0;
	switch (way) {
	case 0:
		mem_alloc(100);
		break;
	case 1:
		mem_zalloc(100);
		break;
	case 2:
		mem_realloc(NULL, 100);
		break;
	case 3:
		mem_grow_bytes(&array, &room, 25, 4);
		break;
	case 4:
		mem_copy("", 99);
		break;
	default:
		mem_exhausted(100);
	}
}

/* One line on standard error and status 1, whichever way memory was asked for. */
static void test_ends_the_process(void **state)
{
	(void)state;
	for (int way = 0; way < 6; way++) {
		int ends[2], status;
		assert_int_equal(pipe(ends), 0);
		pid_t child = fork();
		assert_true(child >= 0);
		if (!child) {
			dup2(ends[1], STDERR_FILENO);
			mem_fail_after(1);
			ask(way);
			_exit(0);
		}
		close(ends[1]);
		char line[100] = "";
		ssize_t len = read(ends[0], line, sizeof(line) - 1);
		close(ends[0]);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 1);
		assert_true(len > 0);
		assert_string_equal(line, "sow: out of memory: 100 bytes asked for\n");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grow),
		cmocka_unit_test(test_grow_large),
		cmocka_unit_test(test_typed),
		cmocka_unit_test(test_shed),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_ends_the_process),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
