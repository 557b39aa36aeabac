/* mark.h - input that is read more than once must not change meanwhile.
 *
 *     status = clean_mark(&options, &mark, err);           // before it is read
 *     status = clean_mark_check(&options, hasher, err);    // behind each reading, with options.mark
 */
#ifndef CLEAN_MARK_H
#define CLEAN_MARK_H

#include <stdbool.h>

#include "io/hash.h"
#include "io/infile.h"
#include "sow/sow.h"

struct clean_options;

struct clean_mark {
	struct infile_stamp stamp;   /* of a file */
	bool by_hash, read;          /* no stamp tells: a run, or files on the Hub; in parts, all stamps */
	struct hash hash;            /* of what was first read */
};

/* Marks the input, to be read more than once. SOW_OK, SOW_IO, or SOW_USAGE if it can be read once
 * only, as standard input. */
int clean_mark(const struct clean_options *o, struct clean_mark *mark, struct sow_error *err);

/* Without a mark all is well. `h` has taken the records, where the mark is by hash; else NULL. SOW_INVALID
 * if the input changed. */
int clean_mark_check(const struct clean_options *o, struct hasher *h, struct sow_error *err);

#endif
