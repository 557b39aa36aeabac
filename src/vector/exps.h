/* exps.h - the exponentials of many numbers, and their sum, fast and always the same.
 *
 *     double sum = exps(logits, count, most, NULL);        // of e^(logits[i] - most)
 *     double log_of_first = (double)logits[0] - (double)most - log(sum);
 *
 * Each is right to 2 units in the last place of 32 bits; below e^-87 it is 0. The sum is in 64 bits: eight
 * sums, each of every eighth number, added up in order. So neither depends on the processor.
 */
#ifndef VECTOR_EXPS_H
#define VECTOR_EXPS_H

#include <stddef.h>

/* out[i] = e^(x[i] - less), at most e^0 unless the caller wants what is beyond: up to e^88. `out` may
 * be `x`, and NULL. Returns the sum. */
double exps(const float *x, size_t count, float less, float *out);
float exps_most(const float *x, size_t count); /* the largest; count is at least 1 */

/* For a test: the same in plain C. */
double exps_plain(const float *x, size_t count, float less, float *out);

#endif
