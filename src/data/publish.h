/* publish.h - a set of tasks on its way to a training program: in which format, in what
 * order, in which files.
 *
 *     struct publish_options o = { .format = format_find("messages"), .path = "chat.jsonl",
 *                                  .validation = 0.1, .shuffle = true };
 *     struct publish *p = publish_open(&o, err);
 *     publish_add(p, &task, err);                  // as many as there are
 *     status = publish_finish(p, &made, err);      // frees `p`; the files appear now
 *
 * Files: `path`, and for the validation set the same name with "-validation" before its
 * endings; a format may have one more beside (format.h). In the layout of a folder:
 * data/train-00000.jsonl and so on, data/validation-00000.jsonl, and what publish_beside
 * adds; the folder appears whole, and must not hold anything before.
 *
 * Split: a task goes to the validation set by a draw from the seed and its root (else its
 * id, else its instruction), so that no two relatives are on different sides, and adding
 * tasks moves none that was there. The share is met on average, not exactly.
 *
 * Shuffled, records stand in a random order of the seed; else in the order they came.
 * Either way a record's template (format "completion") depends on the order they came in.
 *
 * Memory: one record; with `shuffle` the whole set.
 */
#ifndef DATA_PUBLISH_H
#define DATA_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "data/format.h"
#include "data/record.h"
#include "sow/sow.h"

#define PUBLISH_SHARD_DEFAULT ((size_t)256 << 20)

struct publish_options {
	const struct format *format;
	struct format_options lines; /* its seed is set here, too */
	const char *path;            /* a file, "-", or a folder */
	bool folder, jsonl, shuffle;
	double validation;           /* share of the roots, 0 … below 1 */
	uint64_t seed;
	size_t shard_bytes;          /* of a file in a folder, about; 0: the default */
};

struct publish_set {
	size_t tasks, records, left_out, files;
	struct format_left left[FORMAT_LEFT_MAX]; /* what had no place in the format */
	size_t left_count;
};

struct published {
	struct publish_set train, validation;
	bool lines;                  /* the files are JSONL */
	char beside[256];            /* name of the format's file beside; "": none */
};

struct publish;

/* NULL on failure: SOW_USAGE where the options make no sense together, SOW_IO, SOW_NOMEM,
 * SOW_INVALID if the file beside is there and is not what it should be. */
struct publish *publish_open(const struct publish_options *o, struct sow_error *err);
int publish_add(struct publish *p, const struct record *task, struct sow_error *err);
/* Writes out what is held back, for publish_beside to tell of. */
int publish_settle(struct publish *p, struct published *made, struct sow_error *err);
/* SOW_INVALID if records were added and none is written. */
int publish_check(struct publish *p, struct sow_error *err);
/* One more file in the folder. */
int publish_beside(struct publish *p, const char *name, const struct buf *text,
		   struct sow_error *err);
int publish_finish(struct publish *p, struct published *made, struct sow_error *err);
void publish_drop(struct publish *p);         /* NULL is fine; leaves no file */

#endif
