/* near_ranks.h - dedup by what is nearly the same, on ranks: see dedup.h.
 *
 * A record is kept if none like it is kept before it; so who is kept depends on who was, and yet the
 * answer is the one that a single process gives. Records that share a band are a group. Each group
 * belongs to one rank, which goes through it in order of preference: once it is settled whether a
 * member is kept, and it is, the members behind it are compared with it, each by the rank that read
 * it, which fetches the other's shingles; a member is kept when all of its groups have come to it
 * and none of those before was like it. That goes in rounds, as many as the longest chain of records
 * that wait for each other.
 *
 * Memory a rank, of N / n records: 4 bytes a shingle and some 40 a record; while bands are exchanged, 4
 * a band; then 16 for each place of a record in a group of two or more. Traffic, by all: 8 bytes a band
 * and record, and the shingles of kept records once for each rank that compares with them.
 */
#ifndef CLEAN_NEAR_RANKS_H
#define CLEAN_NEAR_RANKS_H

#include "clean/dedup.h"
#include "clean/spread.h"

int near_ranks_run(struct spread *s, const struct dedup_options *o, struct workers *crew,
		   struct clean_counts *counts, struct sow_error *err);

#endif
