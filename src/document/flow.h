/* flow.h - what a reader sees of a page, as the text and the blocks of a document.
 *
 *     struct flow f = FLOW_OF(document);
 *     flow_enter(&f, FLOW_HEADING);
 *     flow_text(&f, "The lamp of ");
 *     flow_text(&f, "Lindholm");
 *     flow_leave(&f, FLOW_HEADING, 1);
 *     status = flow_finish(&f);
 *
 * The caller enters and leaves the elements of HTML and of word processors as they are nested. White space
 * becomes one blank, except in code; a table is a line a row, with " | " between cells; an item of a list begins
 * with "- ".
 */
#ifndef DOCUMENT_FLOW_H
#define DOCUMENT_FLOW_H

#include <stdbool.h>

#include "document/document.h"

enum flow_part {
	FLOW_NONE,                   /* within a line */
	FLOW_HIDDEN,                 /* for the caller to leave out */
	FLOW_BREAK, FLOW_BLOCK, FLOW_ITEM, FLOW_HEADING, FLOW_CODE, FLOW_TABLE, FLOW_ROW, FLOW_CELL
};

struct flow {
	struct document *d;
	size_t start;                /* of the open block */
	int tables, codes;           /* depth in them */
	bool needs_blank;            /* white space came before */
	bool is_item;                /* the open block begins with a list marker */
};
#define FLOW_OF(document) { .d = (document), .start = (document)->text.len }

void flow_text(struct flow *f, const char *text);
void flow_enter(struct flow *f, enum flow_part part);
void flow_leave(struct flow *f, enum flow_part part, int level); /* of a heading, from 1 */
/* Ends the open block, if it is not empty, and appends `between`. */
void flow_end(struct flow *f, enum block_kind kind, int level, const char *between);
/* Ends the last block. SOW_OK, or SOW_TOOBIG past the cap of the document's text. */
int flow_finish(struct flow *f);

#endif
