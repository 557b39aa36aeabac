/* facility_candidates.h - facility location among candidates, where each process holds a part of the records.
 *
 *     struct facility_candidates *k = facility_candidates_new(&vectors, candidates, dims);
 *     facility_candidates_add(k, row, norm, number); // each candidate, of this part or another
 *     status = facility_candidates_pick(k, wanted, crew, &sum, order, err);
 *     … order[0 … wanted - 1], the numbers of those that were picked …
 *     facility_candidates_value(k)                   // the sum over all records
 *     facility_candidates_free(k);
 *
 * Greedy: the next pick is the candidate with the largest gain over the records of all parts, of equals that
 * with the lowest number. A gain is a sum of whole numbers (similarities, products.h), so it does not depend
 * on the parts; where every record is a candidate, the choice is that of PICK_FACILITY.
 *
 * Every part has the same candidates, in the same order.
 * Memory: (4 * dims + 29) bytes a candidate and 20 a record, besides the vectors of this part.
 * Time of a part: about (1 + ln wanted) products of every record with every candidate.
 */
#ifndef SELECT_FACILITY_CANDIDATES_H
#define SELECT_FACILITY_CANDIDATES_H

#include <stddef.h>
#include <stdint.h>

#include "base/workers.h"
#include "sow/sow.h"
#include "vector/vectors.h"

struct facility_candidates;

/* Each number becomes the sum of those that all parts gave. SOW_OK, or *err set. */
struct facility_sum {
	int (*add)(void *data, uint64_t *numbers, size_t count, struct sow_error *err);
	void *data;
};

/* `v` must outlive it, and may be empty: a part without records. Candidates have `dims` numbers. */
struct facility_candidates *facility_candidates_new(const struct vectors *v, size_t candidates, size_t dims);
void facility_candidates_free(struct facility_candidates *k); /* NULL is fine */
void facility_candidates_add(struct facility_candidates *k, const float *row, float norm, uint64_t number);
/* Call it once. `wanted` is at most the number of candidates. `sum` is NULL where one part has all records.
 * SOW_OK, or the failure of `sum`. */
int facility_candidates_pick(struct facility_candidates *k, size_t wanted, struct workers *crew,
			     const struct facility_sum *sum, uint64_t *order, struct sow_error *err);
/* The sum over the records of all parts: the similarity of each to its nearest pick. */
double facility_candidates_value(const struct facility_candidates *k);

#endif
