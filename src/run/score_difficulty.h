/* score_difficulty.h - how difficult has each round of an evolution become?
 *
 *     struct difficulty m;
 *     status = run_score_difficulty(recipe, "evolved", 200, &hooks, &m, err);
 *     ... m.rounds[0 .. m.count-1], m.end ...
 *     difficulty_release(&m);
 *
 * The judge grades a sample of each round's instructions from 1 to 10. The recipe's seed draws the
 * sample, so it is the same each time; if the run has grown, the sample changes as little as possible.
 * Replies are stored in the run at places reserved for them and found there again; the rest of the run
 * does not change, and it need not be finished. Of the recipe only its teachers, bounds, prompts and
 * seed count.
 */
#ifndef RUN_SCORE_DIFFICULTY_H
#define RUN_SCORE_DIFFICULTY_H

#include "run/run.h"

struct round_difficulty {
	int64_t tasks;               /* finished, of this round */
	int64_t judged;              /* of them, those with a grade */
	int64_t unread;              /* requests whose reply held no grade */
	double sum;                  /* of the grades */
};

struct difficulty {
	struct round_difficulty *rounds;     /* from 0, the original data */
	size_t count;
	enum run_end end;
	struct run_progress progress;
};

/* `dir` holds a run whose last step is "evol": SOW_INVALID if not, else as run_recipe. */
int run_score_difficulty(const struct recipe *recipe, const char *dir, int64_t sample,
			 const struct run_hooks *hooks, struct difficulty *m, struct sow_error *err);
void difficulty_release(struct difficulty *m);

#endif
