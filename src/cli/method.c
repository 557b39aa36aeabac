#include "cli/method.h"

#include <inttypes.h>
#include <stddef.h>

#include "cli/console.h"
#include "cli/fetch.h"
#include "cli/interrupt.h"
#include "cli/method_ranks.h"
#include "cli/run_export.h"
#include "cli/run_summary.h"
#include "config.h"
#include "ranks/ranks.h"
#include "run/run.h"
#include "store/batches.h"
#include "store/store.h"
#include "teacher/models.h"
#include "terminal/readable.h"

const struct option method_options[METHOD_OPTIONS] = { METHOD_ROWS };

struct command method_command(const struct method *m, const struct command *own)
{
	struct command c = { .options = method_options, .option_count = METHOD_OPTIONS,
			     .start = method_run };
	if (own)
		c = *own;
	c.name = c.method = m->name;
	c.summary = m->summary;
	c.usage = m->usage ? m->usage
		  : m->takes_input ? "[options] --input FILE -o DIR" : "[options] -o DIR";
	c.about = m->about;
	c.example = m->example;
	c.exits = "0 done, 1 failed, 2 wrong usage, 3 stopped early and can be resumed";
	return c;
}

static const char *const endings[] = {
	[RUN_INTERRUPTED] = "interrupted",
	[RUN_MAX_REQUESTS] = "--max-requests is reached, and has to be raised",
	[RUN_BUDGET] = "--budget would be passed, and has to be raised",
	[RUN_NOTHING_NEW] = "no finished task from the last 200 requests for tasks",
};

/* The command as it was given, for a user to paste. */
static void say_command(int argc, char **argv)
{
	struct buf line = BUF_INIT;
	buf_addstr(&line, "  ");
	shell_word(&line, view_of(program_name));
	for (int i = 0; i < argc; i++) {
		buf_addch(&line, ' ');
		shell_word(&line, view_of(argv[i]));
	}
	buf_addch(&line, '\n');
	console_text(line.data);
	buf_release(&line);
}

/* Batches that have been sent continue on the server after this program ends. */
static void say_batches(const char *dir)
{
	struct sow_error ignored;
	struct store *s = store_open(dir, STORE_LOOK, &ignored);
	struct batches_left left = { 0 };
	int status = s ? store_batches_left(s, &left, &ignored) : SOW_IO;
	store_close(s);
	if (!status && left.batches)
		console_line("%" PRId64 " %s with %" PRId64 " requests %s with the server; %s cancel %s ends %s "
			     "there", left.batches, left.batches == 1 ? "batch" : "batches", left.requests,
			     left.batches == 1 ? "stays" : "stay", program_name, dir,
			     left.batches == 1 ? "it" : "them");
}

static int stopped(const struct run_progress *p, const char *why, int argc, char **argv)
{
	/* more than were wanted may be finished while others are under way */
	int64_t done = p->done < p->target ? p->done : p->target;
	console_line("stopped at %" PRId64 " of %" PRId64 " %s: %s. To resume:", done, p->target,
		     p->takes_input ? "inputs" : "tasks", why);
	say_command(argc, argv);
	return EXIT_UNFINISHED;
}

/* What was won is in the run directory. A full disk or a lost mount may come back, so a run
 * that had begun to work says how to go on. */
static int failed(const struct progress *p, const char *dir, const struct sow_error *err, int argc,
		  char **argv)
{
	int exit = console_error(err);
	say_batches(dir);
	if (!p->began || (err->status != SOW_IO && err->status != SOW_STOPPED))
		return exit;
	return stopped(&p->last, "what had been stored is safe", argc, argv);
}

static int grow(struct method_chosen *o, const struct recipe *recipe,
		const struct run_hooks *hooks, struct run_outcome *outcome, struct sow_error *err)
{
	return run_recipe(recipe, o->dir, hooks, outcome, err);
}

/* It is done, and has nothing to show for it. */
static bool is_unanswered(const struct run_progress *p)
{
	bool is_all_refused = p->replies && p->refused == p->replies;
	return is_all_refused || (p->takes_input && p->target && !p->finished);
}

/* Was anything refused, so that it can be asked again? */
static bool has_refused(const char *dir)
{
	struct sow_error ignored;
	struct store *s = store_open(dir, STORE_LOOK, &ignored);
	int64_t count = 0;
	bool has = s && !store_count_refused(s, &count, &ignored) && count;
	store_close(s);
	return has;
}

static int say_unanswered(const char *dir, const struct run_progress *p)
{
	struct buf name = BUF_INIT, retry = BUF_INIT;
	shell_word(&name, view_of(dir));
	if (has_refused(dir))
		buf_addf(&retry, "; to ask again: %s retry %s", program_name, name.data);
	console_line("none of the %" PRId64 " %s was answered: %s status %s says why%s", p->target,
		     p->takes_input ? "inputs" : "tasks", program_name, name.data, retry.data);
	buf_release(&name);
	buf_release(&retry);
	return EXIT_UNFINISHED;
}

