/* stats.h - a set of tasks in figures, counted as they pass.
 *
 *     struct stats *s = stats_new(1);
 *     while (records_next(r, a, &task, err) > 0)
 *             stats_add(s, &task);
 *     stats_finish(s);
 *     stats_figures(s, figures);
 *     stats_free(s);
 *
 * The paper's Table 1, lengths, exact duplicates, empty, cut and refused outputs (answer.h),
 * instances and turns, scripts and languages. Script and language of a task are those of
 * its instruction and first output together, by the first 120 bytes of them.
 *
 * Duplicates are told by 64-bit hashes (set.h): 11 to 22 bytes an instruction and as many a
 * record, 40 MB for a million tasks; all else is flat.
 */
#ifndef REPORT_STATS_H
#define REPORT_STATS_H

#include <stddef.h>

#include "data/record.h"
#include "report/figures.h"
#include "sow/sow.h"

struct stats;

/* `threads` of its own tell languages, which takes longest. */
struct stats *stats_new(size_t threads);
void stats_free(struct stats *s);             /* NULL is fine */

int stats_add(struct stats *s, const struct record *task); /* SOW_OK */

void stats_finish(struct stats *s);           /* after the last; then it is shown */

/* Members of the object that is open. */
void stats_figures(const struct stats *s, struct figures *f);

#endif
