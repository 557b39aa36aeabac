#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/recipe.h"
#include "cli/rehearsal.h"
#include "cli/console.h"
#include "io/folder.h"
#include "report/forecast.h"
#include "run/teacher_set.h"
#include "run/run.h"
#include "run/source.h"

#define REHEARSED 60 /* tasks or inputs of each step */
#define SAMPLE 20    /* requests */

struct chosen {
	bool sample, json;
};

#define AT(field) offsetof(struct chosen, field)

static const struct option options[] = {
	{ "sample", 0, OPTION_FLAG, AT(sample), NULL,
	  "ask the teacher 20 requests, which the run will then have from the cache" },
	{ "json", 0, OPTION_FLAG, AT(json), NULL, "as one JSON object" },
};

struct planner {
	struct recipe *recipe;
	struct arena *arena;
	struct buf dir;              /* a run that is thrown away */
	struct forecast forecast;
	bool counted[RECIPE_STEPS_MAX]; /* what is wanted of an input is finished tasks */
	struct sow_error *err;
};

/* --- the rehearsal */

/* What the input is without is said by the rehearsal, and not again by a sample. */
static int run_small(struct planner *p, const struct teacher_kind *teacher)
{
	const struct run_hooks hooks = { .teacher = teacher, .stop = &interrupt_flag,
					 .message = teacher ? console_message : NULL };
	struct run_outcome outcome = { .end = RUN_DONE };
	int status = run_recipe(p->recipe, p->dir.data, &hooks, &outcome, p->err);
	if (!status && outcome.end == RUN_INTERRUPTED)
		status = error_set(p->err, SOW_STOPPED, "interrupted");
	return status;
}

static void name_stages(struct planner *p)
{
	struct forecast *f = &p->forecast;
	for (size_t i = 0; i < f->count; i++) {
		struct forecast_stage *s = &f->stages[i];
		const struct recipe_step *step = &p->recipe->steps[s->step - 1];
		const struct method *m = step->method;
		const struct stage *stage = method_stage(m, s->stage);
		const struct recipe_teacher *t = recipe_teacher(p->recipe, method_duty(stage, &step->o));
		char name[64];
		snprintf(name, sizeof(name), "%s: %s", m->name, stage->name);
		const char *copy = arena_copystr(f->arena, name);
		s->name = copy ? copy : m->name;
		s->prices = prices_of(t);
	}
}

/* Each step from what the one before it made: what is wanted of it, and what was rehearsed. */
static int scale(struct planner *p, struct store *s, const int64_t wanted[])
{
	double factor = 1;
	int status = SOW_OK;
	for (size_t i = 0; i < p->recipe->step_count && !status; i++) {
		struct store_counts c;
		status = store_count(s, (int64_t)i + 1, &c, p->err);
		const struct recipe_step *step = &p->recipe->steps[i];
		/* of chunks with several questions each, those that were begun */
		bool counts_inputs = step->method->takes_input && !(step->method->finds_new && p->counted[i]);
		double made = (double)(!counts_inputs ? c.finished : step->method->finds_new ? c.begun : c.inputs);
		double all = (double)wanted[i];
		if (step->method->takes_input && !recipe_has_input(step) && (!wanted[i] || all > factor * made))
			all = factor * made;
		forecast_scale(&p->forecast, (int64_t)i + 1, all, made, counts_inputs);
		factor = made > 0 ? all / made : 0;
		if (step->method->chooses) {
			double most = step->method->chooses(step->o.own, all);
			forecast_choice(&p->forecast, (int64_t)i + 1, step->method->name, all, most);
			factor = c.finished ? most / (double)c.finished : 0;
		}
	}
	return status;
}

/* How many inputs a step's file has: the rehearsal reads only the first of them. */
static int count_inputs(const struct recipe *r, const struct recipe_step *step, int64_t *count,
			struct sow_error *err)
{
	struct shard shard;
	if (!shard_read(view_of(r->shard ? r->shard : ""), &shard))
		shard = SHARD_WHOLE; /* the rehearsal refuses it */
	struct source *s = source_input(step, 0, shard, err);
	if (!s)
		return err->status;
	if (!*count || *count > source_count(s))
		*count = source_count(s);
	source_free(s);
	return SOW_OK;
}

static int rehearse(struct planner *p, int64_t wanted[])
{
	struct recipe *r = p->recipe;
	int status = SOW_OK;
	for (size_t i = 0; i < r->step_count && !status; i++) {
		struct recipe_step *step = &r->steps[i];
		wanted[i] = step->n;
		p->counted[i] = step->method->finds_new && step->n;
		if (step->method->takes_input && recipe_has_input(step) && !p->counted[i])
			status = count_inputs(r, step, &wanted[i], p->err);
		if (!step->n || step->n > REHEARSED)
			step->n = REHEARSED;
	}
	r->max_requests = 0;
	r->budget = -1;
	r->no_cache = r->rehearses = true;
	return status ? status : run_small(p, &teacher_rehearsal);
}

