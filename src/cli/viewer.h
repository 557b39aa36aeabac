/* viewer.h - records to a reader: those that are wanted, on paper, page by page, or as JSON.
 *
 *     struct viewer v = { .search = "river", .sample = 20, .err = &err };
 *     status = viewer_start(&v);
 *     status = viewer_task(&v, label, &task);        // for each; not 0: enough, or failed
 *     status = viewer_flush(&v);                     // after one kind of records
 *     viewer_end(&v);                                // waits for the reader
 */
#ifndef CLI_VIEWER_H
#define CLI_VIEWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "data/record.h"
#include "data/unit.h"
#include "io/json.h"
#include "report/history.h"
#include "report/record_view.h"
#include "report/reservoir.h"
#include "terminal/pager.h"

struct viewer {
	/* what is wanted */
	const char *search;        /* those that hold this text, in any case; NULL: all */
	int64_t sample;            /* so many of them, chosen at random; 0: all */
	int64_t seed;
	bool json;
	struct sow_error *err;
	/* the viewer's own */
	struct pager pager;
	struct record_view page;
	struct buf text, needle, folded;
	struct json_out *out;
	struct reservoir kept;     /* the sample, each as it will be shown */
	int64_t shown;             /* records, so far */
};

/* SOW_OK, or a failure; then viewer_end is due all the same. */
int viewer_start(struct viewer *v);
/* `label`: its id, or where it has none its number in the file. SOW_OK, 1: nobody reads any more,
 * or negative with *err set. */
int viewer_task(struct viewer *v, struct view label, const struct record *task);
int viewer_rejected(struct viewer *v, struct view label, const struct rejected *r,
		    struct view near);
int viewer_history(struct viewer *v, const struct history *h);
/* Shows the sample that was kept, in the order of the records, and begins another. */
int viewer_flush(struct viewer *v);
void viewer_end(struct viewer *v);

#endif
