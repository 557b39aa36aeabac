/* seen.h - how often a body was sent before, and answered.
 *
 * A bounded table: past `most` bodies the older half is forgotten; the latest stay. A forgotten body counts
 * as never seen.
 */
#ifndef MOCK_SEEN_H
#define MOCK_SEEN_H

#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "io/hash.h"

struct seen {
	struct map young, old;
	size_t most;
};

#define SEEN_INIT(n) { .young = MAP_INIT, .old = MAP_INIT, .most = n }

/* Counts one more attempt at this body: *before is the number of earlier ones. */
void seen_attempt(struct seen *s, const struct hash *body, uint32_t *before);

/* Counts one more answer to it; *before as above. */
void seen_answer(struct seen *s, const struct hash *body, uint32_t *before);

void seen_release(struct seen *s);

#endif
