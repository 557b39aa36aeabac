/* exact_ranks.h - exact dedup on ranks: see dedup.h.
 *
 * Each key belongs to one rank, which keeps the number of the first, or the preferred, record with that
 * key. The other ranks send it the keys of their records, in batches, and it answers with that number for
 * each. Memory a rank: 24 bytes a record of its part, and exact.c's entry for each of its N / n keys.
 */
#ifndef CLEAN_EXACT_RANKS_H
#define CLEAN_EXACT_RANKS_H

#include "clean/dedup.h"
#include "clean/spread.h"

int exact_ranks_run(struct spread *s, const struct dedup_options *o, struct workers *crew,
		    struct clean_counts *counts, struct sow_error *err);

#endif
