#include "io/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/draw.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/view.h"
#include "io/compress.h"
#include "io/folder.h"

#define BLOCK ((size_t)64 << 10)
#define NAME_TRIES 100
#define LINKS_MOST 40

struct outfile {
	int fd;
	bool owned;             /* the descriptor is ours to close */
	bool prompt;            /* a terminal: nothing is held back */
	bool closed;            /* standard output's reader has gone */
	bool behind;            /* written in place, after its present bytes */
	struct packer *packer;
	char *path;             /* as the caller wrote it, for messages */
	char *target;           /* the file to be replaced, links followed */
	char *folder;           /* where that is */
	char *temp;             /* its successor, while that has a separate name */
	size_t held;            /* bytes in block */
	struct sow_error failure;
	char block[BLOCK];
};

static bool name_all;

void outfile_name_all(bool on)
{
	name_all = on;
}

static int fail(struct outfile *out)
{
	return error_errno(&out->failure, out->path);
}

/* "a/b/" of "a/b/c", "./" of "c". */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? mem_copy(path, (size_t)(slash - path) + 1) : mem_copystr("./");
}

/* A short name of ours in that folder, so that a file with the longest name can be written. */
static char *temp_name(const char *folder, unsigned try)
{
	struct draw d = draw_start((uint64_t)clock_wall(), try, (uint64_t)getpid());
	struct buf name = BUF_INIT;
	buf_addf(&name, "%s.sow-%016llx.tmp", folder, (unsigned long long)draw_u64(&d));
	return buf_detach(&name);
}

/* A file without a name, of which nothing is left however we end. Not every file system has
 * them, and the name is given by way of /proc. */
static bool open_unnamed(struct outfile *out, mode_t mode)
{
	if (name_all || access("/proc/self/fd", X_OK) < 0)
		return false;
	out->fd = open(out->folder, O_WRONLY | O_TMPFILE | O_CLOEXEC, mode);
	return out->fd >= 0;
}

/* Tries names until `take` has one, which is the temporary file's then. */
static int take_name(struct outfile *out, mode_t mode,
		     int (*take)(struct outfile *out, const char *name, mode_t mode))
{
	for (unsigned try = 0; try < NAME_TRIES; try++) {
		char *name = temp_name(out->folder, try);
		if (take(out, name, mode) == 0) {
			out->temp = name;
			return SOW_OK;
		}
		mem_free(name);
		if (errno != EEXIST && errno != EINTR)
			break;
	}
	return fail(out);
}

