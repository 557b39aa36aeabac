/* rds.h - targets, or groups of them, take turns: each the record that is nearest to one of it.
 *
 *     struct rds_near *lists = mem_alloc(groups * most * sizeof(*lists));
 *     rds_nearest(&p, groups, most, crew, lists);
 *     … those of other parts are merged in, where several hold parts: rds_merge …
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
/* The nearest of both, into `lists`. */
void rds_merge(struct rds_near *lists, const struct rds_near *others, size_t groups, size_t most);
/* What is taken, in its order. Fewer than are wanted where a list ends before. */
size_t rds_turns(const struct rds_near *lists, size_t groups, size_t most, size_t wanted, uint64_t *taken);

#endif
