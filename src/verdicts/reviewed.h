/* reviewed.h - records after their review: without those that were dropped, with the edits.
 *
 *     struct reviewed *v = reviewed_open("data.jsonl", false, &options, err);  // NULL: no review
 *     status = reviewed_take(v, arena, &record, err);      // 1: take it, 0: leave it out
 *     reviewed_say(v, true, &line);                              // the result in a line
 *     reviewed_close(v);
 *
 * A record with a verdict gets a field "review" with who decided what and when;
 * "sow_review" if the record already has a "review".
 */
#ifndef VERDICTS_REVIEWED_H
#define VERDICTS_REVIEWED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "data/record.h"
#include "sow/sow.h"

struct reviewed;

struct reviewed_options {
	bool kept_only;              /* also leave out records without a decision */
};

/* The review of a data file or a run's folder: pass its records in their order, all of a file from
 * the first. NULL with err->status SOW_OK if there is none; SOW_IO. */
struct reviewed *reviewed_open(const char *data, bool is_run, const struct reviewed_options *o,
			       struct sow_error *err);
void reviewed_close(struct reviewed *v);      /* NULL is fine */

/* Applies edits to *r in `a`. 1 or 0, or SOW_INVALID if an edit does not fit its record. With
 * `v` NULL: 1. */
int reviewed_take(struct reviewed *v, struct arena *a, struct record *r, struct sow_error *err);

/* Appends one line; false if there is nothing to report. `all`: every record was seen, so
 * verdicts without a record are reported. */
bool reviewed_say(const struct reviewed *v, bool all, struct buf *out);

#endif
