/* reservoir.h - a random sample, kept as text: each thing is as likely to be in it as any other.
 *
 *     struct reservoir r;
 *     reservoir_init(&r, 400, seed, stream);
 *     struct kept *k = reservoir_next(&r);   // for each thing; NULL: skip it
 *     if (k)
 *             … write it into k->text, which is empty …
 *     reservoir_finish(&r, 1 << 20);
 *     … r.list[0 .. r.count-1] in order of arrival …
 *     reservoir_release(&r);
 *
 * The same things in the same order give the same sample for the same seed.
 *
 * Memory: the texts in the sample.
 */
#ifndef REPORT_RESERVOIR_H
#define REPORT_RESERVOIR_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "sow/sow.h"

struct kept {
	struct buf text;
	int64_t number;              /* of the thing, from 0 */
	char id[64];                 /* the caller's, empty at first */
};

struct reservoir {
	struct kept *list;
	size_t count, room, most;
	int64_t seen;                /* number of things so far */
	uint64_t seed;
	uint32_t stream;             /* of draws (base/draw.h); also uses the next one */
};

void reservoir_init(struct reservoir *r, size_t most, uint64_t seed, uint32_t stream);
void reservoir_release(struct reservoir *r);

/* NULL: skip the thing. Valid until the next call. */
struct kept *reservoir_next(struct reservoir *r);
/* Call it once, after the last: drops things at random until the texts of the rest fit into `bytes`,
 * and sorts the rest by number. */
void reservoir_finish(struct reservoir *r, size_t bytes);

#endif
