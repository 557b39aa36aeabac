/* fingerprint.h - input that is read more than once must not change meanwhile.
 *
 *     status = clean_fingerprint_take(&options, &fingerprint, err);     // before the first reading
 *     status = clean_fingerprint_check(&options, hasher, err);          // after each, with options.fingerprint
 */
#ifndef CLEAN_FINGERPRINT_H
#define CLEAN_FINGERPRINT_H

#include <stdbool.h>

#include "io/hash.h"
#include "io/infile.h"
#include "sow/sow.h"

struct clean_options;

struct clean_fingerprint {
	struct infile_stamp stamp;   /* of a file */
	bool by_hash, read;          /* no stamp tells: a run, or files on the Hub; in parts, all stamps */
	struct hash hash;            /* of what was first read */
};

/* Takes the fingerprint of an input that is read more than once. SOW_OK, SOW_IO, or SOW_USAGE for an input that
 * can be read only once, such as standard input. */
int clean_fingerprint_take(const struct clean_options *o, struct clean_fingerprint *f, struct sow_error *err);

/* SOW_INVALID if the input changed; SOW_OK without a fingerprint. `h` has hashed the records where the
 * fingerprint is by hash, and is NULL elsewhere. */
int clean_fingerprint_check(const struct clean_options *o, struct hasher *h, struct sow_error *err);

#endif
