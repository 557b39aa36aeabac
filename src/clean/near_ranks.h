/* near_ranks.h - dedup of near duplicates on ranks: see dedup.h.
 *
 * A record is kept if no near duplicate before it is kept. So each verdict depends on earlier ones; yet the
 * result is that of a single process. Records that share a band form a group, which belongs to one rank.
 * That rank goes through the group in order of preference, in windows. Within a window each member is
 * compared with those before it, by the rank that read it, which fetches the other's shingles. A group calls
 * a member once every near duplicate before it in the window is removed; the member is kept once all its
 * groups have called it. Then the members after the window are compared with it. This takes rounds of
 * exchange: two for most data, some tens where groups are large and most members are no near duplicates.
 *
 * Memory a rank, of N / n records: 4 bytes a shingle and some 60 a record; during the exchange of bands
 * also 4 a band; then, for each place of a record in a group of two or more, 12 where it was read and 18
 * where the group is. Traffic, of all ranks: 8 bytes a band and record (16 with --keep), and the shingles
 * of a record once for each rank that compares with it in a round.
 */
#ifndef CLEAN_NEAR_RANKS_H
#define CLEAN_NEAR_RANKS_H

#include "clean/dedup.h"
#include "clean/spread.h"

int near_ranks_run(struct spread *s, const struct dedup_options *o, struct workers *crew,
		   struct clean_counts *counts, struct sow_error *err);

#endif
