/* links.h - which record of an index a verdict is about, whichever of the two came first.
 *
 * All between index_lock and index_unlock, which guards the verdicts too.
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
	struct map bases;            /* keys without numbers that verdicts are about */
	uint32_t *entry;             /* of each record of the verdicts, + 1; 0: it is not here */
	size_t count, room;
};

void links_init(struct links *l, struct index *ix, struct verdicts *v);
void links_release(struct links *l);

/* The digest of a key, never 0. */
uint64_t links_digest(struct view base);

/* The number, + 1, of the verdicts' record that is about the record to be added next; 0: none. */
uint32_t links_next(struct links *l, struct view base, uint64_t digest);
/* Takes in what was added to the verdicts. */
void links_sync(struct links *l);

#endif
