/* scan_test.h - the novelty index in its simplest form.
 *
 * Compares with every sequence it holds, one after the other. The reference for novelty.h,
 * for its tests and its fuzz target. Ends the program when out of memory.
 */
#ifndef TEXT_NOVELTY_SCAN_TEST_H
#define TEXT_NOVELTY_SCAN_TEST_H

#include "text/novelty.h"

struct scan {
	struct words *w;
	int64_t *ids;
	size_t count, word_room, id_room;
};

#define SCAN_INIT { .w = 0 }

void scan_add(struct scan *s, const struct words *w, int64_t id);
void scan_release(struct scan *s);

/* The `k` best with a score above `bar`, best first; of equals the earliest. *mean over all. */
size_t scan_above(const struct scan *s, double bar, const struct words *w, size_t k,
		  struct neighbour *near, double *mean);

#endif