static int look(struct planner *p, int (*use)(struct planner *p, struct store *s, const int64_t *w),
		const int64_t *wanted)
{
	struct store *s = store_open(p->dir.data, STORE_LOOK, p->err);
	int status = s ? use(p, s, wanted) : (int)p->err->status;
	store_close(s);
	return status;
}

static int read_rehearsal(struct planner *p, struct store *s, const int64_t *wanted)
{
	int status = forecast_read(&p->forecast, s, p->arena, p->err);
	if (status)
		return status;
	name_stages(p);
	return scale(p, s, wanted);
}

static int read_sample(struct planner *p, struct store *s, const int64_t *wanted)
{
	(void)wanted;
	return forecast_sample(&p->forecast, s, p->err);
}

static int in_scratch(struct planner *p, int (*work)(struct planner *p))
{
	buf_clear(&p->dir);
	int status = folder_scratch(&p->dir, p->err);
	if (!status) {
		status = work(p);
		folder_remove(p->dir.data);
	}
	return status;
}

static int work_rehearsal(struct planner *p)
{
	int64_t wanted[RECIPE_STEPS_MAX];
	int status = rehearse(p, wanted);
	return status ? status : look(p, read_rehearsal, wanted);
}

static int work_sample(struct planner *p)
{
	p->recipe->max_requests = SAMPLE;
	p->recipe->no_cache = p->recipe->rehearses = false;
	int status = run_small(p, NULL);
	return status ? status : look(p, read_sample, NULL);
}

/* --- the command */

static int show(const struct forecast *fc, bool is_json, struct buf *out, struct sow_error *err)
{
	struct figures f;
	figures_init(&f);
	forecast_figures(fc, &f);
	int status = figures_show(&f, is_json, out, err);
	figures_release(&f);
	return status;
}

static int plan(struct recipe *recipe, const struct chosen *o, struct buf *out,
		struct sow_error *err)
{
	struct planner p = { .recipe = recipe, .arena = arena_new(), .dir = BUF_INIT, .err = err };
	int status = in_scratch(&p, work_rehearsal);
	if (!status && o->sample)
		status = in_scratch(&p, work_sample);
	if (!status)
		status = show(&p.forecast, o->json, out, err);
	buf_release(&p.dir);
	arena_free(p.arena);
	return status;
}

static int show_plan(struct recipe *recipe, const struct chosen *o)
{
	struct sow_error err = { 0 };
	struct buf out = BUF_INIT;
	interrupt_listen();
	int status = plan(recipe, o, &out, &err);
	interrupt_restore();
	int exit = status ? console_error(&err) : console_data(&out);
	buf_release(&out);
	return exit;
}

static int plan_file(const char *path, const struct chosen *o)
{
	struct sow_error err = { 0 };
	struct recipe_file f;
	int exit = recipe_file_read(&f, path, &err) ? recipe_refuse(&f, &err)
						    : show_plan(f.recipe, o);
	recipe_file_release(&f);
	return exit;
}

static int plan_method(const struct command *c, const char *method, int argc, char **argv)
{
	struct command of_method = *c;
	struct chosen o = { 0 };
	struct arguments args;
	struct recipe *recipe = recipe_new();
	recipe_add_step(recipe, method, NULL);
	of_method.method = method;
	of_method.operand = NULL;
	int exit = options_parse(&of_method, &o, recipe, argc, argv, &args);
	if (exit < 0) {
		exit = show_plan(recipe, &o);
		arguments_release(&args);
	}
	recipe_free(recipe);
	return exit;
}

static int start(const struct command *c, int argc, char **argv)
{
	struct chosen o = { 0 };
	struct arguments args;
	const struct method *m = argc > 1 ? method_find(argv[1]) : NULL;
	if (m && !m->is_step_only)
		return plan_method(c, argv[1], argc - 1, argv + 1);
	int exit = options_parse(c, &o, NULL, argc, argv, &args);
	if (exit >= 0)
		return exit;
	exit = plan_file(args.operand, &o);
	arguments_release(&args);
	return exit;
}

const struct command command_plan = {
	.name = "plan",
	.summary = "what a run will take, before it is paid for",
	.usage = "RECIPE|METHOD [options of the method] [--sample]",
	.about = "Tells how many requests, tokens and dollars a run will take, each with a range. A "
		 "small run of the recipe is rehearsed with made-up replies, which costs nothing and "
		 "asks no teacher; with --sample the teacher answers 20 requests, and what comes decides "
		 "how many tokens a request takes.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.operand = "RECIPE|METHOD",
	.example = "sow plan recipe.yaml\n"
		   "sow plan self-instruct -n 50000 --price-in 0.15 --price-out 0.60\n"
		   "sow plan respond -i prompts.txt --teacher https://host/v1 --model NAME --sample",
	.exits = "0 done, 1 failed, 2 wrong usage, 3 stopped",
	.start = start,
};
