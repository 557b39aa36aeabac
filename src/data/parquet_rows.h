/* parquet_rows.h - the rows of a Parquet file as JSON objects, one at a time.
 *
 *     struct parquet_rows *r = parquet_rows_open(file, "data.parquet", err);
 *     while ((status = parquet_rows_next(r, &json, err)) > 0)
 *             ... {"instruction":"…","messages":[{"role":"user","content":"…"}]} ...
 *     parquet_rows_close(r);
 *
 * A row reads as the same record would in JSON:
 *   - a struct is an object, a list or a repeated column an array, a map an object
 *   - a missing value is a missing member; in an array or a map it is null
 *   - a date, time, timestamp or UUID is a text: "2026-11-28", "23:59:00.500",
 *     "2026-11-28T23:59:00Z" (without Z where the column has no time zone)
 *   - a decimal is a number with its digits, NaN and Infinity are null
 *   - a column of JSON is its value, or a text where it is not valid JSON
 *   - bytes are a text if they are UTF-8; else the row is refused
 *
 * A column of any other kind (Variant, geometry, interval, BSON) and two columns of one name are
 * refused at once, by name. Memory: a row of 64 MiB at most, and that of parquet.h.
 */
#ifndef DATA_PARQUET_ROWS_H
#define DATA_PARQUET_ROWS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/view.h"
#include "sow/sow.h"

struct parquet_rows;

/* Takes ownership of `file`, also on failure. NULL on failure: SOW_INVALID ("NAME: …"). */
struct parquet_rows *parquet_rows_open(FILE *file, const char *name, struct sow_error *err);
void parquet_rows_close(struct parquet_rows *r); /* NULL is fine */

/* The next row, valid until the next call: 1, or 0 at the end. SOW_INVALID with the row's number
 * ("NAME:12: column 'image' …"), after which the next call gives the row after it, unless
 * parquet_rows_broken; SOW_TOOBIG. */
int parquet_rows_next(struct parquet_rows *r, struct view *json, struct sow_error *err);
bool parquet_rows_broken(const struct parquet_rows *r);

#endif
