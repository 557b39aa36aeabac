#include <inttypes.h>
#include <stddef.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/method.h"
#include "run/open_records.h"
#include "run/recipe_store.h"

/* Marks what was refused as under way again, and reads how the run was begun. *count: how many;
 * *left: what is under way now, these and what a stopped run had left. */
static struct recipe *reopen(const char *dir, int64_t *count, int64_t *left, struct sow_error *err)
{
	struct store_counts counts = { 0 };
	struct store *s = open_run(dir, err); /* which says so if no run is there */
	store_close(s);
	if (!s)
		return NULL;
	s = store_open(dir, STORE_RUN, err);
	struct recipe *recipe = s ? recipe_recall(s, err) : NULL;
	if (recipe && (store_reopen_refused(s, count, err) || store_count(s, 0, &counts, err))) {
		recipe_free(recipe);
		recipe = NULL;
	}
	store_close(s);
	*left = counts.under_way;
	return recipe;
}

static int run(const struct command *c, void *values, const struct arguments *args)
{
	struct method_chosen *o = values;
	struct sow_error err = { 0 };
	int64_t count = 0, left = 0;
	int exit = EXIT_DONE;
	(void)c;
	o->dir = args->operand;
	struct recipe *recipe = reopen(o->dir, &count, &left, &err);
	if (!recipe)
		return console_error(&err);
	if (count)
		console_line("%s: %" PRId64 " refused %s asked again", o->dir, count,
			     count == 1 ? "request is" : "requests are");
	if (count || left)
		exit = method_carry_out(recipe, o, args->argc, args->argv);
	else
		console_line("%s: nothing was refused", o->dir);
	recipe_free(recipe);
	return exit;
}

const struct command command_retry = {
	.name = "retry",
	.summary = "ask again what the teacher refused for good",
	.usage = "DIR [options]",
	.about = "Takes up what failed because the teacher refused its request (too long, "
		 "filtered, malformed or empty each time) and asks that again, nothing else; then "
		 "resumes the run as it was begun, with its own recipe and settings. What "
		 "came of a chain that continued without it is not changed. sow status lists what "
		 "was refused and why.",
	.options = method_options + 1, /* DIR is the operand */
	.option_count = METHOD_OPTIONS - 1,
	.values = sizeof(struct method_chosen),
	.operand = "DIR",
	.example = "sow retry answers",
	.exits = "0 done, 1 failed, 2 wrong usage, 3 stopped early and can be resumed",
	.run = run,
};
