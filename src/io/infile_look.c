/* Files that are looked at and not read: where their lines begin, how many there are, has one changed? */
#include "io/infile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"

#define BLOCK INFILE_PEEK_MAX

/* Reads a file from byte `at` on and hands each block to `look`, until that has enough. */
static int look_through(const char *path, uint64_t at, bool (*look)(void *data, const char *bytes, size_t len),
			void *data, struct sow_error *err)
{
	char *block = mem_alloc(BLOCK);
	int fd = open(path, O_RDONLY | O_CLOEXEC), status = SOW_OK;
	if (fd < 0 || lseek(fd, (off_t)at, SEEK_SET) < 0)
		status = error_errno(err, path);
	for (bool more = true; !status && more;) {
		ssize_t n = read(fd, block, BLOCK);
		if (n < 0 && errno != EINTR)
			status = error_errno(err, path);
		more = n < 0 || (n > 0 && look(data, block, (size_t)n));
	}
	if (fd >= 0)
		close(fd);
	mem_free(block);
	return status;
}

static bool find_start(void *data, const char *bytes, size_t len)
{
	uint64_t *at = data;
	const char *end = memchr(bytes, '\n', len);
	*at += end ? (uint64_t)(end - bytes) + 1 : len;
	return !end;
}

int infile_line_start(const char *path, uint64_t at, uint64_t *start, struct sow_error *err)
{
	*start = at ? at - 1 : 0;
	return at ? look_through(path, at - 1, find_start, start, err) : SOW_OK;
}

struct line_count {
	uint64_t left;
	size_t lines;
};

static bool count_some(void *data, const char *bytes, size_t len)
{
	struct line_count *c = data;
	const char *end = bytes + (len < c->left ? len : (size_t)c->left);
	c->left -= (uint64_t)(end - bytes);
	for (; bytes < end && (bytes = memchr(bytes, '\n', (size_t)(end - bytes))); bytes++)
		c->lines++;
	return c->left > 0;
}

int infile_count_lines(const char *path, uint64_t size, size_t *lines, struct sow_error *err)
{
	struct line_count c = { size, 0 };
	int status = size ? look_through(path, 0, count_some, &c, err) : SOW_OK;
	*lines = c.lines;
	return status;
}

int infile_stamp(const char *path, struct infile_stamp *stamp, struct sow_error *err)
{
	struct stat st;
	bool standard = strcmp(path, "-") == 0;
	if (!standard && stat(path, &st) < 0)
		return error_errno(err, path);
	if (standard || !S_ISREG(st.st_mode))
		return error_set(err, SOW_USAGE, "%s can be read once only",
				 standard ? "standard input" : path);
	*stamp = (struct infile_stamp){
		(uint64_t)st.st_dev, (uint64_t)st.st_ino, (uint64_t)st.st_size,
		(int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
	};
	return SOW_OK;
}

bool infile_same(const struct infile_stamp *a, const struct infile_stamp *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->changed == b->changed;
}
