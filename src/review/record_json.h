/* record_json.h - a record as JSON for the page.
 *
 *     status = record_json(&record, number, key, out, &buf);
 *     status = reject_json(&rejected, number, near, out, &buf);
 *
 * One line of compact JSON that holds all of the record's texts, uncut: "instruction", "answers"
 * (input, output, role, score, sample, reasoning, turns), "turns", "tools", "fields", "lineage".
 */
#ifndef REVIEW_RECORD_JSON_H
#define REVIEW_RECORD_JSON_H

#include <stddef.h>

#include "base/buf.h"
#include "data/record.h"
#include "data/unit.h"
#include "io/json.h"
#include "sow/sow.h"

/* `key`: its key in the verdicts, without a number. SOW_OK, or as json_out_write. */
int record_json(const struct record *r, size_t number, const char *key, struct json_out *out,
		struct buf *text);
/* `near`: the text of the nearest instruction; empty: unknown. */
int reject_json(const struct rejected *r, size_t number, struct view near, struct json_out *out,
		struct buf *text);

#endif