/* For a file without a name, since a link cannot take the place of a file. */
static int link_name(struct outfile *out, const char *name, mode_t mode)
{
	char self[64];
	(void)mode;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", out->fd);
	return linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

static int open_name(struct outfile *out, const char *name, mode_t mode)
{
	out->fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	out->owned = out->fd >= 0;
	return out->owned ? 0 : -1;
}

static int open_temp(struct outfile *out, mode_t mode)
{
	out->owned = open_unnamed(out, mode);
	return out->owned ? SOW_OK : take_name(out, mode, open_name);
}

static int open_in_place(struct outfile *out)
{
	out->fd = open(out->path, O_WRONLY | O_CLOEXEC);
	if (out->fd < 0)
		return fail(out);
	out->owned = true;
	return SOW_OK;
}

/* An existing file keeps its permissions, and must be writable. */
static int open_successor(struct outfile *out, const struct stat *old)
{
	if (access(out->path, W_OK) < 0)
		return fail(out);
	int status = open_temp(out, old->st_mode & 0666);
	if (!status && fchmod(out->fd, old->st_mode & 07777) < 0)
		status = fail(out);
	return status;
}

/* The descriptor that a path names, such as /proc/self/fd/1; -1: none. */
static int descriptor_of(const char *path)
{
	char *folder = folder_of(path), in[PATH_MAX], own[PATH_MAX], *end;
	const char *name = folder_base_name(path);
	bool is_own = realpath(folder, in) && realpath("/proc/self/fd", own) && strcmp(in, own) == 0;
	long n = strtol(name, &end, 10);
	mem_free(folder);
	return is_own && ascii_digit(*name) && !*end && n <= INT_MAX ? (int)n : -1;
}

/* Follows links, up to a path that is not one or does not exist, or to a descriptor, *fd (else -1). NULL where
 * there are too many. */
static char *follow(const char *path, int *fd)
{
	char *at = mem_copystr(path), to[PATH_MAX];
	for (int links = 0; links < LINKS_MOST; links++) {
		*fd = descriptor_of(at);
		ssize_t len = *fd < 0 ? readlink(at, to, sizeof(to) - 1) : -1;
		if (len < 0)
			return at;
		to[len] = '\0';
		struct buf next = BUF_INIT;
		char *folder = folder_of(at);
		buf_addf(&next, "%s%s", *to == '/' ? "" : folder, to);
		mem_free(folder);
		mem_free(at);
		at = buf_detach(&next);
	}
	mem_free(at);
	return NULL;
}

/* A descriptor is written where it stands: what it was opened as is not ours to replace. */
static int open_descriptor(struct outfile *out, int fd)
{
	out->prompt = isatty(fd) == 1;
	out->fd = fd == STDOUT_FILENO ? fd : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	out->owned = out->fd >= 0 && fd != STDOUT_FILENO;
	return out->fd < 0 ? fail(out) : SOW_OK;
}

static int open_file(struct outfile *out)
{
	struct stat st;
	int fd;
	out->target = follow(out->path, &fd);
	if (!out->target) {
		errno = ELOOP;
		return fail(out);
	}
	bool there = fd < 0 && stat(out->target, &st) == 0;
	if (fd < 0 && !there && errno != ENOENT)
		return fail(out);
	if (there && S_ISREG(st.st_mode)) {
		out->folder = folder_of(out->target);
		return open_successor(out, &st);
	}
	if (fd < 0 && !there) {
		out->folder = folder_of(out->target);
		return open_temp(out, 0666);
	}
	mem_free(out->target);
	out->target = NULL;
	return there ? open_in_place(out) : open_descriptor(out, fd);
}

static int set_up_packer(struct outfile *out, const char *path)
{
	enum compression kind = compression_by_name(path);
	out->packer = kind ? packer_new(kind) : NULL;
	return kind && !out->packer ? error_nomem(&out->failure) : SOW_OK;
}

static int set_up(struct outfile *out, const char *path)
{
	bool standard = strcmp(path, "-") == 0;
	out->path = mem_copystr(standard ? "standard output" : path);
	int status = set_up_packer(out, path);
	if (status)
		return status;
	if (!standard)
		return open_file(out);
	out->fd = STDOUT_FILENO;
	out->prompt = isatty(out->fd) == 1;
	return SOW_OK;
}

static int set_up_behind(struct outfile *out, const char *path, uint64_t from)
{
	struct stat st;
	out->path = mem_copystr(path);
	out->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	out->owned = out->fd >= 0;
	if (!out->owned || fstat(out->fd, &st) < 0)
		return fail(out);
	out->behind = S_ISREG(st.st_mode);
	if (out->behind && (ftruncate(out->fd, (off_t)from) < 0 || lseek(out->fd, 0, SEEK_END) < 0))
		return fail(out);
	return set_up_packer(out, path);
}

/* `out`, or NULL with its failure told. */
static struct outfile *opened(struct outfile *out, int status, struct sow_error *err)
{
	if (!status)
		return out;
	error_set(err, (enum sow_status)status, "%s", out->failure.text);
	outfile_drop(out);
	return NULL;
}

struct outfile *outfile_open(const char *path, struct sow_error *err)
{
	struct outfile *out = mem_zalloc(sizeof(*out));
	return opened(out, set_up(out, path), err);
}

struct outfile *outfile_append(const char *path, uint64_t from, struct sow_error *err)
{
	struct outfile *out = mem_zalloc(sizeof(*out));
	return opened(out, set_up_behind(out, path, from), err);
}

static int write_all(struct outfile *out, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(out->fd, bytes, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO; /* a device that takes nothing and does not say why */
		if (n <= 0) {
			out->closed = errno == EPIPE && out->fd == STDOUT_FILENO;
			return fail(out);
		}
		bytes += n;
		len -= (size_t)n;
	}
	return SOW_OK;
}

static int flush(struct outfile *out)
{
	size_t len = out->held;
	out->held = 0;
	return write_all(out, out->block, len);
}

static int pack(struct outfile *out, const char *bytes, size_t len, bool end)
{
	for (;;) {
		struct pump io = { bytes, len, out->block + out->held, BLOCK - out->held };
		int status = packer_run(out->packer, &io, end);
		if (status < 0)
			return error_nomem(&out->failure);
		out->held = BLOCK - io.out_len;
		bytes = io.in;
		len = io.in_len;
		if (end ? status == 1 : !len)
			return SOW_OK;
		status = flush(out);
		if (status)
			return status;
	}
}

static int hold(struct outfile *out, const char *bytes, size_t len)
{
	int status = len > BLOCK - out->held ? flush(out) : SOW_OK;
	if (status)
		return status;
	if (len >= BLOCK)
		return write_all(out, bytes, len);
	memcpy(out->block + out->held, bytes, len);
	out->held += len;
	return out->prompt ? flush(out) : SOW_OK;
}

int outfile_write(struct outfile *out, const char *bytes, size_t len)
{
	if (out->failure.status || !len)
		return out->failure.status;
	return out->packer ? pack(out, bytes, len, false) : hold(out, bytes, len);
}

/* Makes the new name last. Where folders cannot be synced, the system sees to it. */
static int sync_folder(struct outfile *out)
{
	int fd = open(out->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return SOW_OK;
	int status = fsync(fd) < 0 && errno == EIO ? fail(out) : SOW_OK;
	close(fd);
	return status;
}

static int close_fd(struct outfile *out)
{
	bool owned = out->owned;
	out->owned = false;
	/* after EINTR the descriptor is gone all the same, and the data was synced */
	if (owned && close(out->fd) < 0 && errno != EINTR)
		return fail(out);
	return SOW_OK;
}

static int appear(struct outfile *out)
{
	int status = SOW_OK;
	if ((out->target || out->behind) && fsync(out->fd) < 0)
		return fail(out);
	if (out->target && !out->temp)
		status = take_name(out, 0, link_name);
	if (!status)
		status = close_fd(out);
	if (status || !out->target)
		return status;
	if (rename(out->temp, out->target) < 0)
		return fail(out);
	mem_free(out->temp);
	out->temp = NULL;
	return sync_folder(out);
}

int outfile_status(const struct outfile *out)
{
	return (int)out->failure.status;
}

int outfile_finish(struct outfile *out, struct sow_error *err)
{
	int status = out->failure.status;
	if (!status && out->packer)
		status = pack(out, "", 0, true);
	if (!status)
		status = flush(out);
	if (!status)
		status = appear(out);
	if (out->closed)
		status = SOW_CLOSED;
	if (status)
		error_set(err, status, "%s", out->failure.text);
	outfile_drop(out);
	return status;
}

void outfile_drop(struct outfile *out)
{
	if (!out)
		return;
	if (out->owned)
		close(out->fd);
	if (out->temp)
		unlink(out->temp);
	packer_free(out->packer);
	mem_free(out->temp);
	mem_free(out->folder);
	mem_free(out->target);
	mem_free(out->path);
	mem_free(out);
}

/* One file or two */

static bool same_inode(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Of two that are not there yet. */
static bool same_name(const char *a, const char *b)
{
	struct stat in_a, in_b;
	char *folder_a = folder_of(a), *folder_b = folder_of(b);
	bool same = folder_a && folder_b &&
		    strcmp(folder_base_name(a), folder_base_name(b)) == 0 &&
		    stat(folder_a, &in_a) == 0 && stat(folder_b, &in_b) == 0 &&
		    same_inode(&in_a, &in_b);
	mem_free(folder_a);
	mem_free(folder_b);
	return same;
}

bool outfile_same(const char *a, const char *b)
{
	struct stat of_a, of_b;
	if (strcmp(a, "-") == 0 || strcmp(b, "-") == 0)
		return strcmp(a, b) == 0;
	bool a_is = stat(a, &of_a) == 0, b_is = stat(b, &of_b) == 0;
	if (a_is && b_is)
		return S_ISREG(of_a.st_mode) && same_inode(&of_a, &of_b);
	return a_is == b_is && same_name(a, b);
}
