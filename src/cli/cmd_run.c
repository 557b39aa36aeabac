#include "cli/console.h"
#include "cli/method.h"
#include "cli/recipe.h"

/* The file is known once the options are read, and they have the last word: read twice. */
static int run_file(const struct command *c, const char *path, int argc, char **argv)
{
	struct method_chosen o = { 0 };
	struct arguments args;
	struct sow_error err = { 0 };
	struct recipe_file f;
	int exit = recipe_file_read(&f, path, &err) ? recipe_refuse(&f, &err) : -1;
	if (exit < 0 && (exit = options_parse(c, &o, f.recipe, argc, argv, &args)) < 0) {
		recipe_choose_embedder(f.recipe);
		exit = method_carry_out(f.recipe, &o, argc, argv);
		arguments_release(&args);
	}
	recipe_file_release(&f);
	return exit;
}

static int start(const struct command *c, int argc, char **argv)
{
	struct method_chosen o = { 0 };
	struct arguments args;
	struct recipe *unused = recipe_new();
	int exit = options_parse(c, &o, unused, argc, argv, &args);
	recipe_free(unused);
	if (exit >= 0)
		return exit;
	exit = o.dir ? run_file(c, args.operand, argc, argv)
		     : usage_error(c, "missing -o DIR: where the run is to live, for example -o run");
	arguments_release(&args);
	return exit;
}

const struct command command_run = {
	.name = "run",
	.summary = "run a recipe: one method, or several one after the other",
	.usage = "RECIPE [options] -o DIR",
	.about = "Reads a recipe in YAML (- is standard input) and runs its steps, each on what "
		 "the one before has made or on a file. Every reply is on disk before it is used, so "
		 "Ctrl-C or a crash loses nothing, and the same command resumes where it stopped. At "
		 "the end its outputs are written. sow init writes a recipe to start from, sow check "
		 "reports every problem in one.",
	.options = method_options,
	.option_count = METHOD_OPTIONS,
	.operand = "RECIPE",
	.runs_recipe = true,
	.example = "sow init recipe.yaml\n"
		   "sow run recipe.yaml -o demo",
	.exits = "0 done, 1 failed, 2 wrong usage, 3 stopped early and can be resumed",
	.start = start,
};
