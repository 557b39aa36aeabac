/* document.h - a document as its text and its blocks.
 *
 *     struct document d;
 *     document_init(&d, arena);
 *     buf_add(&d.text, ...);                 // the file, as UTF-8
 *     status = document_read_markdown(&d);   // finds d.blocks
 *     document_release(&d);
 *
 * All positions count in the text. Of plain text and Markdown the text is the file itself, with its markup
 * and without a byte order mark, so the file holds each chunk letter for letter. Of HTML, DOCX and EPUB it
 * is what a reader sees.
 *
 * Blocks are in the order of the text and do not overlap. What lies between them (blank lines,
 * fences, list markers) belongs to no block.
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
/* Adds the next block, without the white space at its ends; leaves out an empty one. */
void document_add(struct document *d, const struct block *b);

/* Paragraphs between blank lines; a form feed counts as a blank line. SOW_OK. */
int document_read_plain(struct document *d);
/* CommonMark with tables. The block at the beginning between lines of "---" is not read. SOW_OK or
 * SOW_NOMEM. */
int document_read_markdown(struct document *d);
/* Appends what a reader sees of HTML to the text, as UTF-8, and finds its blocks. Tables are a line
 * a row, with " | " between cells. SOW_OK, SOW_NOMEM, SOW_TOOBIG, or SOW_INVALID if libxml2
 * cannot read to the end: elements 256 deep, a text of 10 MB. */
int document_read_html(struct document *d, struct view source);
/* The same of XHTML; reads it as HTML where it is not well-formed XML. */
int document_read_xhtml(struct document *d, struct view source);

/* Those below append the text in the same way. Messages do not name the document. */
struct archive;
/* A text of Office Open XML: paragraphs, headings by their styles or outline levels, lists, tables,
 * then its footnotes and endnotes; without headers, footers, comments and text that a tracked change has
 * deleted. SOW_OK, SOW_NOMEM, SOW_TOOBIG, SOW_INVALID, SOW_IO. */
int document_read_docx(struct document *d, struct archive *a, struct sow_error *err);
/* A book: its pages, in the order of its spine. Likewise. */
int document_read_epub(struct document *d, struct archive *a, struct sow_error *err);

#endif
