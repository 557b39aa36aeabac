/* method.h - what every command of a method does: run it, show how it goes, say how it ended.
 *
 * A method's own cmd_*.c is a row: its name, its page of help, and these.
 */
#ifndef CLI_METHOD_H
#define CLI_METHOD_H

#include <stdbool.h>

#include "cli/cli.h"
#include "cli/options.h"

/* What method_options set. */
struct method_values {
	const char *dir, *log;
	bool quiet, json;
};

#define METHOD_OPTIONS 4
extern const struct option method_options[METHOD_OPTIONS];

/* Carries the recipe out in values->dir and says how it ended; `argv` is the command that goes
 * on. Exit status. */
int method_grow(const struct recipe *recipe, const struct method_values *values, int argc,
		char **argv);

/* For command.run, of a command with a method and method_options. */
int method_run(const struct command *c, int argc, char **argv);

#endif
