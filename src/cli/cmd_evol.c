/* Evol-Instruct can also measure how difficult its rounds became. */
#include <stddef.h>

#include "base/error.h"
#include "cli/console.h"
#include "cli/method.h"
#include "report/difficulty.h"
#include "run/score_difficulty.h"

struct chosen {
	struct method_chosen method; /* first: what every method's command has */
	bool measure;
	int64_t sample;
	struct difficulty difficulty;
};

static const struct option options[] = {
	METHOD_ROWS,
	{ "measure", 0, OPTION_FLAG, offsetof(struct chosen, measure), NULL,
	  "ask the judge how difficult each round of the run in DIR is, from 1 to 10, and show the "
	  "means beside the paper's; the run itself is not changed" },
	{ "sample", 0, OPTION_INT, offsetof(struct chosen, sample), "N",
	  "with --measure: so many tasks of each round, drawn by --seed", 1, 1000000000,
	  .fallback = "200" },
};

static int measure(struct method_chosen *o, const struct recipe *recipe,
		   const struct run_hooks *hooks, struct run_outcome *outcome, struct sow_error *err)
{
	struct chosen *c = (struct chosen *)o;
	int status = run_score_difficulty(recipe, o->dir, c->sample, hooks, &c->difficulty, err);
	outcome->end = c->difficulty.end;
	outcome->progress = c->difficulty.progress;
	return status;
}

static int show_measure(const struct method_chosen *o, const struct recipe *recipe,
			const struct run_outcome *outcome)
{
	const struct chosen *c = (const struct chosen *)o;
	struct buf out = BUF_INIT;
	struct sow_error err = { 0 };
	(void)recipe;
	(void)outcome;
	struct figures f;
	figures_init(&f);
	difficulty_figures(&c->difficulty, &f);
	int status = figures_show(&f, o->json, &out, &err);
	figures_release(&f);
	int exit = status ? console_error(&err) : console_data(&out);
	buf_release(&out);
	return exit;
}

static const struct method_work *choose(const struct method_chosen *values)
{
	static const struct method_work measuring = { measure, show_measure };
	return ((const struct chosen *)values)->measure ? &measuring : &method_growing;
}

static int start(const struct command *c, int argc, char **argv)
{
	struct chosen o = { 0 };
	int exit = method_start(c, &o.method, choose, argc, argv);
	difficulty_release(&o.difficulty);
	return exit;
}

const struct command command_evol = {
	.method = "evol",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.start = start,
};
