/* facts.h - what reading found out about an input, for a one-line summary at its end.
 *
 *     struct facts all = { 0 };
 *     facts_merge(&all, &of_a_part);               // in the order of the parts
 *
 * The struct has no pointers, so that a process can send its facts to another.
 */
#ifndef DATA_FACTS_H
#define DATA_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/view.h"
#include "data/columns.h"
#include "sow/sow.h"

#define FACTS_SHAPED 1000 /* first records whose members are reported, for an input written unchanged */

struct facts {
	size_t records, bad;         /* records read; records left out */
	size_t repaired;             /* records with bytes that are not UTF-8 */
	size_t halves;               /* of surrogate pairs, in UTF-16 */
	struct shape shape;
	char kind[48];               /* "CSV"; empty for several files, and before the first record */
	char outside[1024];          /* members beside the records: "version, license" */
};

void facts_set_outside(struct facts *f, struct view names);
void facts_merge(struct facts *all, const struct facts *part);
/* Append how the input was read, in one line: "2000 records of CSV: question → instruction". False if all of
 * it is obvious. The second is for an input that is written unchanged, and names it. */
bool facts_describe(const struct facts *f, struct buf *out);
bool facts_describe_input(const struct facts *f, const char *name, struct buf *out);
/* Checks the whole input: each mapping exists in a record, and a record can be read. SOW_OK, SOW_INVALID. */
int facts_check(const struct facts *f, const struct columns *columns, const char *name, struct sow_error *err);

#endif
