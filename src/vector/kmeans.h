/* kmeans.h - rows in clusters, each around a centre.
 *
 *     struct kmeans m;
 *     status = kmeans_run(&m, &vectors, &(struct kmeans_options){ .clusters = 161 }, crew);
 *     m.cluster[7]                             // of row 7
 *     kmeans_release(&m);
 *
 * Lloyd's algorithm, begun by k-means++ (Arthur and Vassilvitskii 2007) with a seed. It ends when no row
 * changes its cluster. Of equally near centres the first counts; a cluster that loses all its rows
 * keeps its centre. Spherical k-means takes rows and centres as directions: of the highest cosine.
 * The same for any number of threads.
 */
#ifndef VECTOR_KMEANS_H
#define VECTOR_KMEANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/workers.h"
#include "vector/vectors.h"

struct kmeans_options {
	size_t clusters;             /* at least 1; it makes no more than there are rows */
	size_t iterations;           /* at most; 0: KMEANS_ITERATIONS */
	bool spherical;
	uint64_t seed;
};
#define KMEANS_ITERATIONS 300

struct kmeans {
	struct vectors centres;      /* of spherical ones each of length 1 */
	uint32_t *cluster;           /* by row */
	float *product;              /* by row: with its centre */
};

/* SOW_OK or SOW_NOMEM. */
int kmeans_run(struct kmeans *m, const struct vectors *v, const struct kmeans_options *o, struct workers *crew);
void kmeans_release(struct kmeans *m);

#endif
