/* parquet_lines.h - records as the rows of a Parquet file.
 *
 *     struct parquet_lines *p = parquet_lines_open(file, nodes, count, err);
 *     parquet_lines_add(p, line, err) …
 *     status = parquet_lines_finish(p, err);     // frees `p`; `file` stays the caller's
 *
 * The columns are those of table_columns.h, collected from all these lines. A row group is 32 MiB of lines.
 * Memory: a row group's columns.
 */
#ifndef DATA_PARQUET_LINES_H
#define DATA_PARQUET_LINES_H

#include <stddef.h>

#include "base/view.h"
#include "io/parquet.h"
#include "sow/sow.h"

struct outfile;
struct parquet_lines;

/* The nodes must outlive it. NULL on failure: SOW_NOMEM, SOW_INVALID. */
struct parquet_lines *parquet_lines_open(struct outfile *file, const struct parquet_node *nodes,
					 size_t count, struct sow_error *err);
/* A line is a JSON object. SOW_OK; SOW_IO, where only the file has the reason; SOW_INVALID. */
int parquet_lines_add(struct parquet_lines *p, struct view line, struct sow_error *err);
int parquet_lines_finish(struct parquet_lines *p, struct sow_error *err);
void parquet_lines_drop(struct parquet_lines *p); /* NULL is fine */

#endif
