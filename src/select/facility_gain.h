/* facility_gain.h - facility location: how similar rows are to all candidates, and what each candidate's gain
 * loses when another is picked.
 *
 *     const struct candidate_panels k = { panels, norms, count, dims };
 *     facility_similarities(&k, rows, stride, row_norms, row_count, block, similar);
 *     ... one is picked ...
 *     n = facility_note_nearer(similarity, best, records, changes); // the records that it brought nearer
 *     facility_lose_changes(&k, &vectors, changes, n, block, lost); // by candidate
 *
 * A similarity is a whole number (products.h), so that sums are exact, in any order.
 */
#ifndef SELECT_FACILITY_GAIN_H
#define SELECT_FACILITY_GAIN_H

#include <stddef.h>
#include <stdint.h>

#include "select/blocks.h"
#include "vector/vectors.h"

#define FACILITY_ROWS ((size_t)32) /* rows that candidates are multiplied with at once */

struct candidate_panels {
	const float *panels, *norms; /* of the candidates */
	size_t count, dims;
};

/* A record that the last pick brought nearer: its similarity to the nearest picked one, before and now. */
struct change {
	uint32_t at;
	int32_t before, now;
};

/* similar[i * BLOCK + c]: of row i, of FACILITY_ROWS at most, to candidate c of the block. */
void facility_similarities(const struct candidate_panels *k, const float *rows, size_t stride,
			   const float *norms, size_t count, size_t block, int32_t *similar);
/* What the gains of candidates lose since a record's similarity to the nearest picked one rose from `before` to
 * `now`; similar[c] is its similarity to candidate c. Adds to lost[0 … size - 1]. */
void facility_lose_row(const int32_t *similar, size_t size, int32_t before, int32_t now, int64_t *lost);
/* The same for a block of candidates and all changes among these records. */
void facility_lose_changes(const struct candidate_panels *k, const struct vectors *records,
			   const struct change *changes, size_t count, size_t block, int64_t *lost);
/* similarity[i] is that of record i to the last pick. Where it is above best[i], raises best[i] and notes the
 * change. Returns the number of changes. */
size_t facility_note_nearer(const int32_t *similarity, int32_t *best, size_t count, struct change *changes);

#endif
