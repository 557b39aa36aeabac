/* stats.h - figures of a set of tasks, counted as they pass.
 *
 *     struct stats *s = stats_new(1);
 *     while (records_next(r, a, &task, err) > 0)
 *             stats_add(s, &task);
 *     stats_finish(s);
 *     stats_figures(s, figures);
 *     stats_free(s);
 *
 * The paper's Table 1, lengths, exact duplicates, empty, cut and refused outputs (output_kind.h),
 * instances and turns, scripts and languages. Script and language of a task are those of
 * its instruction and first output together, by the first 120 bytes of them.
 *
 * 64-bit hashes find duplicates (set.h): 11 to 22 bytes an instruction and as many a
 * record, 40 MB for a million tasks; the rest does not grow.
 */
#ifndef REPORT_STATS_H
#define REPORT_STATS_H

#include <stddef.h>

#include "base/buf.h"
#include "data/record.h"
#include "report/figures.h"
#include "sow/sow.h"

struct stats;

/* Starts `threads` threads for the languages, which take longest. */
struct stats *stats_new(size_t threads);
void stats_free(struct stats *s);             /* NULL is fine */

int stats_add(struct stats *s, const struct record *task); /* SOW_OK */

void stats_finish(struct stats *s);           /* after the last; then the figures can be shown */

/* For tasks of which several processes count a part each:
 *
 *     struct stats *s = stats_new_part(1);
 *     ... stats_add ...
 *     stats_hashes_out(s, which, out, n);  // of each set: out[k] is sent to process k,
 *     stats_hashes_in(s, which, in, n);    // in[k] came from it: each hash is now with one of them
 *     stats_finish(s);
 *     stats_save(s, &text);                // all figures to be shown
 *     stats_add_saved(all, &texts);        // into one of stats_new, in the order of the parts
 *
 * stats_save returns SOW_TOOBIG if a part has numbers of more than SCORES_PART_MOST names. */
enum stats_set { STATS_INSTRUCTIONS, STATS_RECORDS, STATS_SETS };
struct stats *stats_new_part(size_t threads);
void stats_hashes_out(struct stats *s, enum stats_set which, struct buf *out, size_t n);
void stats_hashes_in(struct stats *s, enum stats_set which, const struct buf *in, size_t n);
int stats_save(const struct stats *s, struct buf *out);
/* Takes them from the front. SOW_OK, or SOW_INVALID if they are cut. */
int stats_add_saved(struct stats *s, struct view *saved);

/* Members of the open object. */
void stats_figures(const struct stats *s, struct figures *f);

#endif
