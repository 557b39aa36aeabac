/* vectors.h - the vectors of a run's records, made by its last step (score --with embed), or by the
 * step before a last one that chooses among them.
 *
 *     status = run_each_vector("scored", add, &list, err);      // in the order of open_records
 *
 * run.db has them with the replies. A run that ends also writes them to DIR/embed.npy, for
 * programs that read NumPy's arrays: a row a record, 32-bit floating point.
 */
#ifndef RUN_VECTORS_H
#define RUN_VECTORS_H

#include <stddef.h>

#include "sow/sow.h"

struct store;

#define RUN_VECTORS_FILE "embed.npy"

/* One for each record of the run in `dir`; NULL and 0 for a record without one. Numbers live until the
 * callback returns; stops at and returns the first non-zero. */
int run_each_vector(const char *dir, int (*each)(void *data, const float *numbers, size_t count),
		    void *data, struct sow_error *err);

/* Writes the file of the run in `dir`, whose open store is `s`. Writes nothing if there are no vectors.
 * SOW_OK, SOW_IO; SOW_INVALID if vectors differ in length, or a record has none. */
int run_write_vectors(struct store *s, const char *dir, struct sow_error *err);

#endif
