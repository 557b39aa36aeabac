/* review_figures.h - the results of a review, as shares with their 95 % intervals, beside those of
 * the authors of Self-Instruct.
 *
 *     status = review_figures("data.jsonl", false, &figures, err);    // nothing without a review
 */
#ifndef REPORT_REVIEW_FIGURES_H
#define REPORT_REVIEW_FIGURES_H

#include <stdbool.h>

#include "report/figures.h"
#include "sow/sow.h"

/* An object "review", of a data file or a run's folder. SOW_OK, or as verdicts_open. */
int review_figures(const char *data, bool is_run, struct figures *f, struct sow_error *err);

#endif
