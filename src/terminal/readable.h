/* readable.h - numbers, times and words in the form that people read and paste, appended to a buf. */
#ifndef TERMINAL_READABLE_H
#define TERMINAL_READABLE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"

void readable_count(struct buf *out, int64_t n);        /* "52,445" */
void readable_duration(struct buf *out, int64_t ns);    /* "0.4 s", "41 s", "4 min 12 s" */
void readable_date(struct buf *out, int64_t wall_ns);   /* "2026-03-01 14:05 UTC" */
void readable_rate(struct buf *out, double per_second); /* "152", "3.4", "0.27" */
void readable_money(struct buf *out, int64_t nano);     /* "$12.35", "$0.0042", "$0" */

/* "18/min", for `done` things in `elapsed` ns, and "ETA 41 s" for `left` more; appends nothing where it
 * is unknown. */
void readable_pace(struct buf *rate, struct buf *eta, int64_t done, int64_t elapsed, int64_t left);

/* A word of a command, for a shell: in quotes if it needs them. */
void shell_word(struct buf *out, struct view word);

#endif
