/* fill.h - reads a file or a run into an index, in a thread of its own, and finds out more of its
 * records while people look at the first.
 *
 *     struct fill *f = fill_start(&options, err);
 *     fill_state(f, &state);                 // how far it is
 *     fill_near(f, i);                       // asks for the nearest of a record …
 *     fill_near_found(f, i, near, &count);   // … and later takes them
 *     fill_stop(f);
 *
 * First all records are read. Then their languages are told, their words counted, and last the
 * verbs of the first FILL_VERBS instructions found, which takes some 15 ms each. A run that is under
 * way is read again and again, and what is new in it added.
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
	bool read;                   /* all that is there was read */
	bool settled;                /* languages, words and nearest are known */
	bool finished;               /* there is nothing left to do, or it failed */
	size_t languages, verbs;     /* so many records have been asked for them */
	size_t bad;                  /* records that could not be read, with --skip-bad */
	struct sow_error failure;    /* status SOW_OK: none */
};

struct fill;

/* NULL with *err set: SOW_IO ("FILE: No such file or directory"), … */
struct fill *fill_start(const struct fill_options *o, struct sow_error *err);
void fill_stop(struct fill *f);               /* NULL is fine */
void fill_state(struct fill *f, struct fill_state *out);

void fill_near(struct fill *f, size_t i);
/* False: it is not known yet. A count of 0: there is none. */
bool fill_near_found(struct fill *f, size_t i, struct neighbour near[SIMILARITY_NEAREST], size_t *count);

#endif
