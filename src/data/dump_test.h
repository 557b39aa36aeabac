/* dump_test.h - a whole record as JSON, and what of a value is nowhere in it.
 *
 *     record_dump(&record, &text);   // {"instruction":"…","answers":[{"output":"…"}],"fields":{…}}
 *     if (record_lost(value, NULL, &record, &name))
 *             fail_msg("%s is lost", name.data);
 *
 * For tests and fuzz targets. Only members that say something are dumped.
 */
#ifndef DATA_DUMP_TEST_H
#define DATA_DUMP_TEST_H

#include <stdbool.h>

#include "base/buf.h"
#include "data/columns.h"
#include "data/record.h"
#include "io/json.h"

/* Appends one line. Every text has to be UTF-8 and every piece of JSON has to be valid. */
void record_dump(const struct record *r, struct buf *out);

/* True if a scalar of the value, or the name of a member that has no meaning of its own, does not
 * occur in the record. *name is its path then ("messages.1.weight"). Empty texts and nulls are
 * nothing that can be lost, and neither are the names of roles and of kinds of parts. `columns` as
 * for record_read. */
bool record_lost(const json_value *value, const struct columns *columns, const struct record *r,
		 struct buf *name);

#endif
