/* tallies.h - a method's counts over the units of a run: the answers that a judge preferred, and its
 * biases.
 *
 *     struct tallies t;
 *     status = tallies_read(&t, store, arena, err);
 *     tallies_figures(&t, figures);
 *
 * The rows are the method's (method.h); a step whose method counts nothing is left out.
 */
#ifndef REPORT_TALLIES_H
#define REPORT_TALLIES_H

#include "method/method.h"
#include "report/figures.h"
#include "store/store.h"

struct step_tallies {
	int64_t step;                /* from 1 */
	const struct method *method;
	int64_t counts[TALLIES_MAX]; /* of the method's rows */
};

struct tallies {
	struct step_tallies *steps;
	size_t count;
	int64_t step_count;          /* of the run */
};

/* The list lives in `a`. SOW_OK, or *err set. */
int tallies_read(struct tallies *t, struct store *s, struct arena *a, struct sow_error *err);

/* "tallies": a section a step. */
void tallies_figures(const struct tallies *t, struct figures *f);

#endif
