#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/utf8.h"
#include "config.h"

static void test_set(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	assert_int_equal(error_set(&err, SOW_INVALID, "%s:%d: bad", "file", 3), SOW_INVALID);
	assert_int_equal(err.status, SOW_INVALID);
	assert_string_equal(err.text, "file:3: bad");
	assert_int_equal(error_set(NULL, SOW_TOOBIG, "%s", "x"), SOW_TOOBIG);
	assert_int_equal(error_set(&err, SOW_IO, "a\nb\r\nc\n"), SOW_IO);
	assert_string_equal(err.text, "a b  c ");
	assert_int_equal(error_nomem(&err), SOW_NOMEM);
	assert_int_equal(err.status, SOW_NOMEM);
	assert_string_equal(err.text, "out of memory");
	assert_int_equal(error_nomem(NULL), SOW_NOMEM);
	errno = ENOENT;
	assert_int_equal(error_errno(&err, "a/b"), SOW_IO);
	assert_string_equal(err.text, "a/b: No such file or directory");
	assert_int_equal(error_errno(NULL, "a"), SOW_IO);
	assert_string_equal(sow_version(), SOW_VERSION);
}

static void test_prefix(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	error_set(&err, SOW_BUSY, "100%% of %s", "it");
	assert_int_equal(error_prefix(&err, "%s:%d", "seeds", 7), SOW_BUSY);
	assert_int_equal(err.status, SOW_BUSY);
	assert_string_equal(err.text, "seeds:7: 100% of it");
	assert_true(error_prefix(NULL, "x") < 0);
}

static void test_place(void **state)
{
	(void)state;
	struct sow_error err = { 0 };
	assert_int_equal(error_at(&err, "[\n\"\xC3\xA9\" 2]", 7, "expected a comma"), SOW_INVALID);
	assert_string_equal(err.text, "line 2, column 5: expected a comma");
	assert_string_equal(err.text + err.said, "expected a comma");
	assert_int_equal(err.offset, 7);
	assert_int_equal(err.line, 2);
	assert_int_equal(err.column, 5);
	error_prefix(&err, "a.json");
	assert_string_equal(err.text, "a.json: line 2, column 5: expected a comma");
	assert_string_equal(err.text + err.said, "expected a comma");
	assert_int_equal(err.line, 2);
	char longest[2 * SOW_ERROR_MAX];
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	error_prefix(&err, "%s", longest);
	assert_int_equal(err.said, strlen(err.text));
	/* one that has no place leaves none of another behind */
	error_set(&err, SOW_IO, "it is gone");
	assert_int_equal(err.line + err.column + err.offset + err.said, 0);
	assert_int_equal(error_at(NULL, "", 0, "x"), SOW_INVALID);
}

/* A message too long is cut between two characters, wherever that falls. */
static void test_cut(void **state)
{
	(void)state;
	static const char *const letters[] = { "x", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80" };
	for (size_t kind = 0; kind < 4; kind++) {
		for (size_t shift = 0; shift < 5; shift++) {
			char text[3 * SOW_ERROR_MAX] = "";
			struct sow_error err = { 0 };
			memset(text, '-', shift);
			while (strlen(text) < 2 * SOW_ERROR_MAX)
				strcat(text, letters[kind]);
			error_set(&err, SOW_IO, "%s", text);
			size_t len = strlen(err.text);
			assert_true(len < SOW_ERROR_MAX && len >= SOW_ERROR_MAX - 8);
			assert_memory_equal(err.text, text, len);
			assert_true(utf8_valid(err.text, len, NULL));
			assert_int_equal(error_prefix(&err, "%s", text), SOW_IO);
			assert_true(utf8_valid(err.text, strlen(err.text), NULL));
		}
	}
	/* what just fits is whole */
	char text[SOW_ERROR_MAX];
	struct sow_error err = { 0 };
	memset(text, 'x', sizeof(text));
	memcpy(text + SOW_ERROR_MAX - 3, "\xC3\xA9", 3);
	error_set(&err, SOW_IO, "%s", text);
	assert_string_equal(err.text, text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
