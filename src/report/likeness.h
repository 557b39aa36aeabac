/* likeness.h - how like the seeds a set is: the paper's histogram of the highest ROUGE-L of each
 * instruction with any seed.
 *
 *     struct likeness *l = likeness_new(WORDS_UNICODE);
 *     likeness_seed(l, seed);                  // all of them first
 *     likeness_add(l, instruction, &near);     // near.id: which seed, from 0
 *     likeness_figures(l, figures);
 *     likeness_free(l);
 *
 * Exact: the nearest is found among all seeds (text/novelty.h), however little they share.
 *
 * Memory: the seeds' words and all words that occur; an instruction takes a microsecond and
 * some nanoseconds a seed.
 */
#ifndef REPORT_LIKENESS_H
#define REPORT_LIKENESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/view.h"
#include "report/figures.h"
#include "sow/sow.h"
#include "text/novelty.h"

#define LIKENESS_BINS 50 /* of 0.02 each; 1 is in the last */

struct likeness;

struct likeness *likeness_new(enum words_kind kind); /* NULL when out of memory */
void likeness_free(struct likeness *l);              /* NULL is fine */

/* SOW_OK, SOW_NOMEM or SOW_TOOBIG (see words.h). */
int likeness_seed(struct likeness *l, struct view instruction);
/* *near is the nearest seed; not found where there are no seeds, and nothing is counted. */
int likeness_add(struct likeness *l, struct view instruction, struct near *near);

/* "likeness", an object: "seeds", "count", "none" (those without a word in common), "mean", "median" (the middle
 * of its bin) and "bins". */
void likeness_figures(const struct likeness *l, struct figures *f);

#endif
