/* table.h - a set of records as files with columns: Parquet, CSV or TSV.
 *
 *     struct table *t = table_new(TABLE_PARQUET, "data.parquet", err);
 *     table_add(t, part, line, err) …                   // JSON objects, of one part or another
 *     status = table_rewind(t, part, err);              // when all are there
 *     file = table_open_file(t, out, err);
 *     while ((status = table_next(t, part, &line, err)) > 0)
 *             table_file_add(file, line, err);
 *     status = table_file_finish(file, err);
 *
 * Which columns there are is known when every record has been seen. Lines are therefore kept in a
 * file without a name, and written when all are there. All files of a table have the same columns,
 * also of parts without a record.
 *
 * CSV and TSV are as RFC 4180 has them, with a header and "\n" behind each row. Texts are themselves,
 * numbers and truth values their JSON, objects and lists JSON in a cell; what is missing and an
 * empty text are an empty cell. Parquet is as table_columns.h says.
 *
 * Memory: a record, and what a kind of file holds back. Disk: the records as JSON lines.
 */
#ifndef DATA_TABLE_H
#define DATA_TABLE_H

#include "base/buf.h"
#include "base/view.h"
#include "sow/sow.h"

#define TABLE_PARTS 2

enum table_kind { TABLE_NONE, TABLE_PARQUET, TABLE_CSV, TABLE_TSV };
extern const char *const table_kind_names[]; /* "", "Parquet", "CSV", "TSV" */

/* By a file's name: .parquet, .csv, .tsv, the last two also with .gz or .zst behind. */
enum table_kind table_kind_of(const char *path);
/* SOW_USAGE for Parquet that would be compressed once more. */
int table_check_name(enum table_kind kind, const char *path, struct sow_error *err);

struct outfile;
struct table;
struct table_file;

/* Lines are kept in the folder that `path` is in, or where that cannot be in that of temporary
 * files. NULL on failure: SOW_IO. */
struct table *table_new(enum table_kind kind, const char *path, struct sow_error *err);
void table_free(struct table *t);             /* NULL is fine */

/* SOW_OK, SOW_IO, or SOW_INVALID where the record fits no table. */
int table_add(struct table *t, int part, struct view line, struct sow_error *err);
/* Where several processes write files of one table: what this one has seen of columns is appended, and then the
 * columns are those that all have seen, in their order (table_columns.h). SOW_OK, SOW_INVALID. */
void table_save_columns(const struct table *t, struct buf *out);
int table_set_columns(struct table *t, struct view saved, struct sow_error *err);
/* Everything is added: a part can be read, from its beginning. SOW_OK, SOW_IO. */
int table_rewind(struct table *t, int part, struct sow_error *err);
/* Its next line, valid until the next call: 1, or 0 at the end; SOW_IO. */
int table_next(struct table *t, int part, struct view *line, struct sow_error *err);
/* Appends the names of columns that are JSON in the file: objects and lists in a CSV, in Parquet
 * what is of no one type. */
void table_say_json(const struct table *t, struct buf *out);

/* A file of rows, with all of the table's columns; `out` is still the caller's. NULL on failure:
 * SOW_IO where only `out` knows why, or SOW_INVALID for Parquet without columns. */
struct table_file *table_open_file(struct table *t, struct outfile *out, struct sow_error *err);
/* SOW_OK, SOW_IO where only `out` knows why. */
int table_file_add(struct table_file *f, struct view line, struct sow_error *err);
int table_file_finish(struct table_file *f, struct sow_error *err);
void table_file_drop(struct table_file *f);   /* NULL is fine */

#endif
