/* report.h - a run, or any file of tasks, as one page of HTML: `sow report`.
 *
 *     struct report_options o = { .name = "demo", .records = 400, .parse = 2000, .threads = 2 };
 *     status = report_run(store, &o, "report.html", err);     // or report_records(records, …)
 *
 * Everything is counted as it passes, and a few records and rejects are drawn at random, so the
 * page has about the same size for ten records and for a million: under REPORT_MOST. Texts are
 * cut, and marked so.
 *
 * Memory: what stats.h, structure.h and seed_similarity.h need, and the page's data.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/records.h"
#include "store/store.h"
#include "sow/sow.h"
#include "vector/source.h"

#define REPORT_MOST (5 * 1000 * 1000) /* bytes */

struct report_options {
	const char *name;            /* of the run's folder, or of the file: the page's title */
	const char *path;            /* the same with its folders: finds its review; NULL: none */
	const char *seeds;           /* a file of tasks to compare with; NULL: the run's own, else the
				      * built-in ones */
	size_t records;              /* most records, and most rejects, to show */
	size_t parse;                /* instructions parsed for verbs and nouns; 0: none */
	size_t threads;
	/* for a file: a map by vectors, and which records are selected (data_map.h); NULL: none */
	const struct vectors_source *vectors;
	const char *selection;
};

/* Writes the page at `path` ("-": standard output), complete or not at all. SOW_OK, or a failure
 * with *err set. */
int report_records(struct records *in, const struct report_options *o, const char *path,
		   struct sow_error *err);
/* Works during the run. Compares with the run's seeds if they are unchanged; else the page says that they
 * changed. */
int report_run(struct store *s, const struct report_options *o, const char *path,
	       struct sow_error *err);

#endif
