/* reservoir.h - a few of many things that pass by, each as likely as another.
 *
 *     struct reservoir r = { .most = 20, .seed = seed, .stream = DRAW_SENTENCES };
 *     size_t slot = reservoir_slot(&r);          // for each thing that passes
 *     if (slot != RESERVOIR_NONE)
 *             kept[slot] = thing;                // instead of what was there
 *
 * Slots are filled from 0 up; who wants the order in which things came notes it. The same seed
 * and stream choose the same. Vitter's algorithm R over counter-based draws (draw.h).
 */
#ifndef BASE_RESERVOIR_H
#define BASE_RESERVOIR_H

#include <stddef.h>
#include <stdint.h>

struct reservoir {
	size_t most;               /* slots; 0: one for each that passes */
	uint64_t seed;
	uint32_t stream;
	int64_t passed;            /* so far */
};

#define RESERVOIR_NONE ((size_t)-1)
size_t reservoir_slot(struct reservoir *r);

#endif
