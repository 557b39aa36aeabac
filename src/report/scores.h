/* scores.h - numbers in the fields of records: the distribution of each, their correlations, and the
 * records with the highest and the lowest.
 *
 *     struct scores *s = scores_new(SCORES_MOST);
 *     scores_add(s, &record);                          // each record, in order
 *     scores_finish(s);                                // after the last
 *     scores_figures(s, figures);                      // members of the open object
 *     scores_free(s);
 *
 * Every number among a record's own members counts, as `sow score` and `grade` write them; of more than
 * SCORES_MOST names the first ones. The correlation of two scores is Spearman's rank correlation, over
 * the records that have both.
 *
 * Memory: 16 bytes a record for each name.
 */
#ifndef REPORT_SCORES_H
#define REPORT_SCORES_H

#include "base/buf.h"
#include "data/record.h"
#include "report/figures.h"

#define SCORES_MOST 12
#define SCORES_PART_MOST 64 /* of a part of the records: joining shows which names come first */
#define SCORES_SIDE 3     /* records shown of each end */

struct scores;

/* Numbers of up to `most` names, SCORES_MOST to be shown. */
struct scores *scores_new(size_t most);
void scores_free(struct scores *s);            /* NULL is fine */
int scores_add(struct scores *s, const struct record *record); /* SOW_OK or SOW_NOMEM */
/* May be called again. */
void scores_finish(struct scores *s);
/* Parts: saves the counts, to be added to another in the order of the parts, before its scores_finish.
 * SOW_OK; SOW_TOOBIG if there are more names than it may have. */
int scores_save(const struct scores *s, struct buf *out);
/* Takes it from the front. SOW_OK, SOW_INVALID if it is cut. */
int scores_add_saved(struct scores *s, struct view *saved);
void scores_figures(const struct scores *s, struct figures *f);

#endif
