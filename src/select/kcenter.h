/* kcenter.h - k-center a step at a time, where each process holds a part of the records.
 *
 *     struct kcenter *k = kcenter_new(&vectors, closed, wanted, first);
 *     kcenter_add(k, row, norm);                        // the first centre, of this part or another
 *     kcenter_farthest(k, crew, &at, &distance);
 *     kcenter_take(k);                                  // it is the next centre, to be added
 *     kcenter_free(k);
 */
#ifndef SELECT_KCENTER_H
#define SELECT_KCENTER_H

#include <stddef.h>

#include "base/workers.h"
#include "vector/vectors.h"

struct kcenter;

/* Of the records that are not `closed` (a byte a record; NULL: none is), fewer than UINT32_MAX. At most
 * `wanted` centres are added. Record `first` is the first centre (PICK_NONE: it is in another part).
 * `v` and `closed` must outlive it. */
struct kcenter *kcenter_new(const struct vectors *v, const unsigned char *closed, size_t wanted, size_t first);
void kcenter_free(struct kcenter *k);
void kcenter_add(struct kcenter *k, const float *row, float norm);
/* The record of this part that is farthest from all centres, of equals the first, and the square of its
 * distance; PICK_NONE: all are centres. */
void kcenter_farthest(struct kcenter *k, struct workers *crew, size_t *at, float *distance);
/* Removes the last result of kcenter_farthest from the candidates. */
void kcenter_take(struct kcenter *k);

#endif
