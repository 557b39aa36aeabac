/* semantic.h - dedup and decontaminate by what texts mean: the cosine of their vectors.
 *
 * dedup: going down the order of preference a record is removed if its cosine with a kept one is at least
 * the threshold; --explain names the nearest. Exact (vector/cosine_filter.h). With `clusters` it is SemDeDup
 * (arXiv:2303.09540): spherical k-means puts rows in clusters; within a cluster, in an order, a row is
 * removed if its cosine with any earlier row of the cluster, kept or not, is above the threshold. So it finds
 * fewer, and of a chain of neighbours it keeps only the first.
 *
 * decontaminate: a record is removed if its cosine with an item of a benchmark is at least the threshold.
 *
 * The input is read twice. Memory: 4 bytes a number of a vector, and what cosine_filter.h says.
 */
#ifndef CLEAN_SEMANTIC_H
#define CLEAN_SEMANTIC_H

#include "clean/contamination.h"
#include "clean/dedup.h"

int semantic_dedup(const struct dedup_options *o, struct workers *crew, struct clean_counts *counts,
		   struct sow_error *err);
int semantic_decontaminate(const struct contamination_options *o, struct workers *crew,
			   struct contamination_counts *counts, struct sow_error *err);

/* The same on ranks (spread.h), of vectors in a field or a file. dedup goes in the order of the input, without
 * clusters: one rank after the other sends its vectors to all in blocks, the ranks hold the kept ones in
 * turn, and the nearest of all ranks counts. decontaminate: each rank has all items.
 *
 * Memory a rank: 4 bytes a number of its own vectors and of its share of the kept ones, what cosine_filter.h
 * says of that share, and up to 64 MB to send. Traffic of dedup: each vector to every rank, and 16 bytes a
 * record from each to each. */
struct spread;
int semantic_dedup_ranks(struct spread *sp, const struct dedup_options *o, struct workers *crew,
			 struct clean_counts *counts, struct sow_error *err);
int semantic_decontaminate_ranks(struct spread *sp, const struct contamination_options *o, struct workers *crew,
				 struct contamination_counts *counts, struct sow_error *err);

#endif
