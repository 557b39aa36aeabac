/* difficulty.h - the output of `sow evol --measure`: each round's mean difficulty, and the paper's. */
#ifndef REPORT_DIFFICULTY_H
#define REPORT_DIFFICULTY_H

#include "report/figures.h"
#include "run/score_difficulty.h"

/* A table, "rounds". */
void difficulty_figures(const struct difficulty *m, struct figures *f);

#endif
