#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"

static void test_memory(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	unsigned char *pieces[3000];
	for (size_t i = 0; i < 3000; i++) {
		size_t size = i * i % 5000;
		unsigned char *p = pieces[i] = arena_alloc(a, size);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t j = 0; j < size; j++)
			assert_int_equal(p[j], 0);
		memset(p, (int)(i % 251) + 1, size);
	}
	for (size_t i = 0; i < 3000; i++) { /* nobody wrote in another's piece */
		for (size_t j = 0; j < i * i % 5000; j++)
			assert_int_equal(pieces[i][j], i % 251 + 1);
	}
	arena_free(a);
	arena_free(NULL);
}

static void test_copies(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	char text[] = "abc";
	char *copies[] = { arena_copy(a, text, 2), arena_copystr(a, text),
			   arena_copyview(a, view_from(text, 1)), arena_copy(a, NULL, 0),
			   arena_copy(a, "a\0b", 3) };
	text[0] = 'x';
	assert_string_equal(copies[0], "ab");
	assert_string_equal(copies[1], "abc");
	assert_string_equal(copies[2], "a");
	assert_string_equal(copies[3], "");
	assert_memory_equal(copies[4], "a\0b", 4);
	assert_non_null(arena_array(a, 10, 8));
	struct buf taken = BUF_INIT;
	buf_addstr(&taken, "taken");
	struct view whole = arena_takebuf(a, &taken);
	assert_true(view_eqstr(whole, "taken") && whole.p[whole.len] == '\0' && !taken.room);
	assert_non_null(arena_takebuf(a, &taken).p); /* an empty text is a text */
	arena_free(a);
}

static void test_clear(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	arena_clear(a);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 1; i < 100; i++) {
			char *bytes = arena_alloc(a, i * 37);
			for (size_t k = 0; k < i * 37; k++)
				assert_int_equal(bytes[k], 0);
			memset(bytes, 'x', i * 37);
		}
		arena_clear(a);
	}
	arena_free(a);
}

/* A buffer that could not hold its text leaves none behind. */
static void test_failed_buffer(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct buf failed = { .data = buf_empty, .cap = 2 };
	buf_addstr(&failed, "abc");
	assert_null(arena_takebuf(a, &failed).p);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_failed_buffer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
