/* facility_candidates.h - facility location among candidates, for who holds a part of the records.
 *
 *     struct facility_candidates *k = facility_candidates_new(&vectors, candidates, dims);
 *     facility_candidates_add(k, row, norm, number); // each candidate, of this part or another
 *     status = facility_candidates_pick(k, wanted, crew, &sum, order, err);
 *     … order[0 … wanted - 1], the numbers of those that were picked …
 *     facility_candidates_value(k)                   // what all records have of them
 *     facility_candidates_free(k);
 *
 * Greedy: the next is the candidate that brings most to the records of all parts, of equals that with the
 * lowest number. What it brings is a sum of whole numbers (similarities, products.h), so that it does not
 * depend on the parts, and where every record is a candidate, the choice is that of PICK_FACILITY.
 *
 * Every part has the same candidates, in the same order.
 * Memory: (4 * dims + 29) bytes a candidate and 20 a record, besides the vectors of this part.
 * Time: of each part, (1 + ln wanted) products of every record with every candidate, about.
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

/* `v` must live as long, and may have no rows: a part without records. Candidates have `dims` numbers. */
struct facility_candidates *facility_candidates_new(const struct vectors *v, size_t candidates, size_t dims);
void facility_candidates_free(struct facility_candidates *k); /* NULL is fine */
void facility_candidates_add(struct facility_candidates *k, const float *row, float norm, uint64_t number);
/* `wanted` is no more than the candidates that were added. `sum` is NULL where this part is all. SOW_OK, or
 * what `sum` failed with. Once. */
int facility_candidates_pick(struct facility_candidates *k, size_t wanted, struct workers *crew,
			     const struct facility_sum *sum, uint64_t *order, struct sow_error *err);
/* The similarities of the records of all parts to the nearest that was picked, summed. */
double facility_candidates_value(const struct facility_candidates *k);

#endif
