#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "sow/sow.h"

static void test_add(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	assert_string_equal(b.data, "");
	assert_int_equal(buf_add(&b, "a\0b", 3), SOW_OK);
	assert_int_equal(buf_add(&b, NULL, 0), SOW_OK);
	assert_int_equal(buf_addstr(&b, "cd"), SOW_OK);
	assert_int_equal(buf_addch(&b, '\0'), SOW_OK);
	assert_int_equal(buf_addf(&b, "%d-%s", 42, "x"), SOW_OK);
	assert_int_equal(buf_addf(&b, "%s", ""), SOW_OK);
	assert_int_equal(b.len, 10);
	assert_memory_equal(b.data, "a\0bcd\0" "42-x", 11);
	buf_cut(&b, 11);
	assert_int_equal(b.len, 10);
	buf_cut(&b, 2);
	assert_memory_equal(b.data, "a\0\0", 3);
	buf_clear(&b);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.data, "");
	assert_true(b.room > 0);
	buf_release(&b);
	assert_string_equal(b.data, "");
	buf_release(&b);
}

static void test_grows(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	for (int i = 0; i < 100000; i++)
		buf_addch(&b, (char)('a' + i % 26));
	assert_false(buf_failed(&b));
	assert_int_equal(strlen(b.data), 100000);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(b.data[i], 'a' + i % 26);
	buf_addf(&b, "%200000d", 7); /* longer than all that was there */
	assert_int_equal(b.len, 300000);
	assert_int_equal(b.data[299999], '7');
	buf_release(&b);
}

static void test_renew(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	buf_renew(&b);
	assert_string_equal(b.data, "");
	buf_addstr(&b, "short");
	const char *kept = b.data;
	buf_renew(&b);
	assert_ptr_equal(b.data, kept);
	assert_string_equal(b.data, "");
	while (b.len <= MEM_KEPT)
		buf_addstr(&b, "long");
	buf_renew(&b);
	assert_int_equal(b.room, 0);
	assert_string_equal(b.data, "");
	assert_int_equal(buf_addstr(&b, "again"), SOW_OK);
	buf_release(&b);
}

static void test_space(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	buf_addstr(&b, "ab");
	char *p = buf_space(&b, 100);
	memcpy(p, "cd", 2);
	buf_wrote(&b, 2);
	assert_string_equal(b.data, "abcd");
	assert_non_null(buf_space(&b, 0));
	buf_wrote(&b, 0);
	assert_int_equal(b.len, 4);
	buf_release(&b);
}

static void test_cap(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	b.cap = 5;
	assert_int_equal(buf_addstr(&b, "abc"), SOW_OK);
	assert_int_equal(buf_addstr(&b, "def"), SOW_TOOBIG);
	/* failure sticks, what was there stays */
	assert_int_equal(buf_addch(&b, 'd'), SOW_TOOBIG);
	assert_int_equal(buf_addf(&b, "d"), SOW_TOOBIG);
	assert_null(buf_space(&b, 1));
	assert_true(buf_failed(&b));
	assert_string_equal(b.data, "abc");
	assert_null(buf_detach(&b));
	assert_false(buf_failed(&b));
	assert_int_equal(b.cap, 5);
	assert_int_equal(buf_addstr(&b, "abcde"), SOW_OK);
	assert_int_equal(buf_addch(&b, 'f'), SOW_TOOBIG);
	buf_clear(&b);
	assert_int_equal(buf_addstr(&b, "again"), SOW_OK);
	buf_release(&b);
	assert_null(buf_space(&b, SIZE_MAX));
	buf_release(&b);
}

/* In a child: past what any buffer may hold the process ends. */
static void test_too_long(void **state)
{
	(void)state;
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (!child) {
		struct buf b = BUF_INIT;
		buf_space(&b, BUF_MOST + 1); /* prints a line */
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

static void test_detach(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	char *text = buf_detach(&b); /* of an empty one too */
	assert_string_equal(text, "");
	mem_free(text);
	buf_addstr(&b, "mine");
	text = buf_detach(&b);
	assert_string_equal(text, "mine");
	assert_int_equal(b.len, 0);
	assert_string_equal(b.data, "");
	buf_addstr(&b, "other");
	assert_string_equal(text, "mine");
	mem_free(text);
	buf_release(&b);
}

static void test_part(void **state)
{
	(void)state;
	struct buf part = BUF_INIT, whole = BUF_INIT;
	buf_addstr(&part, "text");
	buf_release_part(&part, &whole);
	assert_false(buf_failed(&whole));
	assert_int_equal(part.len, 0);
	part.cap = 3;
	buf_addstr(&part, "text");
	buf_release_part(&part, &whole);
	assert_int_equal(whole.status, SOW_TOOBIG);
	assert_false(buf_failed(&part));
}

/* What the input decides the size of fails, and keeps what it has. */
static void test_try(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	assert_int_equal(buf_try_add(&b, "kept", 4), SOW_OK);
	mem_fail_after(1);
	assert_int_equal(buf_try_add(&b, "!", 1), SOW_OK); /* there is room */
	char many[1000] = "";
	assert_int_equal(buf_try_add(&b, many, sizeof(many)), SOW_NOMEM);
	mem_fail_after(0);
	assert_int_equal(buf_addstr(&b, "x"), SOW_NOMEM);
	assert_string_equal(b.data, "kept!");
	buf_release(&b);
	b.cap = 3;
	assert_int_equal(buf_try_add(&b, "abcd", 4), SOW_TOOBIG);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_renew),
		cmocka_unit_test(test_space),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_detach),
		cmocka_unit_test(test_part),
		cmocka_unit_test(test_try),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
