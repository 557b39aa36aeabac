/* progress.h - how far a run is: a live line on a terminal, else a line every 10 s.
 *
 *     struct progress p;
 *     progress_start(&p, quiet);
 *     … progress_show as the run's hook, with &p …
 *     progress_end(&p);
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "run/run.h"

struct progress {
	bool quiet;
	bool began;                  /* the run has begun to work: `first` and `last` are set */
	struct run_progress first, last; /* of the step it is at; of all */
	int64_t drawn, told;         /* elapsed when the live line was drawn, a plain one written */
};

void progress_start(struct progress *p, bool quiet);
void progress_show(void *progress, const struct run_progress *now);
void progress_end(struct progress *p);        /* takes the live line away */

/* "12/20 tasks  31 accepted (86 %)  3.0/min  ETA 2 min 40 s  8,000 tokens  …". Of what does not
 * fit into `width` columns (0: there is no end) the least important goes first; done and target
 * always stay. Time and tokens of the pace are counted from `first` on, where this process took
 * the step up. */
void progress_line(const struct run_progress *now, const struct run_progress *first, size_t width,
		   struct buf *out);

#endif
