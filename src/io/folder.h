/* folder.h - make folders, find the user's own, hold one against other processes. */
#ifndef IO_FOLDER_H
#define IO_FOLDER_H

#include <stdbool.h>

#include "base/buf.h"
#include "sow/sow.h"

/* Makes `path` and what is missing above it. SOW_OK also if it is there; SOW_IO if it can't
 * be made or is not a folder. */
int folder_make(const char *path, struct sow_error *err);

/* What stands after the last slash of `path`: part of it. */
const char *folder_base_name(const char *path);
/* True if `path` is a folder, or a link to one. */
bool folder_is(const char *path);
/* True if there is nothing at `path`, or a folder with nothing in it. */
bool folder_is_free(const char *path);
/* Makes a new folder beside `path`, "PATH.new-0" or the first such name that is free, and
 * appends its name to `out`; what is missing above it is made. */
int folder_make_temporary(const char *path, struct buf *out, struct sow_error *err);
/* Renames folder `from` to `to`, which is free; on disk when it returns. */
int folder_rename(const char *from, const char *to, struct sow_error *err);
/* Takes a folder away, with all that is in it. Best effort. */
void folder_remove(const char *path);

/* Appends sow's folder of a kind that the user may have moved: $VARIABLE/sow, or ~/USUAL/sow where
 * the variable has no absolute path. False, with nothing appended, if there is no home either. */
bool folder_of_user(const char *variable, const char *usual, struct buf *out);
/* Appends sow's cache folder to `out` and makes it: `dir`, or if NULL $XDG_CACHE_HOME/sow,
 * or ~/.cache/sow. */
int folder_cache(const char *dir, struct buf *out, struct sow_error *err);

/* Where temporary files go: $TMPDIR, or /tmp. */
const char *folder_temporary(void);
/* Appends a new folder's path to `out`: in folder_temporary, for this user alone. */
int folder_scratch(struct buf *out, struct sow_error *err);

/* Holds DIR/lock for this process until folder_unlock, or its end. The descriptor (0 or
 * more), SOW_BUSY ("DIR: in use by another process (N)") or SOW_IO. */
int folder_lock(const char *dir, struct sow_error *err);
void folder_unlock(int lock);
bool folder_is_locked(const char *dir);       /* by any process, right now */

#endif
