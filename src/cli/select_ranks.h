/* select_ranks.h - select on ranks: each chooses from its part what one process would.
 *
 * Two passes. In the first each rank keeps the scores of its part, and vectors. By score: that of the last
 * record that is taken is found bit by bit, by 64 sums over all ranks; of those with this very score the
 * first are taken, by the order of the input. By k-center: in each step every rank offers the farthest
 * record of its part, and the vector of the farthest of all goes to every rank. The second pass writes what
 * is taken.
 *
 * Memory a rank: 9 bytes a record of its part; for k-center its vectors and 24 bytes besides, and every
 * centre. Traffic: nothing that grows with the records; for k-center each centre to every rank.
 */
#ifndef CLI_SELECT_RANKS_H
#define CLI_SELECT_RANKS_H

#include "cli/reading.h"
#include "cli/together.h"
#include "cli/writing.h"
#include "select/selection.h"

struct select_made {
	uint64_t records, taken;
	uint64_t of[REASON_COUNT];   /* left out, by reason */
	char missing[64];            /* a field without which there was no score; empty: none */
	struct facts facts;
	struct dataset_made made;
};

/* All ranks call it. This rank's shard is written, and *made is of all ranks. SOW_OK, or *err set. */
int select_ranks(struct selection *s, const struct selection_options *o, struct writing *w, struct reading *r,
		 struct together *t, struct select_made *made, struct sow_error *err);

#endif
