#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <string.h>

#include "teacher/http/secrets.h"

static void keys_are_hidden(void **state)
{
	(void)state;
	struct secrets s = { 0 };
	struct buf text = BUF_INIT;
	secrets_add(&s, view_of("sk-1234"));
	secrets_add(&s, view_of("x"));
	secrets_add(&s, view_of(""));
	secrets_add(&s, view_of("a-longer-key-0123456789"));
	buf_addstr(&text, "no exact match");
	secrets_redact(&s, &text);
	assert_string_equal(text.data, "no exact match");
	buf_clear(&text);
	buf_addstr(&text, "sk-1234: the key sk-1234sk-1234 or 'a-longer-key-0123456789' is wrong: sk-123");
	secrets_redact(&s, &text);
	assert_string_equal(text.data, "[key]: the key [key][key] or '[key]' is wrong: sk-123");
	assert_false(secrets_in(&s, view_of("sk-1234")));
	assert_true(secrets_in(&s, view_of("a-longer-key-01234567890")));
	buf_release(&text);
	secrets_release(&s);
}

static void words_are_quoted_without_keys(void **state)
{
	(void)state;
	struct secrets s = { 0 };
	struct buf out = BUF_INIT;
	secrets_add(&s, view_of("sk-12345678"));
	secrets_quote(&s, view_of("key\tsk-12345678\n"), 100, &out);
	assert_string_equal(out.data, "key [key] ");
	buf_clear(&out);
	secrets_quote(&s, view_of("key sk-12345678"), 8, &out);
	assert_string_equal(out.data, "key [key");
	buf_clear(&out);
	secrets_quote(&s, view_of("a\xFF\xC3\xA4"), 100, &out);
	assert_string_equal(out.data, "a\xEF\xBF\xBD\xC3\xA4");
	buf_clear(&out);
	buf_addstr(&out, "key [key");
	secrets_quote(&s, view_of("\xC3\xA4\xC3\xA4"), 3, &out);
	assert_string_equal(out.data, "key [key\xC3\xA4");
	buf_release(&out);
	secrets_release(&s);
}

/* The path may hold what a key holds: it is random. */
static void assert_file(struct arena *a, const char *contents, const char *want)
{
	char path[] = "/tmp/sow-sk-XXXXXX";
	struct sow_error err = { 0 };
	int fd = mkstemp(path);
	assert_int_equal(write(fd, contents, strlen(contents)), strlen(contents));
	close(fd);
	const char *key = secrets_from_file(a, path, &err);
	unlink(path);
	if (want) {
		assert_string_equal(key, want);
	} else {
		assert_null(key);
		assert_true(view_starts(view_of(err.text), path));
		assert_null(strstr(err.text + strlen(path), "sk"));
	}
}

static void keys_come_from_files(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct sow_error err = { 0 };
	assert_file(a, "sk-1234", "sk-1234");
	assert_file(a, "  sk-1234 \r\nmore\n", "sk-1234");
	assert_file(a, "", NULL);
	assert_file(a, "\nsk-1234", NULL);
	assert_file(a, "sk 1234", NULL);
	assert_file(a, "sk-\xC3\xA4", NULL);
	assert_file(a, "sk-\t1", NULL);
	assert_null(secrets_from_file(a, "/nowhere/key", &err));
	assert_non_null(strstr(err.text, "/nowhere/key"));
	arena_free(a);
}

static void keys_come_from_variables(void **state)
{
	(void)state;
	struct arena *a = arena_new();
	struct sow_error err = { 0 };
	setenv("SOW_TEST_KEY", "sk-1", 1);
	assert_string_equal(secrets_from_env(a, "SOW_TEST_KEY", &err), "sk-1");
	setenv("SOW_TEST_KEY", "sk-1\r\nHost: a", 1);
	assert_null(secrets_from_env(a, "SOW_TEST_KEY", &err));
	assert_null(strstr(err.text, "sk-1"));
	setenv("SOW_TEST_KEY", "", 1);
	assert_null(secrets_from_env(a, "SOW_TEST_KEY", &err));
	unsetenv("SOW_TEST_KEY");
	assert_null(secrets_from_env(a, "SOW_TEST_KEY", &err));
	assert_non_null(strstr(err.text, "SOW_TEST_KEY"));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_hidden),
		cmocka_unit_test(words_are_quoted_without_keys),
		cmocka_unit_test(keys_come_from_files),
		cmocka_unit_test(keys_come_from_variables),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
