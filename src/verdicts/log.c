#include "verdicts/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"

#define BLOCK ((size_t)64 << 10)

void log_init(struct log *l, const char *path)
{
	*l = (struct log){ .path = mem_copystr(path), .fd = -1, .text = BUF_INIT };
}

void log_release(struct log *l)
{
	if (l->fd >= 0)
		close(l->fd);
	buf_release(&l->text);
	mem_free(l->path);
	l->path = NULL;
	l->fd = -1;
}

/* A pipe or a device has no end to append to. */
static int check_kind(struct log *l, int fd, struct sow_error *err)
{
	struct stat st;
	if (fstat(fd, &st))
		return error_errno(err, l->path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, SOW_IO, "%s: expected a regular file", l->path);
	if (!l->known) {
		l->device = st.st_dev;
		l->inode = st.st_ino;
		l->known = true;
	}
	return SOW_OK;
}

static bool is_ours(const struct log *l, const struct stat *st)
{
	return st->st_dev == l->device && st->st_ino == l->inode && st->st_size >= l->read;
}

/* An editor may have replaced the file, or the user removed it: appended lines would be lost, and those
 * already read no longer count. */
static int check_place(const struct log *l, struct sow_error *err)
{
	struct stat opened, there;
	if (fstat(l->fd, &opened))
		return error_errno(err, l->path);
	if (!stat(l->path, &there)) {
		if (is_ours(l, &opened) && is_ours(l, &there))
			return SOW_OK;
	} else if (errno != ENOENT) {
		return error_errno(err, l->path);
	}
	return error_set(err, SOW_IO, "%s was replaced; start sow review again", l->path);
}

/* SOW_OK also if the file does not exist. */
static int open_to_read(struct log *l, struct sow_error *err)
{
	l->fd = open(l->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (l->fd < 0)
		return errno == ENOENT ? SOW_OK : error_errno(err, l->path);
	int status = check_kind(l, l->fd, err);
	if (status) {
		close(l->fd);
		l->fd = -1;
	}
	return status;
}

/* Passes on the complete lines of `text`; the rest after the last stays in it. */
static void give_lines(struct log *l, void (*take)(void *data, struct view line), void *data,
		       bool *any)
{
	size_t from = 0;
	const char *end;
	while ((end = memchr(l->text.data + from, '\n', l->text.len - from))) {
		size_t len = (size_t)(end - l->text.data) - from;
		take(data, view_from(l->text.data + from, len));
		from += len + 1;
		*any = true;
	}
	l->read += (int64_t)from;
	memmove(l->text.data, l->text.data + from, l->text.len - from);
	buf_cut(&l->text, l->text.len - from);
}

int log_read(struct log *l, void (*take)(void *data, struct view line), void *data,
	     struct sow_error *err)
{
	bool any = false;
	int status = l->fd >= 0 ? check_place(l, err) : open_to_read(l, err);
	buf_clear(&l->text);
	while (!status && l->fd >= 0) {
		char *room = buf_space(&l->text, BLOCK);
		ssize_t got = pread(l->fd, room, BLOCK, (off_t)(l->read + (int64_t)l->text.len));
		if (got < 0)
			return error_errno(err, l->path);
		if (!got)
			break;
		buf_wrote(&l->text, (size_t)got);
		give_lines(l, take, data, &any);
	}
	return status ? status : any;
}

void log_rest(struct log *l, void (*take)(void *data, struct view line), void *data)
{
	struct view rest = view_from(l->text.data, l->text.len);
	l->read += (int64_t)rest.len;
	if (rest.len)
		take(data, rest);
	buf_clear(&l->text);
}

/* The folder's entry for a new file must be on disk as well. */
static int sync_folder(const char *path, struct sow_error *err)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? mem_copy(path, slash > path ? (size_t)(slash - path) : 1) : mem_copystr(".");
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int status = fd < 0 || (fsync(fd) && errno != EINVAL && errno != EROFS) ? error_errno(err, folder)
									       : SOW_OK;
	if (fd >= 0)
		close(fd);
	mem_free(folder);
	return status;
}

static int open_to_write(struct log *l, struct sow_error *err)
{
	if (l->writable)
		return SOW_OK;
	if (l->fd >= 0 && check_place(l, err)) /* no new file in place of a lost one */
		return SOW_IO;
	int fd = open(l->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
	if (fd < 0)
		return error_errno(err, l->path);
	if (check_kind(l, fd, err)) {
		close(fd);
		return SOW_IO;
	}
	if (l->fd >= 0)
		close(l->fd);
	l->fd = fd;
	int status = sync_folder(l->path, err);
	l->writable = !status;
	return status;
}

int log_lock(struct log *l, struct sow_error *err)
{
	int status = open_to_write(l, err);
	while (!status && flock(l->fd, LOCK_EX)) {
		if (errno != EINTR)
			return error_errno(err, l->path);
	}
	if (!status && (status = check_place(l, err)))
		log_unlock(l);
	return status;
}

void log_unlock(struct log *l)
{
	flock(l->fd, LOCK_UN);
}

static int write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t wrote = write(fd, bytes, len);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return -1;
		bytes += wrote;
		len -= (size_t)wrote;
	}
	return 0;
}

int log_append(struct log *l, struct view line, struct sow_error *err)
{
	struct stat before;
	char last = '\n';
	if (fstat(l->fd, &before) ||
	    (before.st_size && pread(l->fd, &last, 1, before.st_size - 1) != 1))
		return error_errno(err, l->path);
	if ((last == '\n' || !write_all(l->fd, "\n", 1)) && !write_all(l->fd, line.p, line.len) &&
	    !fsync(l->fd))
		return SOW_OK;
	int status = error_errno(err, l->path);
	/* remove a half-written line; if even that fails, the next append ends it */
	if (ftruncate(l->fd, before.st_size))
		return status;
	return status;
}
