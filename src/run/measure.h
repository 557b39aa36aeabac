/* measure.h - how difficult has each round of an evolution become?
 *
 *     struct measure m;
 *     status = run_measure(recipe, "evolved", 200, &hooks, &m, err);
 *     ... m.rounds[0 .. m.count-1], m.end ...
 *     measure_release(&m);
 *
 * The judge grades a sample of each round's instructions from 1 to 10. Which ones is drawn from the
 * recipe's seed, so that it is the same sample again; a run that has grown gets a sample that has
 * changed as little as can be. Replies are stored in the run at a place of their own and found
 * there again; nothing else of it changes, and it need not be finished. Of the recipe only its
 * teachers, bounds, prompts and seed count.
 */
#ifndef RUN_MEASURE_H
#define RUN_MEASURE_H

#include "run/run.h"

struct measured {
	int64_t tasks;               /* finished, of this round */
	int64_t judged;              /* of them, those with a grade */
	int64_t unread;              /* asked about, and the reply was none */
	double sum;                  /* of the grades */
};

struct measure {
	struct measured *rounds;     /* from 0, the data as it came */
	size_t count;
	enum run_end end;
	struct run_progress progress;
};

/* `dir` holds a run whose last step is "evol": SOW_INVALID if not, else as run_recipe. */
int run_measure(const struct recipe *recipe, const char *dir, int64_t sample,
		const struct run_hooks *hooks, struct measure *m, struct sow_error *err);
void measure_release(struct measure *m);

#endif
