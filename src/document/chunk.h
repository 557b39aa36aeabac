/* chunk.h - a document cut into pieces of a size, between its sections, paragraphs and sentences.
 *
 *     struct chunks c = CHUNKS_INIT;
 *     status = chunks_of(&document, 400, 40, &c);
 *     ... c.list[0].text, c.list[0].heading ...
 *     chunks_release(&c);
 *
 * The size is in words (text/words.h); where a text has no spaces, 16 bytes are a word at least. A
 * chunk is one stretch of the text, `size` words at most. It ends before a heading or a paragraph
 * where it is half full by then, else between two sentences; code and tables are cut between lines,
 * and only if they are larger than a chunk; a sentence or a line that is larger, between words.
 *
 * With an overlap a chunk begins with the last sentences of the one before, as many as come to so
 * many words, unless it begins a section.
 */
#ifndef DOCUMENT_CHUNK_H
#define DOCUMENT_CHUNK_H

#include "document/document.h"

struct chunk {
	struct view text;            /* of the document's */
	struct view heading;         /* the headings that the whole chunk is under, "Tea > Green"; in
				      * the document's arena; empty: none */
	size_t start, end;           /* characters of the document's text, from 0 */
};

struct chunks {
	struct chunk *list;
	size_t count, room;
};
#define CHUNKS_INIT { .list = NULL }

/* Appends the chunks of a document. `overlap` is less than half of `size`. */
void chunks_of(const struct document *d, size_t size, size_t overlap, struct chunks *out);
void chunks_release(struct chunks *c);

#endif
