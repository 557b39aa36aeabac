/* difficulty.h - what `sow evol --measure` shows: each round's mean difficulty beside the paper's. */
#ifndef REPORT_DIFFICULTY_H
#define REPORT_DIFFICULTY_H

#include "base/buf.h"
#include "run/measure.h"
#include "sow/sow.h"

/* A table for people. Returns out->status. */
int difficulty_print(const struct measure *m, struct buf *out);
/* One object over some lines. SOW_OK or SOW_NOMEM. */
int difficulty_json(const struct measure *m, struct buf *out);

#endif
