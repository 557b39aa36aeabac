/* novel_ranks.h - keep the lines that are new, on ranks: see novel.h.
 *
 * In the order of the input: one rank after the other reads its part, and sends its records to all in
 * batches. The kept records lie on the ranks in turn; each looks among its own for the nearest to
 * each record of the batch, the nearest of all ranks is taken, and what is kept of the batch is decided
 * one by one. So the search is shared, and reading is not: it pays from where searching takes most
 * of the time.
 *
 * A rank that has read its part leaves a checkpoint. Of parts that a stopped job decided, the same job
 * sends what is kept alone, and searches nothing.
 *
 * Memory a rank: what novel.h has for its share of the kept records, one vocabulary, and 24 bytes a
 * record of its part. Traffic: each
 * record's text to every rank, and 24 bytes from each rank to every other.
 */
#ifndef CLEAN_NOVEL_RANKS_H
#define CLEAN_NOVEL_RANKS_H

#include "clean/novel.h"
#include "clean/spread.h"

/* Not with exact_below. */
int novel_ranks_run(struct spread *s, const struct novel_options *o, struct workers *crew,
		    struct clean_counts *counts, struct sow_error *err);

#endif
