/* report.h - a run, or any file of tasks, as one page of HTML to look at: `sow report`.
 *
 *     struct report_options o = { .name = "demo", .records = 400, .parse = 2000, .threads = 2 };
 *     status = report_run(store, &o, "report.html", err);     // or report_records(records, …)
 *
 * Everything is counted as it passes, and of records and rejects a few are drawn by chance, so the
 * page has about the same size for ten records and for a million: under REPORT_MOST. Texts are
 * cut, and say so.
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
	const char *name;            /* of the run's folder, of the file: heads the page */
	const char *path;            /* the same with its folders: where a review is; NULL: none */
	const char *seeds;           /* a file of tasks to compare with; NULL: the run's own, else the
				      * ones built in */
	size_t records;              /* records and rejects to show, at most, of each */
	size_t parse;                /* instructions parsed for verbs and nouns; 0: none */
	size_t threads;
	/* of a file: a map by vectors, and what of it is selected (data_map.h); NULL: no map, nothing */
	const struct vectors_source *vectors;
	const char *selection;
};

/* Writes the page at `path` ("-": standard output), whole or not at all. SOW_OK, or a failure
 * with *err set. */
int report_records(struct records *in, const struct report_options *o, const char *path,
		   struct sow_error *err);
/* Works while the run is under way. Its seeds are compared with if they are still what they were;
 * else the page says that they are not. */
int report_run(struct store *s, const struct report_options *o, const char *path,
	       struct sow_error *err);

#endif
