/* likes.h - facility location: how like rows are to all candidates, and what these lose when one is picked.
 *
 *     const struct likes k = { panels, norms, count, dims };
 *     likes_of(&k, rows, stride, row_norms, row_count, block, likes);
 *     ... one is picked ...
 *     n = likes_note(like, best, records, changes);      // which records it brought nearer
 *     likes_lost(&k, &vectors, changes, n, block, lost); // what each candidate brings less since
 *
 * A similarity is a whole number (products.h), so that sums are exact, in any order.
 */
#ifndef SELECT_LIKES_H
#define SELECT_LIKES_H

#include <stddef.h>
#include <stdint.h>

#include "select/blocks.h"
#include "vector/vectors.h"

#define LIKES_ROWS ((size_t)32)     /* rows that candidates are multiplied with at once */

struct likes {
	const float *panels, *norms; /* of the candidates */
	size_t count, dims;
};

/* A record that what was picked last brought nearer: how like it is to the nearest picked one. */
struct change {
	uint32_t at;
	int32_t before, now;
};

/* likes[i * BLOCK + c]: of row i, of LIKES_ROWS at most, to candidate c of the block. */
void likes_of(const struct likes *k, const float *rows, size_t stride, const float *norms, size_t count, size_t block,
	      int32_t *likes);
/* What records bring less to candidates, each by how like it is, since they have a picked one not as like as
 * `before` but as `now`; added to lost[0 … size - 1]. */
void likes_lose(const int32_t *likes, size_t size, int32_t before, int32_t now, int64_t *lost);
/* The same for a block of candidates and all changes among these records. */
void likes_lost(const struct likes *k, const struct vectors *records, const struct change *changes, size_t count,
		size_t block, int64_t *lost);
/* like[i]: of record i to what was picked last. Notes those that are more like it than `best` says, and makes that
 * so. How many. */
size_t likes_note(const int32_t *like, int32_t *best, size_t count, struct change *changes);

#endif
