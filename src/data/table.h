/* table.h - a set of records as files with columns: Parquet, CSV or TSV.
 *
 *     struct table *t = table_new(TABLE_PARQUET, "data.parquet", err);
 *     table_add(t, part, line, err) …                   // JSON objects, of any part
 *     status = table_rewind(t, part, err);              // when all are added
 *     file = table_open_file(t, out, err);
 *     while ((status = table_next(t, part, &line, err)) > 0)
 *             table_file_add(file, line, err);
 *     status = table_file_finish(file, err);
 *
 * The columns are known only after the last record. Lines are therefore kept in an unnamed temporary file,
 * and written once all are added. All files of a table have the same columns, even those of parts without a
 * record.
 *
 * CSV and TSV are those of RFC 4180, with a header and "\n" after each row. A cell is a text unchanged, or
 * the JSON of a number, a truth value, an object or a list; a missing value and an empty text are an empty
 * cell. For Parquet see table_columns.h.
 *
 * Memory: a record, and the buffers of the file's kind. Disk: the records as JSON lines.
 */
#ifndef DATA_TABLE_H
#define DATA_TABLE_H

#include "base/buf.h"
#include "base/view.h"
#include "sow/sow.h"

#define TABLE_PARTS 2

enum table_kind { TABLE_NONE, TABLE_PARQUET, TABLE_CSV, TABLE_TSV };
extern const char *const table_kind_names[]; /* "", "Parquet", "CSV", "TSV" */

/* By a file's name: .parquet, .csv, .tsv, the last two also followed by .gz or .zst. */
enum table_kind table_kind_of(const char *path);
/* SOW_USAGE for a name that would compress Parquet a second time. */
int table_check_name(enum table_kind kind, const char *path, struct sow_error *err);

struct outfile;
struct table;
struct table_file;

/* Lines are kept in the folder of `path`, or if that is impossible in the folder of temporary files. NULL on
 * failure: SOW_IO. */
struct table *table_new(enum table_kind kind, const char *path, struct sow_error *err);
void table_free(struct table *t);             /* NULL is fine */

/* SOW_OK, SOW_IO, or SOW_INVALID where the record does not fit a table. */
int table_add(struct table *t, int part, struct view line, struct sow_error *err);
/* Where several processes write files of one table: the first appends the columns that this process has seen,
 * the second sets the columns that all have seen, in their order (table_columns.h). SOW_OK, SOW_INVALID. */
void table_save_columns(const struct table *t, struct buf *out);
int table_set_columns(struct table *t, struct view saved, struct sow_error *err);
/* Call it after the last table_add: begins reading a part. SOW_OK, SOW_IO. */
int table_rewind(struct table *t, int part, struct sow_error *err);
/* Its next line, valid until the next call: 1, or 0 at the end; SOW_IO. */
int table_next(struct table *t, int part, struct view *line, struct sow_error *err);
/* Appends the names of columns that are JSON in the file: in a CSV objects and lists, in Parquet columns
 * without a single type. */
void table_say_json(const struct table *t, struct buf *out);

/* A file of rows, with all of the table's columns; `out` stays the caller's. NULL on failure: SOW_IO, where
 * only `out` has the reason, or SOW_INVALID for Parquet without columns. */
struct table_file *table_open_file(struct table *t, struct outfile *out, struct sow_error *err);
/* SOW_OK, or SOW_IO, where only `out` has the reason. */
int table_file_add(struct table_file *f, struct view line, struct sow_error *err);
int table_file_finish(struct table_file *f, struct sow_error *err);
void table_file_drop(struct table_file *f);   /* NULL is fine */

#endif
