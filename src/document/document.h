/* document.h - a document as its text and the blocks that it is made of.
 *
 *     struct document d;
 *     document_init(&d, arena);
 *     buf_add(&d.text, ...);                 // the file, as UTF-8
 *     status = document_read_markdown(&d);   // finds d.blocks
 *     document_release(&d);
 *
 * The text is what all places count in. Of plain text and Markdown it is the file itself, with its
 * marks and without a byte order mark: a chunk is found in the file, letter for letter. Of HTML, DOCX
 * and EPUB it is what a reader sees.
 *
 * Blocks are in the order of the text and do not overlap. What lies between them (blank lines,
 * fences, marks of lists) belongs to none.
 */
#ifndef DOCUMENT_DOCUMENT_H
#define DOCUMENT_DOCUMENT_H

#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/view.h"
#include "sow/sow.h"

enum block_kind {
	BLOCK_PARAGRAPH,             /* may be divided between sentences */
	BLOCK_HEADING,
	BLOCK_WHOLE                  /* code or a table: divided between lines, and only if it must be */
};

struct block {
	enum block_kind kind;
	int level;                   /* of a heading, from 1 */
	size_t start, end;           /* bytes of the text */
	struct view title;           /* of a heading, without marks; in the document's arena */
};

struct document {
	struct arena *arena;         /* not owned */
	struct buf text;
	struct block *blocks;
	size_t count, room;
};

void document_init(struct document *d, struct arena *a);
void document_release(struct document *d);
/* Takes the next block, without the white space at its ends; one that is empty then is left out. */
void document_add(struct document *d, const struct block *b);

/* Paragraphs between blank lines. A form feed is one. SOW_OK. */
int document_read_plain(struct document *d);
/* CommonMark with tables. The block at the beginning between lines of "---" is not read. SOW_OK or
 * SOW_NOMEM. */
int document_read_markdown(struct document *d);
/* Appends what a reader sees of HTML to the text, as UTF-8, and finds its blocks. Tables are a line
 * a row, with " | " between cells. SOW_OK, SOW_NOMEM, SOW_TOOBIG, or SOW_INVALID if libxml2
 * does not come to its end: elements 256 deep, a text of 10 MB. */
int document_read_html(struct document *d, struct view source);
/* The same of XHTML, which is read as HTML where it is broken as XML. */
int document_read_xhtml(struct document *d, struct view source);

/* Those below append the text in the same way. Messages do not name the document. */
struct archive;
/* A text of Office Open XML: paragraphs, headings by their styles or outline levels, lists, tables,
 * and behind them its footnotes and endnotes; no headers, footers and comments, nor what a tracked
 * change has deleted. SOW_OK, SOW_NOMEM, SOW_TOOBIG, SOW_INVALID, SOW_IO. */
int document_read_docx(struct document *d, struct archive *a, struct sow_error *err);
/* A book: its pages, in the order of its spine. Likewise. */
int document_read_epub(struct document *d, struct archive *a, struct sow_error *err);

#endif
