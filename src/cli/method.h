/* method.h - what every command of a method does: run it, show how it goes, say how it ended.
 *
 * A method's own cmd_*.c is a row: its name, its page of help, and these.
 */
#ifndef CLI_METHOD_H
#define CLI_METHOD_H

#include <stdbool.h>

#include "cli/cli.h"
#include "cli/options.h"

struct method_chosen {
	const char *dir, *log;
	bool quiet, json;
};

#define METHOD_OPTIONS 4
extern const struct option method_options[METHOD_OPTIONS]; /* --out first, then the others */

/* For command.run, of a command with a method and method_options. */
int method_run(const struct command *c, int argc, char **argv);
/* Carries the recipe out in o->dir, shows the result and writes its outputs. Exit status. The
 * command is what says how to go on. */
int method_carry_out(const struct recipe *recipe, const struct method_chosen *o, int argc,
		     char **argv);

#endif
