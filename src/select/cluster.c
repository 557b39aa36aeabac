#include <math.h>

#include "base/error.h"
#include "base/mem.h"
#include "select/pickers.h"
#include "vector/kmeans.h"
#include "vector/pca.h"

#define VARIANCE 0.95 /* that the components hold in which clusters are sought, as in CaR */

/* The best overall, then of each cluster its best. */
static void take_best(const struct pick *p, const uint32_t *cluster, size_t clusters, struct chosen *out)
{
	struct ranked *list = pick_rank(p);
	size_t *seen = mem_zalloc((clusters + 1) * sizeof(*seen));
	for (size_t n = 0; n < p->count; n++) {
		size_t of_cluster = seen[cluster[list[n].at]]++;
		if (n < p->overall || of_cluster < p->each)
			pick_take(out, list[n].at);
	}
	mem_free(list);
	mem_free(seen);
}

size_t pick_clusters(size_t count)
{
	size_t clusters = (size_t)sqrt((double)count / 2);
	return clusters ? clusters : 1;
}

int pick_cluster(const struct pick *p, struct workers *crew, struct chosen *out, struct sow_error *err)
{
	struct kmeans_options o = { .clusters = p->clusters, .seed = p->seed };
	struct vectors less = VECTORS_INIT;
	struct kmeans m = { .cluster = NULL };
	if (!o.clusters)
		o.clusters = pick_clusters(p->count);
	if (o.clusters > p->count)
		return error_set(err, SOW_INVALID, "--clusters: %zu are more than the %zu records that may be taken",
				 o.clusters, p->count);
	int status = pca_project(&less, p->vectors, VARIANCE, 0, crew);
	if (!status)
		status = kmeans_run(&m, &less, &o, crew);
	if (!status)
		take_best(p, m.cluster, o.clusters, out);
	kmeans_release(&m);
	vectors_release(&less);
	return status;
}
