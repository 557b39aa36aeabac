/* report_private.h - what the two files of a report share: report.c gathers a file and writes
 * pages, report_run.c adds what only a run has. */
#ifndef REPORT_REPORT_PRIVATE_H
#define REPORT_REPORT_PRIVATE_H

#include "base/buf.h"
#include "io/json.h"
#include "report/collect.h"
#include "report/lineage.h"
#include "report/report.h"
#include "report/reservoir.h"
#include "run/lookup.h"

struct making {
	struct collect c;
	struct figures figures;      /* of the page */
	struct buf lineage;
	struct sow_error *err;
	/* of a run */
	struct store *store;
	struct lookup *lookup;
	struct lineage_web web;
	struct reservoir near_rejects, other_rejects;
	bool keeps_input;            /* its tasks of round 0 are its input */
};

int making_init(struct making *m, const struct report_options *o, struct sow_error *err);
void making_release(struct making *m);

/* Seeds that are not a run's own; NULL: those built in. */
int making_compare(struct making *m, const char *path);
/* When all has been added. */
int making_write(struct making *m, int64_t bad, const char *path);

#endif
