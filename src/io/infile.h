/* infile.h - read a file line by line, or whole: plain, .gz or .zst, or "-".
 *
 *     struct infile *in = infile_open("tasks.jsonl.zst", err);
 *     struct view line;
 *     while ((status = infile_line(in, &line, err)) > 0)
 *             ... infile_number(in) is the line's number, from 1 ...
 *     infile_close(in);
 *
 * Compression is detected by the content's magic bytes, not by the name. A UTF-8 byte
 * order mark at the start is skipped. UTF-16, told by its mark or by the zero bytes between
 * ASCII characters, reads as UTF-8, half a surrogate pair as U+FFFD. Memory: one line and one
 * block.
 */
#ifndef IO_INFILE_H
#define IO_INFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/view.h"
#include "sow/sow.h"

#define INFILE_LINE_MAX ((size_t)64 << 20)    /* bytes in one line */
#define INFILE_WHOLE_MAX ((size_t)1 << 30)    /* bytes in a file read whole */

struct infile;

/* NULL on failure: SOW_IO ("PATH: No such file or directory"). */
struct infile *infile_open(const char *path, struct sow_error *err);
/* The bytes from `from` to `to` of a file that is neither compressed nor UTF-16, which are whole lines;
 * a byte order mark is skipped where from is 0. */
struct infile *infile_open_part(const char *path, uint64_t from, uint64_t to, struct sow_error *err);
void infile_close(struct infile *in);         /* NULL is fine */

/* The next line without its "\n" or "\r\n", valid until the next call. 1, 0 at the end,
 * SOW_IO (with path), SOW_INVALID (cut or broken compression), SOW_TOOBIG with
 * "PATH:LINE: longer than 64 MiB". A failure is final: each later call gives it again. */
int infile_line(struct infile *in, struct view *line, struct sow_error *err);
/* After SOW_TOOBIG: skips the rest of that line, so that the next call returns the line after
 * it. SOW_OK, or the failure as before. */
int infile_pass(struct infile *in, struct sow_error *err);
size_t infile_number(const struct infile *in);
const char *infile_path(const struct infile *in); /* "standard input" for "-" */

/* Did the text begin with a UTF-8 byte order mark? Known once anything of it was read. */
bool infile_marked(const struct infile *in);
/* Characters of UTF-16 that were half a pair, so far. */
size_t infile_repaired(const struct infile *in);

/* What comes next, without taking it: at least `least` bytes if the text has so many and
 * INFILE_PEEK_MAX is no less; valid until the next call. 1, 0 at the end, failures as above.
 * infile_take takes the first `len` of them; it counts no lines. */
#define INFILE_PEEK_MAX ((size_t)64 << 10)
int infile_peek(struct infile *in, size_t least, struct view *bytes, struct sow_error *err);
void infile_take(struct infile *in, size_t len);

/* True if the bytes of the file are its text, and it can be read in parts: a regular file, neither
 * compressed nor UTF-16. After the first line or peek. */
bool infile_is_plain(const struct infile *in);
/* Where the first line begins at byte `at` or after it; if there is none, the file's size. SOW_OK
 * or SOW_IO. */
int infile_line_start(const char *path, uint64_t at, uint64_t *start, struct sow_error *err);
/* How many lines end in the first `size` bytes. SOW_OK or SOW_IO. */
int infile_count_lines(const char *path, uint64_t size, size_t *lines, struct sow_error *err);

/* All of it as a file to seek in, which the caller closes: itself, or a copy in a temporary file
 * where it is compressed or a pipe. `in` gives nothing any more. NULL on failure: SOW_IO, SOW_INVALID,
 * SOW_NOMEM. */
FILE *infile_seekable(struct infile *in, struct sow_error *err);

/* For what is read twice: has the file changed meanwhile? It would have another inode, size or
 * time of change. SOW_OK, SOW_IO, or SOW_USAGE if it is not a regular file ("-" is not one), which can
 * be read once only. */
struct infile_stamp {
	uint64_t device, inode, size;
	int64_t changed;                      /* ns since 1970 */
};
int infile_stamp(const char *path, struct infile_stamp *stamp, struct sow_error *err);
bool infile_same(const struct infile_stamp *a, const struct infile_stamp *b);

/* All that is left, appended to `out`; on failure nothing is. SOW_TOOBIG past INFILE_WHOLE_MAX or
 * the buffer's own cap; other failures as above. */
int infile_rest(struct infile *in, struct buf *out, struct sow_error *err);
/* The same of a file that is opened for it. */
int infile_whole(const char *path, struct buf *out, struct sow_error *err);

#endif
