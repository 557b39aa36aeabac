/* outfile_folder_test.h - a folder that the tests of files write to, which is to be empty behind each group. */
#ifndef IO_OUTFILE_FOLDER_TEST_H
#define IO_OUTFILE_FOLDER_TEST_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/draw.h"
#include "io/infile.h"
#include "io/outfile.h"

static bool named;           /* all temporary files have names */
static char folder[32];
static char path[64], packed[64], zipped[64], link_path[64];

static int set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/sow-outfile-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/file", folder);
	snprintf(packed, sizeof(packed), "%s/file.zst", folder);
	snprintf(zipped, sizeof(zipped), "%s/file.gz", folder);
	snprintf(link_path, sizeof(link_path), "%s/link", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(folder);
}

static inline void save(const char *where, const char *text)
{
	FILE *f = fopen(where, "wb");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static inline void assert_content(const char *where, const char *expected)
{
	struct buf b = BUF_INIT;
	assert_int_equal(infile_whole(where, &b, NULL), SOW_OK);
	assert_string_equal(b.data, expected);
	buf_release(&b);
}

/* How many files are in the folder: nothing is to be left behind. */
static inline int count_files(void)
{
	int n = 0;
	DIR *d = opendir(folder);
	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2; /* . and .. */
}

static inline int write_text(const char *where, const char *text, struct sow_error *err)
{
	struct outfile *out = outfile_open(where, err);
	if (!out)
		return err->status;
	outfile_write(out, text, strlen(text));
	return outfile_finish(out, err);
}

/* Some megabytes that compress. */
static inline void fill(struct buf *text)
{
	struct draw d = draw_start(5, 6, 7);
	for (int i = 0; i < 100000; i++)
		buf_addf(text, "line %d: %zu\n", i, draw_below(&d, 1000));
	assert_false(buf_failed(text));
}


static inline int run_both_ways(const struct CMUnitTest *tests, size_t count)
{
	int failed = 0;
	for (int i = 0; i < 2; i++) {
		named = i;
		outfile_name_all(named);
		failed += _cmocka_run_group_tests("tests", tests, count, set_up, tear_down);
	}
	return failed;
}

#endif
