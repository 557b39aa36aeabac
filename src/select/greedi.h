/* greedi.h - facility location in two rounds: in each part, then among what the parts picked.
 *
 *     struct greedi_picks f = { 0 };
 *     status = greedi_first_round(&vectors, numbers, &parts, crew, &f, err); // parts that this process has
 *     … f.vectors, f.numbers: candidates of round two (facility_candidates.h), with those of others …
 *     greedi_bound(&parts, f.most)                          // once it has those of all parts
 *     greedi_picks_release(&f);
 *
 * The seed and its number draw a record's part. So the result does not depend on which process has which part.
 *
 * Round one picks `wanted` of each part, greedily, by what the part's own records have of them. Round two
 * picks `wanted` of all these, greedily, by what all records have. Of one part the answer is that of
 * PICK_FACILITY: round two finds the same ones in the same order.
 *
 * The bound. F(S) is the sum over records of 1 / (1 + distance) to the nearest in S, F_p that over part p,
 * O the best choice of as many, m the number of parts.
 * - Whatever O is, a part has a choice of its own that is nearly as good for it: for each of O the nearest
 *   record of the part among those that it serves. By the triangle inequality no distance more than doubles.
 *   A record that had x = 1 / (1 + a) of O has at least 1 / (1 + 2a) = x / (2 - x) of that choice. This is
 *   convex in x, so that with g_p the most that any choice within the part comes to, a record of it on
 *   average, O comes to 2 g_p / (1 + g_p) at most. Greedy itself bounds g_p (facility.c). The sum over parts
 *   is greedi_bound: what F(S) is at least, as a share of the largest possible, is known for each input.
 * - Beforehand: F(S) >= (1 - 1/e) F(A_p) for the answer A_p of any part, which is among the candidates, and
 *   F_p(A_p) >= (1 - 1/e) F_p(O) / 2. So F(S) >= (1 - 1/e)^2 / (2 m) F(O), that is 0.19 / m.
 *
 * Sources: two rounds GreeDi (Mirzasoleiman et al. 2013), parts at random Barbosa et al. 2015
 * (arXiv:1502.02606). Their bounds are for a first round that looks at all records, or hold for large random
 * parts with some probability; this one needs neither.
 */
#ifndef SELECT_GREEDI_H
#define SELECT_GREEDI_H

#include <stddef.h>
#include <stdint.h>

#include "base/workers.h"
#include "sow/sow.h"
#include "vector/vectors.h"

struct greedi {
	size_t parts, wanted;
	uint64_t seed;
};

struct greedi_picks {
	struct vectors vectors;
	uint64_t *numbers;
	size_t room;
	double *most;                /* by part: no choice comes to more in it; 0: it was not among them */
};

size_t greedi_part(const struct greedi *r, uint64_t number);
/* Round one in the parts of these records, which must be complete; numbers ascend. `out` is empty. */
int greedi_first_round(const struct vectors *v, const uint64_t *numbers, const struct greedi *r,
		       struct workers *crew, struct greedi_picks *out, struct sow_error *err);
/* An upper bound on facility_candidates_value of any choice of as many. */
double greedi_bound(const struct greedi *r, const double *most);
void greedi_picks_release(struct greedi_picks *f);

#endif
