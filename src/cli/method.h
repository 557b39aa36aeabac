/* method.h - what every command of a method does: run it, show how it goes, say how it ended.
 *
 * A method's command is made from its row. One that can do more has a cmd_*.c with a structure of
 * its own that begins with struct method_chosen, and hands on what is not its own.
 */
#ifndef CLI_METHOD_H
#define CLI_METHOD_H

#include <stdbool.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "method/method.h"
#include "run/run.h"

struct method_chosen {
	const char *dir, *log;
	bool quiet, json;
};

/* Rows of an option table. */
#define METHOD_ROWS \
	{ "out", 'o', OPTION_TEXT, offsetof(struct method_chosen, dir), "DIR", \
	  "run directory; an existing run of this recipe is resumed" }, \
	{ "quiet", 'q', OPTION_FLAG, offsetof(struct method_chosen, quiet), NULL, "no progress" }, \
	{ "log", 0, OPTION_TEXT, offsetof(struct method_chosen, log), "FILE", \
	  "append messages and progress to this file" }, \
	{ "json", 0, OPTION_FLAG, offsetof(struct method_chosen, json), NULL, "the result as JSON" }

#define METHOD_OPTIONS 4
extern const struct option method_options[METHOD_OPTIONS]; /* --out first, then the others */

/* The command of a method, by its row; `own`: with these options and this function instead of
 * those that every method's command has; NULL: with those. */
struct command method_command(const struct method *m, const struct command *own);

/* For command.start, of a command with a method and method_options. */
int method_run(const struct command *c, int argc, char **argv);
/* Carries the recipe out in o->dir, shows the result and writes its outputs. Exit status. The
 * command is what says how to go on. */
int method_carry_out(const struct recipe *recipe, struct method_chosen *o, int argc, char **argv);

/* How a run goes is shown, and Ctrl-C is listened to, from the first call to the second. `w` must stay where it is. */
struct method_watch {
	struct progress progress;
	struct run_hooks hooks;
};
void method_watch(struct method_watch *w, bool quiet);
void method_unwatch(struct method_watch *w);

/* What a command does with its recipe, while progress is shown and Ctrl-C is listened to. */
struct method_work {
	int (*carry_out)(struct method_chosen *o, const struct recipe *recipe,
			 const struct run_hooks *hooks, struct run_outcome *outcome,
			 struct sow_error *err);
	/* Shows what came of it; an exit status. */
	int (*show)(const struct method_chosen *o, const struct recipe *recipe,
		    const struct run_outcome *outcome);
};
extern const struct method_work method_growing; /* what method_run does */

/* Parses the options into `values` and does the work that `choose` names once they are there. An
 * exit status. */
int method_start(const struct command *c, struct method_chosen *values,
		 const struct method_work *(*choose)(const struct method_chosen *values),
		 int argc, char **argv);

#endif
