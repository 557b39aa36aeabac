/* select_ranks.h - select by score on ranks: each chooses from its part what one process would.
 *
 * Two passes. In the first each rank keeps the scores of its part; then the score of the last record
 * that is taken is found bit by bit: 64 sums of all ranks. Of those with this very score the first are
 * taken, by the order of the input. The second pass writes what is taken.
 *
 * Memory a rank: 9 bytes a record of its part. Traffic: nothing that grows with the records.
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
int select_ranks(struct selection *s, struct writing *w, struct reading *r, struct together *t,
		 struct select_made *made, struct sow_error *err);

#endif
