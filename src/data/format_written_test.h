/* format_written_test.h - a file that the tests of formats write to. */
#ifndef DATA_FORMAT_WRITTEN_TEST_H
#define DATA_FORMAT_WRITTEN_TEST_H

#include <stdlib.h>
#include <unistd.h>

#include "io/infile.h"

static char path[] = "/tmp/sow-format-XXXXXX";
static struct sow_error err;

static int set_up(void **state)
{
	int fd = mkstemp(path);
	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

static void is_in_file(const char *want)
{
	struct buf text = BUF_INIT;
	assert_int_equal(infile_whole(path, &text, &err), SOW_OK);
	assert_string_equal(text.data, want);
	buf_release(&text);
}

#endif
