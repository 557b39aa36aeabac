/* facts.h - what was found out about an input while it was read, to be told in one line at its end.
 *
 *     struct facts all = { 0 };
 *     facts_merge(&all, &of_a_part);               // in the order of the parts
 *
 * It is plain memory, so that a process can send its own to another.
 */
#ifndef DATA_FACTS_H
#define DATA_FACTS_H

#include <stddef.h>

#include "base/view.h"
#include "data/columns.h"

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

#endif
