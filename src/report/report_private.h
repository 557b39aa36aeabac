/* report_private.h - shared by the two files of a report: report.c reads a file and writes
 * pages, report_run.c adds the figures of a run. */
#ifndef REPORT_REPORT_PRIVATE_H
#define REPORT_REPORT_PRIVATE_H

#include "base/buf.h"
#include "io/json.h"
#include "report/lineage.h"
#include "report/report.h"
#include "report/report_data.h"
#include "report/reservoir.h"
#include "run/lookup.h"

struct report_builder {
	struct report_data data;
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

int report_builder_init(struct report_builder *b, const struct report_options *o,
			struct sow_error *err);
void report_builder_release(struct report_builder *b);

/* Reads seeds other than the run's; NULL: the built-in ones. */
int report_builder_compare(struct report_builder *b, const char *path);
/* Call it when everything is added. */
int report_builder_write(struct report_builder *b, int64_t bad, const char *path);

#endif
