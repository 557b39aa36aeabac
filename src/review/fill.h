/* fill.h - reads a file or a run into an index, in a separate thread, and computes more about its
 * records while people look at the first.
 *
 *     struct fill *f = fill_start(&options, err);
 *     fill_state(f, &state);                 // its progress
 *     fill_near(f, i);                       // requests the nearest of a record …
 *     fill_near_found(f, i, near, &count);   // … and later takes them
 *     fill_stop(f);
 *
 * First it reads all records. Then it detects their languages, counts their words, and last finds the
 * verbs of the first FILL_VERBS instructions, which takes some 15 ms each. A run in progress is read
 * again and again, and its new records are added.
 */
#ifndef REVIEW_FILL_H
#define REVIEW_FILL_H

#include <stdbool.h>
#include <stddef.h>

#include "data/records.h"
#include "review/index.h"
#include "review/links.h"
#include "review/similarity.h"
#include "sow/sow.h"

#define FILL_VERBS 20000

struct fill_options {
	const char *path;
	bool is_run;
	const struct records_options *reading; /* of a file; lives as long */
	struct index *index;
	struct links *links;
};

struct fill_state {
	bool read;                   /* all existing records were read */
	bool settled;                /* languages, words and nearest are known */
	bool finished;               /* nothing is left to do, or it failed */
	size_t languages, verbs;     /* so many records have been processed for them */
	size_t bad;                  /* records that could not be read, with --skip-bad */
	struct sow_error failure;    /* status SOW_OK: none */
};

struct fill;

/* NULL with *err set: SOW_IO ("FILE: No such file or directory"), … */
struct fill *fill_start(const struct fill_options *o, struct sow_error *err);
void fill_stop(struct fill *f);               /* NULL is fine */
void fill_state(struct fill *f, struct fill_state *out);

void fill_near(struct fill *f, size_t i);
/* False: not known yet. A count of 0: there are none. */
bool fill_near_found(struct fill *f, size_t i, struct neighbour near[SIMILARITY_NEAREST], size_t *count);

#endif
