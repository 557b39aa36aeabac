/* facility_ranks.h - facility location on ranks, exact or in two rounds: the same records for any number of ranks.
 *
 * Exact: every record that may be taken is a candidate, and each rank has the vectors of all of them. In two
 * rounds (select/greedi.h): each rank picks in the parts that are its own, of vectors that the others send
 * it; the picked records are the candidates. The gains of candidates are then summed over the ranks
 * (select/facility_candidates.h).
 *
 * Memory a rank, N records and C candidates (all, or `wanted` of each part) of d numbers: 4 * d * N / n, in
 * round one four times and what PICK_FACILITY takes for a part; (4 * d + 60) * C, and 64 MB.
 * Traffic: in round one 4 * d * N by all; 4 * d * C to each rank, and 16 * C for each that is taken.
 */
#ifndef CLI_FACILITY_RANKS_H
#define CLI_FACILITY_RANKS_H

#include <stdint.h>

#include "cli/rank_job.h"
#include "select/greedi.h"

struct facility_part {
	const struct vectors *open;  /* of this rank's records that may be taken */
	uint64_t before;             /* such records of the ranks before this one */
	size_t dims;                 /* of all ranks; a rank without records knows it, too */
	struct greedi greedi;        /* no parts: exact */
};

/* All ranks call it. order[0 … wanted - 1]: the numbers of those that are taken, among all that may be.
 * *share: of the largest possible sum what is reached at least; 0: not reckoned. SOW_OK, or *err set. */
int facility_ranks(struct rank_job *t, const struct facility_part *f, uint64_t *order, double *share,
		   struct sow_error *err);

#endif
