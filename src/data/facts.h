/* facts.h - what was found out about an input while it was read, to be told in one line at its end.
 *
 *     struct facts all = { 0 };
 *     facts_merge(&all, &of_a_part);               // in the order of the parts
 *
 * It is plain memory, so that a process can send its own to another.
 */
#ifndef DATA_FACTS_H
#define DATA_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/view.h"
#include "data/columns.h"
#include "sow/sow.h"

#define FACTS_SHAPED 1000 /* records of an input that is written as it was whose members are told: the first */

struct facts {
	size_t records, bad;         /* read, and left out */
	size_t repaired;             /* records with bytes that are not UTF-8 */
	size_t halves;               /* of surrogate pairs, in UTF-16 */
	struct shape shape;
	char kind[48];               /* "CSV"; empty of several files, and before anything was read */
	char outside[1024];          /* members beside the records: "version, license" */
};

void facts_set_outside(struct facts *f, struct view names);
void facts_merge(struct facts *all, const struct facts *part);
/* Append what the input was taken for, in one line: "2000 records of CSV: question → instruction". False if
 * all of it goes without saying. The second is of an input that is written as it was, and names it. */
bool facts_describe(const struct facts *f, struct buf *out);
bool facts_describe_input(const struct facts *f, const char *name, struct buf *out);
/* What has to hold for the whole input: a mapping is of some record, and one can be read. SOW_OK, SOW_INVALID. */
int facts_check(const struct facts *f, const struct columns *columns, const char *name, struct sow_error *err);

#endif
