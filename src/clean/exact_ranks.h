/* exact_ranks.h - dedup by what is the same, on ranks: see dedup.h.
 *
 * Each key belongs to one rank, which keeps the number of the first record that has it, or of the
 * one preferred. Ranks send it the keys of their records, in batches, and are sent that number for
 * each. Memory a rank: 24 bytes a record of its own, and of the N / n keys that are its, what exact.h
 * has for each.
 */
#ifndef CLEAN_EXACT_RANKS_H
#define CLEAN_EXACT_RANKS_H

#include "clean/dedup.h"
#include "clean/spread.h"

int exact_ranks_run(struct spread *s, const struct dedup_options *o, struct workers *crew,
		    struct clean_counts *counts, struct sow_error *err);

#endif
