/* archive.h - members of a ZIP archive, read one at a time and within bounds. The only face of libzip.
 *
 *     struct archive *a = archive_open("book.epub", err);
 *     struct buf text = BUF_INIT;
 *     status = archive_read(a, "META-INF/container.xml", &text, err);
 *     archive_close(a);
 *
 * What an archive says of its sizes is not believed: a member is unpacked in blocks, and no further
 * than the bounds allow. All that is read of one archive comes to ARCHIVE_BYTES_MAX at most, and no
 * member may be more than ARCHIVE_RATIO_MAX times as large as it is packed (text is rarely 30 times).
 * Nothing is ever written to disk.
 *
 * Memory: the list of members, and what is read.
 */
#ifndef IO_ARCHIVE_H
#define IO_ARCHIVE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/view.h"
#include "sow/sow.h"

#define ARCHIVE_BYTES_MAX ((size_t)64 << 20)
#define ARCHIVE_RATIO_MAX 250
#define ARCHIVE_RATIO_FROM ((size_t)1 << 20)  /* smaller members may have any ratio */

struct archive;

/* NULL on failure: SOW_IO, SOW_INVALID if it is not a ZIP archive, or a broken one, SOW_NOMEM. Messages
 * do not name the file. */
struct archive *archive_open(const char *path, struct sow_error *err);
/* The same of bytes, which live as long as it does. */
struct archive *archive_of(struct view bytes, struct sow_error *err);
void archive_close(struct archive *a);        /* NULL is fine */

/* Appends a member. SOW_MISSING if there is none of that name; SOW_INVALID if it is encrypted, broken
 * or packed beyond the ratio; SOW_TOOBIG past ARCHIVE_BYTES_MAX; SOW_IO, SOW_NOMEM. */
int archive_read(struct archive *a, const char *name, struct buf *out, struct sow_error *err);

#endif