static int say_none_chosen(const char *dir, const struct run_progress *p)
{
	struct buf name = BUF_INIT;
	shell_word(&name, view_of(dir));
	console_line("none of the %" PRId64 " inputs was chosen: %s status %s says why", p->target,
		     program_name, name.data);
	buf_release(&name);
	return EXIT_UNFINISHED;
}

static int show_grown(const struct method_chosen *o, const struct recipe *recipe,
		      const struct run_outcome *outcome)
{
	const struct run_progress *p = &outcome->progress;
	if (p->done_before >= p->target)
		console_line("%s has its %" PRId64 " %s already%s", o->dir, p->target,
			     p->takes_input ? "inputs" : "tasks",
			     p->takes_input ? "" : "; a higher -n continues");
	int exit = run_summary_show(o->dir, o->json);
	if (!exit)
		exit = run_export_outputs(o->dir, recipe->outputs, recipe->output_count, o->quiet);
	if (!exit && outcome->missing) {
		console_line("%" PRId64 " fewer than -n asks for: every record of the input was asked about; others, or "
			     "more questions about each, bring more", outcome->missing);
		return EXIT_UNFINISHED;
	}
	if (exit || !is_unanswered(p))
		return exit;
	return recipe->steps[p->step - 1].method->order_input ? say_none_chosen(o->dir,
										p) : say_unanswered(o->dir, p);
}

const struct method_work method_growing = { grow, show_grown };

/* The first model of those that the recipe asks which is not here. */
static const struct known_model *missing_model(const struct recipe *recipe)
{
	const struct known_model *found = NULL;
	for (int d = 0; d < DUTY_COUNT && !found && recipe_asks(recipe, ~0u); d++) {
		const struct list *specs = &recipe_teacher(recipe, (enum duty)d)->teachers;
		if (recipe->has_duty[d])
			found = models_missing(specs->count ? specs->items[0] : NULL);
	}
	return found;
}

/* An installed program comes without models. The first run that asks one fetches it, before
 * anything of the run is there. Where nothing can be fetched the teacher says what is missing. */
static int prepare_models(const struct recipe *recipe, struct sow_error *err)
{
	const struct known_model *m;
	while (SOW_HAVE_LLAMA && fetch_is_possible() && (m = missing_model(recipe))) {
		int status = fetch_if_missing(m->name, err);
		if (status)
			return status;
	}
	return SOW_OK;
}

void method_watch(struct method_watch *w, bool quiet)
{
	w->hooks = (struct run_hooks){ .stop = &interrupt_flag, .progress = progress_show,
				       .message = console_message, .data = &w->progress,
				       .note = quiet ? NULL : console_message };
	progress_start(&w->progress, quiet);
	interrupt_listen();
}

void method_unwatch(struct method_watch *w)
{
	progress_end(&w->progress);
	interrupt_restore();
}

static int work(const struct method_work *w, struct method_chosen *o, const struct recipe *recipe,
		int argc, char **argv)
{
	struct sow_error err = { 0 };
	struct method_watch watch;
	struct run_outcome outcome = { .end = RUN_DONE };
	if (prepare_models(recipe, &err))
		return console_error(&err);
	method_watch(&watch, o->quiet);
	int status = w->carry_out(o, recipe, &watch.hooks, &outcome, &err);
	method_unwatch(&watch);
	if (status)
		return failed(&watch.progress, o->dir, &err, argc, argv);
	if (outcome.end != RUN_DONE)
		say_batches(o->dir);
	if (outcome.end != RUN_DONE)
		return stopped(&outcome.progress, endings[outcome.end], argc, argv);
	return w->show(o, recipe, &outcome);
}

static int work_logged(const struct method_work *w, struct method_chosen *o,
		       const struct recipe *recipe, int argc, char **argv)
{
	struct sow_error err = { 0 };
	if (o->log && console_log_open(o->log, &err))
		return console_error(&err);
	int exit = work(w, o, recipe, argc, argv);
	if (console_log_close(&err) && exit == EXIT_DONE)
		exit = console_error(&err);
	return exit;
}

int method_start(const struct command *c, struct method_chosen *values,
		 const struct method_work *(*choose)(const struct method_chosen *values),
		 int argc, char **argv)
{
	struct arguments args;
	struct recipe *recipe = recipe_new();
	recipe_add_step(recipe, c->method, NULL);
	int exit = options_parse(c, values, recipe, argc, argv, &args);
	recipe_choose_embedder(recipe);
	if (exit < 0) {
		if (!values->dir)
			exit = usage_error(c, "missing -o DIR: where the run is to live, for example -o run");
		else if (ranks_announced(&(size_t){ 0 }) > 1)
			exit = method_ranks(c, values, recipe);
		else
			exit = work_logged(choose(values), values, recipe, argc, argv);
		arguments_release(&args);
	}
	recipe_free(recipe);
	return exit;
}

int method_carry_out(const struct recipe *recipe, struct method_chosen *o, int argc, char **argv)
{
	return work_logged(&method_growing, o, recipe, argc, argv);
}

static const struct method_work *choose_growing(const struct method_chosen *values)
{
	(void)values;
	return &method_growing;
}

int method_run(const struct command *c, int argc, char **argv)
{
	struct method_chosen o = { 0 };
	return method_start(c, &o, choose_growing, argc, argv);
}
