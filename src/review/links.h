/* links.h - which record of an index a verdict belongs to, whichever of the two was read first.
 *
 * Call everything between index_lock and index_unlock, which guards the verdicts as well.
 */
#ifndef REVIEW_LINKS_H
#define REVIEW_LINKS_H

#include <stdint.h>

#include "base/map.h"
#include "base/view.h"
#include "review/index.h"
#include "verdicts/verdicts.h"

struct links {
	struct index *index;
	struct verdicts *verdicts;
	struct map bases;            /* keys, without numbers, that have verdicts */
	uint32_t *entry;             /* of each record of the verdicts, + 1; 0: not in the index */
	size_t count, room;
};

void links_init(struct links *l, struct index *ix, struct verdicts *v);
void links_release(struct links *l);

/* The digest of a key, never 0. */
uint64_t links_digest(struct view base);

/* The number, + 1, of the verdicts' record for the record that is added next; 0: none. */
uint32_t links_next(struct links *l, struct view base, uint64_t digest);
/* Takes in new verdicts. */
void links_sync(struct links *l);

#endif
