#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/options.h"
#include "cli/recipe.h"
#include "report/figures.h"

struct chosen {
	bool json;
};

static const struct option options[] = {
	{ "json", 0, OPTION_FLAG, offsetof(struct chosen, json), NULL, "as one JSON object" },
};

static int print_json(const struct recipe_file *file, struct buf *out, struct sow_error *err)
{
	struct figures f;
	figures_init(&f);
	figures_text(&f, "recipe", NULL, view_of(file->name));
	figures_bool(&f, "more", file->problems.more);
	figures_array(&f, "problems", NULL);
	for (size_t i = 0; i < file->problems.count; i++) {
		const struct problem *p = &file->problems.list[i];
		figures_object(&f, NULL, NULL);
		figures_count(&f, "line", NULL, (int64_t)p->place.line);
		figures_count(&f, "column", NULL, (int64_t)p->place.column);
		figures_text(&f, "text", NULL, view_of(p->text));
		figures_end(&f);
	}
	figures_end(&f);
	int status = figures_show(&f, true, out, err);
	figures_release(&f);
	return status == SOW_INVALID ? error_prefix(err, "%s", file->name) : status;
}

static void print_fine(const struct recipe_file *f, struct buf *out)
{
	const struct recipe *r = f->recipe;
	buf_addf(out, "%s: fine:", f->name);
	for (size_t i = 0; i < r->step_count; i++)
		buf_addf(out, "%s %s", i ? "," : "", r->steps[i].method->name);
	buf_addch(out, '\n');
}

/* What was found is the data of this command, whether it is good or bad news. */
static int show(const struct recipe_file *f, bool json, const struct sow_error *found)
{
	struct buf out = BUF_INIT;
	struct sow_error err = { 0 };
	int status = SOW_OK;
	if (found->status && found->status != SOW_INVALID)
		return console_error(found);
	if (json)
		status = print_json(f, &out, &err);
	else if (found->status)
		recipe_print_problems(f, &out);
	else
		print_fine(f, &out);
	int exit = status ? console_error(&err) : console_data(&out);
	buf_release(&out);
	if (!exit && found->status)
		exit = console_error(found);
	return exit;
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	const struct chosen *o = values;
	struct sow_error err = { 0 };
	struct recipe_file f;
	(void)c;
	if (!recipe_file_read(&f, args->operand, &err))
		recipe_file_check(&f, &err);
	int exit = show(&f, o->json, &err);
	recipe_file_release(&f);
	return exit;
}

const struct command command_check = {
	.name = "check",
	.summary = "report every problem in a recipe",
	.usage = "RECIPE [--json]",
	.about = "Reads a recipe (- is standard input), and the seeds, inputs and prompts of its steps, "
		 "and prints a line for each thing that is wrong: file:line:column and what was "
		 "expected. Asks no teacher, spends nothing, writes nothing.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.values = sizeof(struct chosen),
	.operand = "RECIPE",
	.example = "sow check recipe.yaml",
	.exits = "0 no problems, 1 problems, 2 wrong usage",
	.run = run,
};
