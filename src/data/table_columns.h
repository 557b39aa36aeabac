/* table_columns.h - which columns a file needs, determined from all of its records.
 *
 *     struct table_columns *c = table_columns_new();
 *     table_columns_add(c, json_root(doc), err);            // each record
 *     nodes = table_columns_nodes(c, &count);               // for parquet.h
 *
 * A column is a member of the records, in order of first appearance, and every value may be missing. Its
 * values decide its type:
 *
 *   | truth values                       | boolean                              |
 *   | integers that 64 bits hold         | 64-bit integer                       |
 *   | numbers, with integers up to 2^53  | double                               |
 *   | texts                              | text                                 |
 *   | objects                            | a struct of their members, the same way |
 *   | lists                              | a list of what the elements are      |
 *   | null only                          | text                                 |
 *   | anything else                      | JSON                                 |
 *
 * JSON is a text with Parquet's logical type JSON, which datasets and DuckDB parse again. "Anything else" is:
 * values of several types, numbers that a double does not hold digit for digit, objects without a member or
 * with more than 100, or with two of one name, and values more than 20 levels deep. `tools`, `arguments` and
 * `parameters` are always JSON unless they are texts: they differ from record to record, and a struct would
 * give each the members of all the others.
 */
#ifndef DATA_TABLE_COLUMNS_H
#define DATA_TABLE_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/view.h"
#include "io/json.h"
#include "io/parquet.h"
#include "sow/sow.h"

struct table_columns;

struct table_columns *table_columns_new(void);
void table_columns_free(struct table_columns *c);     /* NULL is fine */

/* Adds a record, an object whose numbers keep their digits (json_parse_lenient). SOW_OK, or
 * SOW_INVALID where two of its members have one name or one cannot name a column. */
int table_columns_add(struct table_columns *c, const json_value *record, struct sow_error *err);

/* Save the columns so far as bytes, and add them to others in the order of the records: the result is as if
 * one had seen all records. add_saved reads to the end of the bytes, which may hold any number of parts.
 * SOW_OK, or SOW_INVALID. */
void table_columns_save(const struct table_columns *c, struct buf *out);
int table_columns_add_saved(struct table_columns *c, struct view saved, struct sow_error *err);

/* Columns so far, only the record's own members; the name is NUL-terminated. */
size_t table_columns_count(const struct table_columns *c);
const char *table_columns_name(const struct table_columns *c, size_t i);
/* True if it holds objects or lists. */
bool table_columns_is_nested(const struct table_columns *c, size_t i);

/* All of them as a schema, the root first; lives as long as `c`, until the next add. */
const struct parquet_node *table_columns_nodes(struct table_columns *c, size_t *count);
/* Appends the names of the columns that are JSON: "tools, messages.tool_calls.function.arguments".
 * After table_columns_nodes. */
void table_columns_say_json(const struct table_columns *c, struct buf *out);

#endif
