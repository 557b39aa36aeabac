/* parquet.h - the columns of a Parquet file, read and written. The only face of carquet.
 *
 *     struct parquet_in *in = parquet_open(file, "data.parquet", err);
 *     const struct parquet_node *nodes = parquet_nodes(in, &count);
 *     while ((status = parquet_next_group(in, &rows, err)) > 0)
 *             while ((status = parquet_read(in, column, &slice, err)) > 0)
 *                     ... slice.count entries of that column ...
 *     parquet_close(in);
 *
 *     struct parquet_out *out = parquet_create(file, nodes, count, err);
 *     parquet_write(out, column, &slice, err) …     // each column, up to the same row
 *     parquet_end_group(out, err) …                 // now and then: a group is held in memory
 *     status = parquet_finish(out, err);            // frees `out`; `file` is still the caller's
 *
 * A schema is a list of nodes, each before its children; the first is the root. A leaf is a column,
 * and columns are numbered in the order of their leaves.
 *
 * An entry of a column has a definition level: how many of the nodes above and including it that may
 * be missing are there; the value is there if that is the leaf's own `def`. Its repetition level
 * says which repeated node it goes on with; 0 begins a row. Values stand packed, without gaps for
 * those that are missing.
 *
 * Reading trusts nothing: levels are within the leaf's own, and a file that says otherwise is
 * refused. Memory: of each column a page (256 MiB at most, most often 1), and no more however large
 * the row group is; of a file written, one group.
 */
#ifndef IO_PARQUET_H
#define IO_PARQUET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sow/sow.h"

struct outfile;

enum parquet_type {
	PARQUET_GROUP,
	PARQUET_BOOL,          /* uint8_t, as all below in values of a slice */
	PARQUET_INT32,         /* int32_t */
	PARQUET_INT64,         /* int64_t */
	PARQUET_INT96,         /* struct parquet_int96: a time of old */
	PARQUET_FLOAT,         /* float */
	PARQUET_DOUBLE,        /* double */
	PARQUET_BYTES,         /* struct parquet_bytes */
	PARQUET_FIXED          /* `length` bytes each */
};

enum parquet_meaning {
	PARQUET_AS_IS,
	PARQUET_TEXT,          /* UTF-8 */
	PARQUET_JSON,          /* JSON in UTF-8 */
	PARQUET_UNSIGNED,
	PARQUET_DECIMAL,       /* unscaled, with `digits` after the point; of bytes big-endian */
	PARQUET_DATE,          /* days since 1970 */
	PARQUET_TIME,          /* since midnight, in units of 10^-digits seconds */
	PARQUET_TIMESTAMP,     /* since 1970, the same */
	PARQUET_UUID,
	PARQUET_HALF,          /* a float of 16 bits */
	PARQUET_LIST,          /* a group with a repeated one in it */
	PARQUET_MAP,           /* the same, of keys and values */
	PARQUET_OTHER          /* nothing that is known here */
};

enum parquet_times { PARQUET_ONCE, PARQUET_OPTIONAL, PARQUET_REPEATED };

struct parquet_bytes {
	const char *p;
	int32_t len;
};

struct parquet_int96 {
	uint32_t word[3];
};

struct parquet_node {
	const char *name;
	enum parquet_type type;
	enum parquet_meaning meaning;
	enum parquet_times times;
	int digits;            /* of times and decimals */
	bool utc;              /* of a timestamp */
	bool few;              /* to be written: a column with few values, each many times */
	size_t length;         /* of PARQUET_FIXED */
	size_t end;            /* after its last descendant; its children begin right after itself */
	size_t column;         /* the first in it */
	int16_t def, rep;      /* levels of entries in which it is there */
};

struct parquet_slice {
	size_t count;          /* entries */
	const int16_t *def, *rep;
	const void *values;    /* of those entries that have one */
};

struct parquet_in;

/* `file` is owned, also on failure; `name` is for messages, and copied. NULL on failure:
 * SOW_INVALID ("NAME: …") or SOW_NOMEM. */
struct parquet_in *parquet_open(FILE *file, const char *name, struct sow_error *err);
void parquet_close(struct parquet_in *in);    /* NULL is fine */
/* Levels, ends and columns are filled in. Lives as long as `in`. */
const struct parquet_node *parquet_nodes(const struct parquet_in *in, size_t *count);
/* "messages.list.element.role": the names on the way to a node. SOW_INVALID, "NAME: column 'PATH'
 * …", with what the caller has to say of it. */
int parquet_wrong(const struct parquet_in *in, size_t node, struct sow_error *err, const char *fmt,
		  ...) __attribute__((format(printf, 4, 5)));

/* Goes on to the next row group that has rows. 1, or 0 at the end; SOW_INVALID, SOW_NOMEM. */
int parquet_next_group(struct parquet_in *in, int64_t *rows, struct sow_error *err);
/* More entries of the group's column, one or more, valid until the next call for that column. 1, or
 * 0 where the group has no more. SOW_INVALID ("NAME: column 'PATH': …"), SOW_NOMEM. */
int parquet_read(struct parquet_in *in, size_t column, struct parquet_slice *slice,
		 struct sow_error *err);

struct parquet_out;

/* Of the nodes, `digits` to `few`, `end` and the members before have to be set; a list is a node
 * PARQUET_LIST with one child, which is its element. NULL on failure, SOW_INVALID or SOW_NOMEM. */
struct parquet_out *parquet_create(struct outfile *file, const struct parquet_node *nodes,
				   size_t count, struct sow_error *err);
int parquet_write(struct parquet_out *out, size_t column, const struct parquet_slice *slice,
		  struct sow_error *err);
int parquet_end_group(struct parquet_out *out, struct sow_error *err);
int parquet_finish(struct parquet_out *out, struct sow_error *err);
void parquet_drop(struct parquet_out *out);   /* NULL is fine */

#endif
