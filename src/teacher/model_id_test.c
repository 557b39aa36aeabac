#include <fcntl.h>
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

#include "teacher/model_id.h"

#define ABC "gguf:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static char folder[] = "/tmp/sow-id-XXXXXX";
static char path[64], cache[64], command[128];

static void write_file(const char *text)
{
	FILE *fp = fopen(path, "w");
	assert_non_null(fp);
	assert_int_equal(fputs(text, fp) >= 0, 1);
	assert_int_equal(fclose(fp), 0);
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/m.gguf", folder);
	snprintf(cache, sizeof(cache), "%s/cache", folder);
	snprintf(command, sizeof(command), "rm -rf '%s'", cache);
	return 0;
}

static int start(void **state)
{
	(void)state;
	setenv("XDG_CACHE_HOME", cache, 1);
	write_file("abc");
	return system(command);
}

static int tear_down(void **state)
{
	(void)state;
	char all[128];
	snprintf(all, sizeof(all), "rm -rf '%s'", folder);
	return system(all);
}

static void assert_id(const char *wanted)
{
	char id[MODEL_ID_SIZE];
	struct sow_error err = { 0 };
	assert_int_equal(model_id(path, id, &err), SOW_OK);
	assert_string_equal(id, wanted);
}

/* The one file that is remembered. */
static int edit_memory(const char *sed)
{
	char line[256];
	snprintf(line, sizeof(line), "sed -i '%s' '%s'/sow/models/*", sed, cache);
	return system(line);
}

static void names_the_content(void **state)
{
	(void)state;
	assert_id(ABC);
}

static void believes_what_it_remembers(void **state)
{
	(void)state;
	assert_id(ABC);
	assert_int_equal(edit_memory("2s/ba78/0000/"), 0);
	char wanted[] = ABC;
	memset(wanted + 5, '0', 4);
	assert_id(wanted);
}

static void reads_again_what_has_changed(void **state)
{
	(void)state;
	assert_id(ABC);
	assert_int_equal(edit_memory("2s/ba78/0000/"), 0);
	/* Same size, other time. */
	const struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_id(ABC);
}

static void does_not_believe_a_broken_memory(void **state)
{
	(void)state;
	static const char *const edits[] = { "2s/ba78/xyz!/", "2s/.$//", "1d", "d", "2s/$/0/" };
	for (size_t i = 0; i < sizeof(edits) / sizeof(*edits); i++) {
		assert_id(ABC);
		assert_int_equal(edit_memory(edits[i]), 0);
		assert_id(ABC);
	}
}

static void needs_no_cache(void **state)
{
	(void)state;
	setenv("XDG_CACHE_HOME", "/proc/nowhere", 1);
	assert_id(ABC);
	setenv("XDG_CACHE_HOME", path, 1);
	assert_id(ABC);
}

static void says_which_file_is_missing(void **state)
{
	(void)state;
	char id[MODEL_ID_SIZE];
	struct sow_error err = { 0 };
	assert_int_equal(model_id("/nowhere/m.gguf", id, &err), SOW_IO);
	assert_string_equal(err.text, "/nowhere/m.gguf: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(names_the_content, start),
		cmocka_unit_test_setup(believes_what_it_remembers, start),
		cmocka_unit_test_setup(reads_again_what_has_changed, start),
		cmocka_unit_test_setup(does_not_believe_a_broken_memory, start),
		cmocka_unit_test_setup(needs_no_cache, start),
		cmocka_unit_test_setup(says_which_file_is_missing, start),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
