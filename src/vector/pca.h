/* pca.h - rows in fewer numbers: their coordinates along the directions in which they differ most.
 *
 *     struct vectors less = VECTORS_INIT;
 *     status = pca_project(&less, &vectors, 0.95, 0, crew);    // as many as hold 95 % of the variance
 *     status = pca_project(&less, &vectors, 1, 2, crew);       // a map
 *
 * The principal components of the covariance matrix, exact up to rounding: Householder's tridiagonal form
 * and implicit QL. A component's sign is such that its largest number is positive. The same for any number
 * of threads.
 */
#ifndef VECTOR_PCA_H
#define VECTOR_PCA_H

#include <stddef.h>

#include "base/workers.h"
#include "vector/vectors.h"

/* As few components as together have more than `share` of the variance, and no more than `most` (0: as many
 * as there are), at least 1. `out` is VECTORS_INIT. SOW_OK or SOW_INVALID (not finite). */
int pca_project(struct vectors *out, const struct vectors *v, double share, size_t most, struct workers *crew);

/* The eigenvalues of a symmetric matrix of n rows, the largest first, and in the rows of `m` their vectors. */
void pca_eigen(double *m, size_t n, double *values);

#endif
