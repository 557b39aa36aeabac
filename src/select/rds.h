/* rds.h - targets, or groups of them, take turns: each turn takes the record nearest to a target of the group.
 *
 *     struct rds_near *lists = mem_alloc(groups * most * sizeof(*lists));
 *     rds_nearest(&p, groups, most, crew, lists);
 *     … rds_merge with the lists of other processes, where each holds a part …
 *     if (rds_turns(lists, groups, most, wanted, taken) == wanted) …
 */
#ifndef SELECT_RDS_H
#define SELECT_RDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/workers.h"
#include "select/pick.h"

struct rds_near {
	double cosine;               /* to the nearest target of the group */
	uint64_t record;             /* RDS_NONE: the list ends before it */
};
#define RDS_NONE UINT64_MAX

size_t rds_groups(const struct pick *p);
/* For each group its `most` nearest, of equals the first record: from lists[group * most] on. */
void rds_nearest(const struct pick *p, size_t groups, size_t most, struct workers *crew, struct rds_near *lists);
/* Merges the nearest of both into `lists`. */
void rds_merge(struct rds_near *lists, const struct rds_near *others, size_t groups, size_t most);
/* Writes the taken records in their order. Returns their number: fewer than wanted where a list ends early. */
size_t rds_turns(const struct rds_near *lists, size_t groups, size_t most, size_t wanted, uint64_t *taken);

#endif
