#include "cli/look.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"

struct store *look_open(const char *dir, struct sow_error *err)
{
	struct buf path = BUF_INIT;
	buf_addf(&path, "%s/run.db", dir);
	bool missing = !buf_failed(&path) && access(path.data, F_OK) < 0 &&
		       (errno == ENOENT || errno == ENOTDIR);
	buf_release(&path);
	if (!missing)
		return store_open(dir, STORE_LOOK, err);
	if (access(dir, F_OK) < 0)
		error_errno(err, dir);
	else
		error_set(err, SOW_MISSING, "%s: no run here; expected the -o DIR of a run, with "
			  "run.db in it", dir);
	return NULL;
}

bool look_is_folder(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}
