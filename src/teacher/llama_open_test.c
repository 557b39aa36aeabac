/* Files that are no model, and options that make no sense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "teacher/asking_test.h"

/* Leaving an assertion leaks what the loader held. */
#if defined(__SANITIZE_ADDRESS__)
#define LEAKS_MATTER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LEAKS_MATTER
#endif
#endif

static void assert_refused(const char *path, const char *what)
{
	struct teacher_options o = asking_options(&path);
	struct sow_error err = { 0 };
	void *state = NULL;
	assert_true(teacher_llama.open(&state, &o, &err) < 0);
	assert_null(state);
	assert_int_equal(strncmp(err.text, path, strlen(path)), 0);
	if (!strstr(err.text, what))
		fail_msg("'%s' does not say '%s'", err.text, what);
}

/* The first `len` bytes of the model, the last `noise` of them changed. */
static void write_cut(const char *path, long len, long noise)
{
	FILE *in = fopen(asking_file, "rb"), *out = fopen(path, "wb");
	assert_non_null(in);
	assert_non_null(out);
	uint32_t random = 12345;
	for (long i = 0; i < len; i++) {
		int c = getc_unlocked(in);
		random = random * 1664525 + 1013904223;
		putc_unlocked(i >= len - noise ? (int)(random >> 24) : c, out);
	}
	fclose(in);
	assert_int_equal(fclose(out), 0);
}

static void broken_files_are_refused_in_one_line(void **state)
{
	(void)state;
	NEEDS_MODEL();
	char folder[] = "/tmp/sow-llama-XXXXXX", path[64];
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/model.gguf", folder);
	assert_refused(path, "No such file");
	assert_refused(folder, "is a folder");
	static const struct cut { long len, noise; const char *what; } cuts[] = {
		{ 0, 0, "not a GGUF file" },
		{ 3, 0, "not a GGUF file" },
		{ 100, 100, "not a GGUF file" },
		{ 4, 0, "cannot be loaded" },
		{ 24, 0, "cannot be loaded" },
		{ 1000, 0, "cannot be loaded" },
		{ 4000000, 0, "cannot be loaded" },
		{ 1000, 990, "cannot be loaded" },
		{ 5000, 4900, "cannot be loaded" },
	};
	for (size_t i = 0; i < sizeof(cuts) / sizeof(*cuts); i++) {
		write_cut(path, cuts[i].len, cuts[i].noise);
		assert_refused(path, cuts[i].what);
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

/* Two tokens made one: what ggml meets with an assertion. */
static void a_file_that_trips_an_assertion_is_refused_too(void **state)
{
	(void)state;
	NEEDS_MODEL();
#ifdef LEAKS_MATTER
	skip();
#endif
	enum { HEAD = 4 << 20 };
	static const char two[] = "\1\0\0\0\0\0\0\0!\1\0\0\0\0\0\0\0\"";
	struct stat st;
	char *head = malloc(HEAD), path[] = "/tmp/sow-twice-XXXXXX.gguf";
	FILE *in = fopen(asking_file, "rb");
	int out = mkstemps(path, 5);
	assert_true(head && in && out >= 0 && fstat(fileno(in), &st) == 0);
	assert_int_equal(fread(head, 1, HEAD, in), HEAD);
	char *at = memmem(head, HEAD, two, sizeof(two) - 1);
	assert_non_null(at);
	at[sizeof(two) - 2] = '!';
	assert_int_equal(write(out, head, HEAD), HEAD);
	assert_int_equal(ftruncate(out, st.st_size), 0);
	assert_int_equal(close(out), 0);
	assert_int_equal(fclose(in), 0);
	free(head);
	assert_refused(path, "cannot be loaded: GGML_ASSERT");
	assert_int_equal(unlink(path), 0);
}

static void options_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	NEEDS_MODEL();
	struct teacher_options o = asking_options(&asking_spec);
	struct sow_error err = { 0 };
	void *t = NULL;
	o.context = 100000;
	assert_int_equal(teacher_llama.open(&t, &o, &err), SOW_USAGE);
	assert_string_equal(err.text, "--ctx 100000: the model knows texts of up to 8192 tokens");
	o = asking_options(&asking_spec);
	o.parallel = 1000;
	assert_int_equal(teacher_llama.open(&t, &o, &err), SOW_USAGE);
	assert_string_equal(err.text, "--parallel 1000: expected 1 to 240");
	assert_null(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(broken_files_are_refused_in_one_line),
		cmocka_unit_test(a_file_that_trips_an_assertion_is_refused_too),
		cmocka_unit_test(options_that_make_no_sense_are_refused),
	};
	return cmocka_run_group_tests(tests, asking_set_up, asking_tear_down);
}
