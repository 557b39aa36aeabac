/* array.h - a JSON array cut into its elements, however long it is.
 *
 *     struct array a = ARRAY_INIT;
 *     while ((status = array_next(&a, &bytes, &element)) == 0 && more(&bytes))
 *             ;
 *     status > 0: element is one whole element; continue with the same `bytes`
 *     array_release(&a);
 *
 * Only brackets, quotes and commas are looked at; a parser checks the contents of an element. Memory: one
 * element.
 */
#ifndef DATA_ARRAY_H
#define DATA_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/view.h"
#include "sow/sow.h"

#define ARRAY_ELEMENT_MAX ((size_t)64 << 20) /* bytes of one element */

/* A place in a text: both count from 1, columns in characters. */
struct text_place {
	size_t line, column;
};

enum array_phase {
	ARRAY_BEGIN,   /* before [ */
	ARRAY_FIRST,   /* after it: an element or ] */
	ARRAY_VALUE,   /* after a comma: an element */
	ARRAY_INSIDE,  /* in an element */
	ARRAY_BEHIND,  /* after an element: a comma or ] */
	ARRAY_BARE,    /* no brackets: values with white space or commas between */
	ARRAY_DONE     /* after ] */
};

struct array {
	enum array_phase phase;
	size_t depth;                /* brackets open in the element */
	bool in_text, escaped, scalar;
	bool bare;                   /* without brackets around */
	struct buf element;
	struct text_place at;        /* of the next byte */
	struct text_place behind;    /* after the last byte that is not space */
	struct text_place start;     /* of the element */
	const char *wrong;           /* what was expected, at `start` */
};

#define ARRAY_INIT \
	{ .element = { .data = buf_empty, .cap = ARRAY_ELEMENT_MAX }, .at = { 1, 1 }, \
	  .behind = { 1, 1 } }

/* Values one after another, with white space or commas between. */
#define ARRAY_BARE_INIT \
	{ .phase = ARRAY_BARE, .bare = true, .element = { .data = buf_empty, \
	  .cap = ARRAY_ELEMENT_MAX }, .at = { 1, 1 }, .behind = { 1, 1 } }

/* Takes bytes off the front of *bytes until an element is complete: 1 and *element, valid until the next
 * call; its place is a->start. 0 if it needs more bytes. SOW_INVALID: a->wrong at a->start; SOW_TOOBIG. A
 * failure is final. */
int array_next(struct array *a, struct view *bytes, struct view *element);
/* Call it at the end of the text. SOW_OK, or SOW_INVALID as above. */
int array_end(struct array *a);
void array_release(struct array *a);

/* Moves over one byte: a character counts by its first, and a newline begins a line. */
static inline void text_place_step(struct text_place *p, char c)
{
	if (c == '\n') {
		p->line++;
		p->column = 1;
	} else if (((unsigned char)c & 0xC0) != 0x80) {
		p->column++;
	}
}

/* The place after `text`, which begins at `p`. */
struct text_place text_place_behind(struct text_place p, struct view text);

#endif
