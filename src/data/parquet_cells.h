/* parquet_cells.h - one value of a Parquet column as JSON text. */
#ifndef DATA_PARQUET_CELLS_H
#define DATA_PARQUET_CELLS_H

#include "base/arena.h"
#include "base/buf.h"
#include "io/parquet.h"

/* True if values of that leaf can be written as JSON. */
bool parquet_cell_is_known(const struct parquet_node *leaf);

/* Appends value number `i` of a slice. Where it is bytes that are not UTF-8, appends null and returns false.
 * Failure to allocate shows in `out`; `scratch` is used, and not cleared. */
bool parquet_cell(const struct parquet_node *leaf, const void *values, size_t i, struct buf *out,
		  struct arena *scratch);

#endif
