/* outfile.h - write a file that appears whole or not at all.
 *
 *     struct outfile *out = outfile_open("alpaca.jsonl.zst", err);
 *     outfile_write(out, text, len);
 *     status = outfile_finish(out, err);     // flush, fsync, rename; frees `out`
 *
 * The suffix .gz or .zst compresses. "-" is standard output: nothing to rename, and a
 * terminal sees each write at once. A link is followed: what it points to is replaced,
 * and keeps its permissions; a new file has those of any other (0666 and the umask).
 * An outfile that is dropped (outfile_drop) leaves nothing behind, nor does a process that is
 * killed where the file system has files without names; what stood at the path before stays.
 * Failure sticks: writes are checked by outfile_finish.
 * A path that is not a regular file (/dev/null, a pipe) is written in place, and so is a descriptor under any
 * of its names (/dev/stdout, /dev/fd/3), whatever file it is.
 */
#ifndef IO_OUTFILE_H
#define IO_OUTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sow/sow.h"

struct outfile;

struct outfile *outfile_open(const char *path, struct sow_error *err);
/* Appends after the first `from` bytes of the file and cuts off the rest; creates the file if it does not exist.
 * In a compressed file those bytes must end where an earlier outfile_finish ended. The file is written in place,
 * for callers that make it appear by other means: a failure undoes nothing, and outfile_finish syncs it. */
struct outfile *outfile_append(const char *path, uint64_t from, struct sow_error *err);
int outfile_write(struct outfile *out, const char *bytes, size_t len);
int outfile_status(const struct outfile *out);                  /* of the writes so far */
int outfile_finish(struct outfile *out, struct sow_error *err); /* "PATH: No space left…"; SOW_CLOSED
							* where the reader of "-" has gone */
void outfile_drop(struct outfile *out);       /* NULL is fine */

/* Whether both paths name the same file, existing or not. "-" counts as a file; other than regular files do not. */
bool outfile_same(const char *a, const char *b);

/* For tests: as if no file system had files without names. */
void outfile_name_all(bool on);

#endif
