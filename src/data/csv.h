/* csv.h - CSV and TSV as RFC 4180 has them, row by row, as JSON objects.
 *
 *     struct csv csv = CSV_INIT(',');
 *     while ((status = csv_next(&csv, &bytes, &json)) == 0 && more(&bytes))
 *             ;
 *     status > 0: json is one row, {"instruction":"…","output":"…"}; continue with the same `bytes`
 *     csv_release(&csv);
 *
 * The first row that is not blank is the header. Cells may be quoted, and then hold delimiters,
 * line breaks and doubled quotes. Rows end with \n or \r\n. Blanks around names are removed, and an empty
 * name becomes "column_N". A cell is a text; but turns ([{"role"…) under a known name (columns.h), and lists
 * of instances, history and completions, are read as JSON. Memory: one row.
 */
#ifndef DATA_CSV_H
#define DATA_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/view.h"
#include "data/array.h"
#include "sow/sow.h"

struct csv {
	char delimiter;
	bool has_header;
	bool quoted, closed;         /* the cell began with a quote; it has been closed */
	bool begun;                  /* the row has something in it */
	bool carriage;               /* a \r that a \n may follow */
	bool skipping;               /* the rest of an invalid line */
	struct buf text;             /* the row's cells, one after the other */
	size_t *ends, count, room;   /* where each ends */
	struct buf header;
	size_t *name_ends, columns, name_room;
	struct buf json;
	struct text_place at, start; /* of the next byte; of the row */
	struct text_place cell;      /* of the cell */
	struct text_place where;     /* of the error */
	char wrong[160];
};

#define CSV_INIT(delimiter_) \
	{ .delimiter = (delimiter_), .text = { .data = buf_empty, .cap = ARRAY_ELEMENT_MAX }, \
	  .header = BUF_INIT, .json = BUF_INIT, .at = { 1, 1 } }

/* Takes bytes off the front of *bytes until a row is complete: 1 and *json, valid until the next call, its
 * place in c->start. 0 if it needs more bytes. SOW_INVALID: c->wrong at c->where, and the next call continues
 * after that row. SOW_TOOBIG. */
int csv_next(struct csv *c, struct view *bytes, struct view *json);
/* Call it at the end of the text: as csv_next, 0 if no row was left. */
int csv_end(struct csv *c, struct view *json);
void csv_release(struct csv *c);

/* The delimiter of a header line: the one that splits it into the most known names (columns.h), of equals the
 * first of , tab ; |. *known is their number; 0 and ',' if no name is known. */
char csv_delimiter(struct view line, size_t *known);
/* True if the line is two or more names, none of them empty or with a blank in it. */
bool csv_is_names(struct view line, char delimiter);

#endif
