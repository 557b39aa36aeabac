/* select_ranks.h - select on ranks: each chooses from its part what one process would.
 *
 * Two passes. In the first each rank keeps the scores of its part, and vectors. By score, and by chance, which
 * draws one: that of the last record that is taken is found bit by bit, by 64 sums over all ranks; of those
 * with this very score the first are taken, by the order of the input. By k-center: in each step every rank
 * offers the farthest record of its part, and the vector of the farthest of all goes to every rank; so it is
 * with DPP. DEITA's filter goes down the scores in blocks, whose vectors go to every rank; each holds a part
 * of what is taken (vector/cosine_filter.h). Of targets each rank shows the nearest of its part, and all ranks
 * take the same turns. By facility location: facility_ranks.h. The second pass writes what is taken.
 *
 * The order in which records were taken is asked for by --explain and --ranked, and by --balance: one rank after
 * the other shows the scores of its part to all, in their order, and each counts which are before its own.
 * With --ranked each rank sends the records it read to those that write them.
 *
 * Memory a rank: 9 bytes a record of its part, with an order 32 more; for k-center its vectors and 32 bytes
 * besides, and every centre. Traffic: nothing that grows with the records; for k-center each centre to every
 * rank; with an order 16 bytes of each record that is taken, with --balance of each that may be, to every rank.
 */
#ifndef CLI_SELECT_RANKS_H
#define CLI_SELECT_RANKS_H

#include "cli/rank_job.h"
#include "cli/record_input.h"
#include "cli/record_output.h"
#include "select/selection.h"

struct select_made {
	uint64_t records, taken, own;  /* own: records of this rank's part */
	double share;                /* as selection_share */
	uint64_t of[REASON_COUNT];   /* left out, by reason */
	char missing[64];            /* a field without which there was no score; empty: none */
	struct facts facts;
	struct dataset_made made;
};

/* All ranks call it. This rank's shard is written, and *made is of all ranks. SOW_OK, or *err set. */
int select_ranks(struct selection *s, const struct selection_options *o, struct record_output *w,
		 struct record_input *r, struct rank_job *t, struct select_made *made, struct sow_error *err);

#endif
