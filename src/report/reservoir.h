/* reservoir.h - a few of many, each as likely as any other, kept as text.
 *
 *     struct reservoir r;
 *     reservoir_init(&r, 400, seed, stream);
 *     struct kept *k = reservoir_next(&r);   // for each thing; NULL: it is passed over
 *     if (k)
 *             … write it into k->text, which is empty …
 *     reservoir_finish(&r, 1 << 20);
 *     … r.list[0 .. r.count-1] in the order they came …
 *     reservoir_release(&r);
 *
 * The same things in the same order give the same few for the same seed.
 *
 * Memory: the texts that are held.
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
	int64_t seen;                /* things there were */
	uint64_t seed;
	uint32_t stream;             /* of draws (base/draw.h); the next one, too, is its own */
};

void reservoir_init(struct reservoir *r, size_t most, uint64_t seed, uint32_t stream);
void reservoir_release(struct reservoir *r);

/* NULL: the thing is passed over. Valid until the next call. */
struct kept *reservoir_next(struct reservoir *r);
/* Once, after the last: of those it holds drops as many, by chance, as makes their texts fit into
 * `bytes`, and sorts the rest by number. */
void reservoir_finish(struct reservoir *r, size_t bytes);

#endif
