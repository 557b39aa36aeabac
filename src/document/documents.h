/* documents.h - files and folders of documents as a stream of records, one for each chunk.
 *
 *     const struct documents_options o = { .paths = list, .chunk = 400 };
 *     struct documents_report report = DOCUMENTS_REPORT_INIT;
 *     struct records *r = documents_records(&o, &report, err);
 *     while ((status = records_next(r, arena, &record, err)) > 0)
 *             ... record.object: document, heading, start, end, chunk ...
 *     ... report.lines: what was left out, and why ...
 *
 *     {"document":"notes/tea.md","heading":"Tea > Green","start":0,"end":812,"chunk":"..."}
 *
 * start and end are characters of the document's text (document.h); a UTF-8 byte order mark before it
 * counts as a character, as it does for a program that reads the file as UTF-8.
 *
 * A folder is read recursively, its entries in the order of their bytes, without those that begin with a
 * dot. A file's name decides its format; a file in `paths` with an unknown ending counts as plain text. A
 * document without a chunk gets a line in `report` and is left out, which does not affect the others. It is
 * bad if it may hold text that was not read (broken, scanned, too large, of an unknown format); nothing is
 * lost if it is empty or the same as an earlier one.
 *
 * Memory: one document and its chunks, and 32 bytes for each document read.
 */
#ifndef DOCUMENT_DOCUMENTS_H
#define DOCUMENT_DOCUMENTS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/option.h"
#include "data/records.h"

#define DOCUMENTS_LEFT_OUT "; left out" /* how each line of them ends */
#define DOCUMENT_BYTES_MAX ((size_t)64 << 20)

struct documents_options {
	struct list paths;           /* files and folders */
	int64_t chunk, overlap;      /* words: see chunk.h */
	const char *language;        /* a code or name of text/language.h: only chunks in it, and those too short
				      * to tell; NULL: all */
	const char *convert;         /* a shell command that converts files of an unknown format to
				      * plain text; NULL: none */
};

/* Counts of documents and lines about those left out; complete at the end of the stream. */
struct documents_report {
	int64_t read, chunks;        /* documents with a chunk; chunks that were given */
	int64_t bad, same, empty, foreign; /* documents that were left out; foreign: in another language */
	int64_t foreign_chunks;      /* those of foreign documents, and others */
	struct buf lines;            /* what was left out, a document each, with "\n" */
	size_t first_bad;            /* where the first bad one's line begins */
};
#define DOCUMENTS_REPORT_INIT { .lines = BUF_INIT }

/* `o` and `report` live as long as the stream; report may be NULL. NULL on failure: SOW_IO for a path
 * that does not exist, SOW_USAGE for an overlap of half a chunk or more or an unknown language.
 * The stream fails with SOW_INVALID if no document gives a chunk. */
struct records *documents_records(const struct documents_options *o, struct documents_report *report,
				  struct sow_error *err);

#endif
