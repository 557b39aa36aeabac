/* run_stats.h - the usage of a run, in figures: beside those of its tasks (stats.h).
 *
 *     struct run_stats r;
 *     status = run_stats_read(&r, store, arena, err);
 *     run_stats_figures(&r, figures);
 *
 * Requests, tokens, money and time of all its steps, rejects by rule, and by stage the share of
 * proposals that were accepted, over the run's time (timeline.h).
 */
#ifndef REPORT_RUN_STATS_H
#define REPORT_RUN_STATS_H

#include "report/figures.h"
#include "report/tallies.h"
#include "report/timeline.h"
#include "store/store.h"

struct run_stats {
	struct store_counts counts;  /* of replies: all steps' */
	struct reject_count *rejects;
	size_t reject_count;
	struct timeline timeline;
	struct tallies tallies;
};

/* Lists live in `a`. */
int run_stats_read(struct run_stats *r, struct store *s, struct arena *a, struct sow_error *err);

/* "counts", "rejects", "tallies" and "timeline". */
void run_stats_figures(const struct run_stats *r, struct figures *f);

/* Members of the open object: the usage and the results of a run or a step. */
void counts_figures(const struct store_counts *c, struct figures *f);
/* "rejects", by rule with its reason; the layout may be changed. */
struct figure *rejects_figures(const struct reject_count *list, size_t count, struct figures *f);

#endif
