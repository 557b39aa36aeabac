#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/options.h"
#include "cli/record_output.h"
#include "cli/run_export.h"
#include "report/status.h"
#include "run/open_records.h"

struct chosen {
	struct record_output output;
	const char *rounds;
	bool all, no_initial;
	int64_t n;
};

static const struct option options[] = {
	RECORD_OUTPUT_OPTIONS(struct chosen, output),
	{ "all", 0, OPTION_FLAG, offsetof(struct chosen, all), NULL,
	  "every finished task, not only as many as the run's -n" },
	{ "rounds-out", 0, OPTION_CHOICE, offsetof(struct chosen, rounds), NULL,
	  "of a run of evol, what each chain came to, or all it went through", .choices = "last|all",
	  .fallback = "all" },
	{ "no-initial", 0, OPTION_FLAG, offsetof(struct chosen, no_initial), NULL,
	  "of a run of evol, only what evolved, without the data it began with" },
	{ "n", 'n', OPTION_INT, offsetof(struct chosen, n), "N", "the first N tasks", 1, INT64_MAX },
};

static struct task_range range_of(const struct chosen *o, const struct store_counts *counts)
{
	return (struct task_range){
		.limit = o->n ? o->n : o->all ? 0 : run_status_limit(counts),
		.last_only = strcmp(o->rounds, "last") == 0, .made_only = o->no_initial,
	};
}

static int export_run(struct store *s, const char *dir, struct chosen *o, struct arena *a,
		      struct sow_error *err)
{
	struct store_counts counts;
	struct card facts = { 0 };
	int status = store_count(s, 0, &counts, err);
	if (!status)
		status = run_export_card_facts(s, a, &facts, err);
	if (!status)
		status = run_export_write(s, dir, range_of(o, &counts), &o->output, err);
	if (!status)
		status = record_output_finish(&o->output, &facts, err);
	if (!status && !o->output.quiet && strcmp(o->output.out, "-") != 0 &&
	    !counts.inputs && counts.finished < counts.target)
		console_line("the run has %" PRId64 " of %" PRId64 " tasks so far; the command that began "
			     "it resumes it", counts.finished, counts.target);
	return status;
}

/* Are all given options valid for a recipe's outputs as well? */
static bool is_plain(const struct arguments *args)
{
	static const char *const held[] = { "-q", "--quiet", "--no-dropped" };
	for (int i = 1; i < args->argc; i++) {
		bool ok = args->argv[i][0] != '-';
		for (size_t k = 0; k < sizeof(held) / sizeof(*held); k++)
			ok = ok || strcmp(args->argv[i], held[k]) == 0;
		if (!ok)
			return false;
	}
	return true;
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	struct chosen *o = values;
	struct record_output *w = &o->output;
	struct sow_error err = { 0 };
	int exit = -1;
	if (is_plain(args)) /* those that the recipe asks for, again */
		exit = run_export_last_outputs(args->operand, w->quiet);
	if (exit < 0 || exit == EXIT_WRONG_USAGE)
		exit = record_output_check(c, w);
	if (exit < 0 && o->n && o->all)
		exit = usage_error(c, "expected -n or --all, not both");
	if (exit < 0) {
		struct store *s = open_run(args->operand, &err);
		int status = s ? export_run(s, args->operand, o, args->arena, &err) : (int)err.status;
		exit = status ? console_error(&err) : EXIT_DONE;
		store_close(s);
	}
	record_output_release(w);
	return exit;
}

const struct command command_export = {
	.name = "export",
	.summary = "write the tasks of a run in a format to train on",
	.usage = "DIR [--format F [-o FILE] [--all | -n N]] [options]",
	.about = "Writes the finished tasks of a run: the first as many as its -n, in their order, "
		 "so that the same run gives the same bytes. A file appears whole or not at all. "
		 "Works while the run is under way. Without options, the outputs of the run's "
		 "recipe are written again. What people dropped in a review is left out, and what they "
		 "edited is written as they did.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.values = sizeof(struct chosen),
	.operand = "DIR",
	.example = "sow export demo --format alpaca --jsonl -o demo.jsonl.zst",
	.exits = "0 done, 1 failed, 2 wrong usage",
	.run = run,
};
