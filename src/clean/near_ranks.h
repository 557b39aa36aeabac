/* near_ranks.h - dedup by what is nearly the same, on ranks: see dedup.h.
 *
 * A record is kept if none like it is kept before it: who is kept depends on who was, and yet the
 * answer is the one that a single process gives. Records that share a band are a group, which belongs
 * to one rank. That rank goes through it in order of preference, in windows: within one, each member is
 * compared with those before it, by the rank that read it, which fetches the other's shingles. It is
 * kept once all its groups have called it, which each does when those before it in the window that
 * are like it are removed; then all behind the window are compared with it. So there are rounds of
 * exchange: two for most data, some tens where groups are large and hold many that are not alike.
 *
 * Memory a rank, of N / n records: 4 bytes a shingle and some 60 a record; while bands are exchanged,
 * 4 a band besides; then, for each place of a record in a group of two or more, 12 where it was read
 * and 18 where the group is. Traffic, of all ranks: 8 bytes a band and record (16 with --keep), and the
 * shingles of a record once for each rank that compares with it in a round.
 */
#ifndef CLEAN_NEAR_RANKS_H
#define CLEAN_NEAR_RANKS_H

#include "clean/dedup.h"
#include "clean/spread.h"

int near_ranks_run(struct spread *s, const struct dedup_options *o, struct workers *crew,
		   struct clean_counts *counts, struct sow_error *err);

#endif
