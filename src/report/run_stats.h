/* run_stats.h - what a run took, in figures: beside those of its tasks (stats.h).
 *
 *     struct run_stats r;
 *     status = run_stats_read(&r, store, arena, err);
 *     run_stats_print(&r, &buf);
 *     run_stats_json(&r, json);
 *
 * Requests, tokens, money and time of all its steps, what was rejected by which rule, and by
 * stage how much of what was proposed was accepted, over the run's time (timeline.h).
 */
#ifndef REPORT_RUN_STATS_H
#define REPORT_RUN_STATS_H

#include "report/timeline.h"
#include "run/store.h"

struct run_stats {
	struct arena *arena;
	struct store_counts counts;  /* of replies: all steps' */
	struct reject_count *rejects;
	size_t reject_count;
	struct timeline timeline;
};

/* Lists live in `a`. */
int run_stats_read(struct run_stats *r, struct store *s, struct arena *a, struct sow_error *err);

/* Returns out->status. */
int run_stats_print(const struct run_stats *r, struct buf *out);
/* Members of the object that is open: "counts", "rejects", "timeline". */
void run_stats_json(const struct run_stats *r, struct json_out *out);

#endif
