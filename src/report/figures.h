/* figures.h - numbers and times as people read them, appended to a buf. */
#ifndef REPORT_FIGURES_H
#define REPORT_FIGURES_H

#include <stdint.h>

#include "base/buf.h"

void figure_count(struct buf *out, int64_t n);        /* "52,445" */
void figure_duration(struct buf *out, int64_t ns);    /* "0.4 s", "41 s", "4 min 12 s", "3 h 5 min" */
void figure_date(struct buf *out, int64_t wall_ns);   /* "2026-03-01 14:05 UTC" */
void figure_rate(struct buf *out, double per_second); /* "152", "3.4", "0.27" */
void figure_money(struct buf *out, int64_t nano);     /* "$12.35", "$0.0042", "$0" */

#endif
