/* forecast.h - estimates the cost of a recipe from a small run of it.
 *
 *     struct forecast f;
 *     status = forecast_read(&f, store, arena, err);       // a rehearsal's figures by stage
 *     forecast_scale(&f, 1, 1000, 60, false);               // of step 1: 1000 tasks, 60 rehearsed
 *     forecast_sample(&f, sample, err);                     // tokens as a real teacher counts them
 *     forecast_figures(&f, figures);
 *
 * Each figure has a range. Requests depend on how often the rules drop something, which the
 * rehearsal can only guess: a quarter fewer to half as many again; with a sample a fifth either
 * way. If every input took the same number, that is exact. Completion tokens, from the
 * rehearsal: half as many up to all that the requests allow; from a sample: its mean, give or take
 * two standard errors.
 */
#ifndef REPORT_FORECAST_H
#define REPORT_FORECAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "report/figures.h"
#include "run/budget.h"
#include "run/recipe.h"
#include "store/store.h"
#include "sow/sow.h"

struct range {
	double low, likely, high;
};

struct forecast_stage {
	int64_t step, stage;
	const char *name;            /* "self-instruct: instances" */
	struct prices prices;
	double rehearsed;            /* requests */
	double prompt, completion;   /* tokens a request, mean */
	double spread;               /* standard error of the completion's mean; negative: no sample */
	double most;                 /* completion tokens a request allows; 0: no bound */
	bool is_exact;               /* each input takes the same number of requests */
	struct range requests;
};

/* A step without requests, which lets at most so many of so many tasks continue. */
struct forecast_choice {
	int64_t step;
	const char *name;
	double of, most;
};

struct forecast {
	struct arena *arena;
	struct forecast_stage *stages;
	size_t count;
	struct forecast_choice choices[RECIPE_STEPS_MAX];
	size_t choice_count;
	bool has_sample;
	int64_t sampled;             /* replies */
};

/* Texts live in `a`. The caller fills in names and prices. */
int forecast_read(struct forecast *f, struct store *s, struct arena *a, struct sow_error *err);

/* The step will make `wanted` tasks, or work on as many inputs; the rehearsal made `made`. */
void forecast_scale(struct forecast *f, int64_t step, double wanted, double made, bool is_input);

/* Keeps `name` by pointer. */
void forecast_choice(struct forecast *f, int64_t step, const char *name, double of, double most);

/* Takes the tokens of a real teacher's replies, stage by stage; a stage that the sample did not
 * reach is corrected as the others were. */
int forecast_sample(struct forecast *f, struct store *sample, struct sow_error *err);

struct forecast_total {
	struct range requests, prompt, completion, cost; /* cost in dollars */
	bool has_price;
};
struct forecast_total forecast_total(const struct forecast *f);

void forecast_figures(const struct forecast *fc, struct figures *f);

#endif
