#include "io/spool.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "io/folder.h"

/* For file systems that have no files without a name. */
static int open_named(const char *folder, struct sow_error *err)
{
	struct buf path = BUF_INIT;
	int fd = -1;
	buf_addf(&path, "%s/.sow-XXXXXX", folder);
	fd = mkostemp(path.data, O_CLOEXEC);
	if (fd < 0)
		error_errno(err, folder);
	else
		unlink(path.data);
	buf_release(&path);
	return fd;
}

FILE *spool_new(const char *folder, struct sow_error *err)
{
	if (!folder)
		folder = folder_temporary();
	int fd = open(folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (fd < 0)
		fd = open_named(folder, err);
	if (fd < 0)
		return NULL;
	FILE *file = fdopen(fd, "w+b");
	if (!file) {
		error_errno(err, folder);
		close(fd);
	}
	return file;
}
