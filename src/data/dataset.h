/* dataset.h - a set of records on its way to a training program: in which format, in what
 * order, in which files.
 *
 *     struct dataset_options o = { .format = format_find("messages"), .path = "chat.jsonl",
 *                                  .validation = 0.1, .shuffle = true };
 *     struct dataset *p = dataset_open(&o, err);
 *     dataset_add(p, &record, err);                // each record
 *     status = dataset_finish(p, &made, err);      // frees `p`; the files appear now
 *
 * Files: `path`, and for the validation set the same name with "-validation" before its
 * endings; a format may write a sidecar file (format.h). A name in .parquet, .csv or .tsv makes a
 * table of the lines (table.h); the columns of both sets are the same. In the layout of a folder:
 * data/train-00000.parquet and so on, data/validation-00000.parquet, or .jsonl with that option, and what
 * dataset_add_file adds; the folder appears all at once, and must be empty or missing before.
 *
 * Split: a record goes to the validation set by a draw from the seed and its root (else its
 * id, else its instruction), so that relatives stay on one side, and adding records does not move others. The
 * share is met on average, not exactly.
 *
 * With `shuffle` the seed draws the order of lines; else they stay in the order of the calls. Either way a
 * line's template (format "completion") depends on the order of the calls.
 *
 * Memory: one record, and of a table what table.h says; with `shuffle` the whole set.
 */
#ifndef DATA_DATASET_H
#define DATA_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "data/format.h"
#include "data/record.h"
#include "sow/sow.h"

#define DATASET_SHARD_DEFAULT ((size_t)256 << 20)

struct dataset_options {
	const struct format *format;
	struct format_options lines; /* with the seed below */
	const char *path;            /* a file, "-", or a folder */
	bool folder, jsonl, shuffle;
	double validation;           /* share of the roots, 0 … below 1 */
	uint64_t seed;
	size_t shard_bytes;          /* of a file in a folder, about; 0: the default */
	uint64_t first;              /* number of the first line: other processes write as many before it */
};

struct dataset_set {
	size_t records, lines, files;
	struct format_left left[FORMAT_LEFT_MAX]; /* members without a place in the format */
	size_t left_count;
};

struct dataset_made {
	struct dataset_set train, validation;
	const char *kind;            /* of the files: "JSON", "JSONL", "Parquet", "CSV", "TSV" */
	char json[512];              /* names of a table's columns that hold JSON; "": none */
	char beside[256];            /* name of the format's sidecar file; "": none */
};

struct dataset;

/* The kind of its files, as in dataset_made. */
const char *dataset_kind(const struct dataset_options *o);
/* NULL on failure: SOW_USAGE where the options make no sense together, SOW_IO, SOW_INVALID if an existing
 * sidecar file is not what the format expects. */
struct dataset *dataset_open(const struct dataset_options *o, struct sow_error *err);
int dataset_add(struct dataset *p, const struct record *record, struct sow_error *err);
/* Writes all lines still held, so that a file of dataset_add_file can give the counts. */
int dataset_flush(struct dataset *p, struct dataset_made *made, struct sow_error *err);
/* For a table of which other processes write parts (table.h), before dataset_flush; else without effect. A
 * part may be without rows. */
void dataset_save_columns(const struct dataset *p, struct buf *out);
int dataset_set_columns(struct dataset *p, struct view saved, struct sow_error *err);
/* SOW_INVALID if records were added and none was written. */
int dataset_check(struct dataset *p, struct sow_error *err);
/* The same check over all parts of a set, each written by its own process. */
int dataset_check_made(const struct dataset_made *made, const struct format *f, struct sow_error *err);
/* One more file in the folder. */
int dataset_add_file(struct dataset *p, const char *name, const struct buf *text,
		     struct sow_error *err);
/* Adds the counts of a further part, which another process wrote, and its `json` and `beside` where *all has
 * none yet. `kind` stays: a pointer is only valid in its own process. */
void dataset_made_add(struct dataset_made *all, const struct dataset_made *part);
int dataset_finish(struct dataset *p, struct dataset_made *made, struct sow_error *err);
void dataset_drop(struct dataset *p);         /* NULL is fine; leaves no file */

#endif
