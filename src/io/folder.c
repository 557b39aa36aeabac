#include "io/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/view.h"

static int make_one(const char *path, struct sow_error *err)
{
	struct stat st;
	if (mkdir(path, 0777) == 0)
		return SOW_OK;
	if (errno != EEXIST)
		return error_errno(err, path);
	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		return error_set(err, SOW_IO, "%s: expected a folder", path);
	return SOW_OK;
}

int folder_make(const char *path, struct sow_error *err)
{
	struct buf upto = BUF_INIT;
	int status = SOW_OK;
	for (size_t at = 0; path[at] && !status; at++) {
		bool ends = !path[at + 1] || (path[at + 1] == '/' && at + 1 > 0);
		buf_addch(&upto, path[at]);
		if (ends && path[at] != '/')
			status = make_one(upto.data, err);
	}
	buf_release(&upto);
	return status;
}

const char *folder_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

bool folder_is(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool folder_is_free(const char *path)
{
	DIR *dir = opendir(path);
	bool found = !dir && errno != ENOENT;
	for (struct dirent *e; dir && !found && (e = readdir(dir));)
		found = strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	if (dir)
		closedir(dir);
	return !found;
}

/* Appends what `path` is in. */
static void add_parent(struct buf *out, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 1;
	buf_add(out, slash ? path : ".", slash == path ? 1 : len);
}

int folder_make_temporary(const char *path, struct buf *out, struct sow_error *err)
{
	struct buf parent = BUF_INIT;
	size_t start = out->len;
	add_parent(&parent, path);
	int status = folder_make(parent.data, err);
	buf_release(&parent);
	for (int n = 0; !status; n++) {
		buf_cut(out, start);
		buf_addf(out, "%s.new-%d", path, n);
		if (mkdir(out->data + start, 0777) == 0)
			return SOW_OK;
		if (errno != EEXIST || n == 1000)
			status = error_errno(err, out->data + start);
	}
	return status;
}

int folder_rename(const char *from, const char *to, struct sow_error *err)
{
	struct buf parent = BUF_INIT;
	if (rename(from, to) < 0)
		return error_errno(err, to);
	/* Best effort: a system may not let folders be opened. */
	add_parent(&parent, to);
	int fd = open(parent.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	buf_release(&parent);
	int status = fd >= 0 && fsync(fd) < 0 && errno == EIO ? error_errno(err, to) : SOW_OK;
	if (fd >= 0)
		close(fd);
	return status;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	remove(path);
	return 0;
}

void folder_remove(const char *path)
{
	nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

bool folder_of_user(const char *variable, const char *usual, struct buf *out)
{
	const char *moved = getenv(variable), *home = getenv("HOME");
	if (moved && moved[0] == '/')
		buf_addf(out, "%s/sow", moved);
	else if (home && home[0] == '/')
		buf_addf(out, "%s/%s/sow", home, usual);
	else
		return false;
	return true;
}

int folder_cache(const char *dir, struct buf *out, struct sow_error *err)
{
	if (dir)
		buf_addstr(out, dir);
	else if (!folder_of_user("XDG_CACHE_HOME", ".cache", out))
		return error_set(err, SOW_IO, "neither XDG_CACHE_HOME nor HOME is an absolute path: give "
				 "--cache-dir DIR or --no-cache");
	return folder_make(out->data, err);
}

/* The number in the lock file is for people; the lock itself is the kernel's. */
static int write_owner(int lock)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	if (ftruncate(lock, 0) != 0 || pwrite(lock, text, (size_t)len, 0) != len)
		return SOW_IO;
	return SOW_OK;
}

int folder_lock(const char *dir, struct sow_error *err)
{
	struct buf path = BUF_INIT;
	buf_addf(&path, "%s/lock", dir);
	int lock = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	int status = lock >= 0 ? SOW_OK : error_errno(err, path.data);
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	if (!status && fcntl(lock, F_OFD_SETLK, &whole) != 0) {
		int why = errno;
		char owner[32] = "";
		ssize_t len = pread(lock, owner, sizeof(owner) - 1, 0);
		owner[len > 0 ? strcspn(owner, "\n") : 0] = '\0';
		bool held = why == EACCES || why == EAGAIN;
		status = error_set(err, held ? SOW_BUSY : SOW_IO, "%s: %s%s%s%s", dir,
				   held ? "in use by another process" : strerror(why),
				   held && *owner ? " (" : "", held ? owner : "",
				   held && *owner ? ")" : "");
	}
	/* A full disk does not prevent holding the lock. */
	if (!status)
		(void)write_owner(lock);
	buf_release(&path);
	if (status && lock >= 0)
		close(lock);
	return status ? status : lock;
}

void folder_unlock(int lock)
{
	if (lock >= 0)
		close(lock);
}

bool folder_is_locked(const char *dir)
{
	struct buf path = BUF_INIT;
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	buf_addf(&path, "%s/lock", dir);
	int lock = open(path.data, O_RDWR | O_CLOEXEC);
	bool held = lock >= 0 && fcntl(lock, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
	folder_unlock(lock);
	buf_release(&path);
	return held;
}

const char *folder_temporary(void)
{
	const char *chosen = getenv("TMPDIR");
	return chosen && *chosen ? chosen : "/tmp";
}

int folder_scratch(struct buf *out, struct sow_error *err)
{
	size_t start = out->len;
	buf_addf(out, "%s/sow-XXXXXX", folder_temporary());
	return mkdtemp(out->data + start) ? SOW_OK : error_errno(err, out->data + start);
}
