/* options.h - the options that a command takes, and what was given of them. The only face of popt.
 *
 *     struct chosen { bool json; };
 *     static const struct option options[] = {
 *             { "json", 0, OPTION_FLAG, offsetof(struct chosen, json), … },
 *     };
 *     static int run(const struct command *c, void *values, const struct arguments *args)
 *     {
 *             const struct chosen *o = values;
 *             … o->json, args->operand …
 *     }
 *
 * --help is understood everywhere. Commands with a method take the options of a recipe too, so
 * that name, range, default and help of each stand in one row.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/option.h"
#include "cli/cli.h"
#include "run/recipe.h"

struct arguments {
	struct arena *arena;         /* owns every text */
	const char *operand;         /* the first; NULL if the command takes none */
	const char *const *operands; /* all, of a command that takes many */
	size_t operand_count;
	const char *more;            /* the second; NULL: not given */
	int argc;                    /* all, as they were given */
	char **argv;
};

#define OPTIONS_MAX (RECIPE_OPTIONS_MAX + 32)

/* All that the command takes: its own options first, then those of a recipe, then --help. The
 * count. */
size_t options_list(const struct command *c, const struct option *list[OPTIONS_MAX]);
/* The option's default in this command; NULL: none. */
const char *options_default(const struct command *c, const struct option *o);

/* Sets the fields of `values` (and of `recipe`, which may be NULL): those of the command's own that
 * have a default to that first. -1 to go on; else the exit status, with everything said and `args`
 * released. */
int options_parse(const struct command *c, void *values, struct recipe *recipe, int argc,
		  char **argv, struct arguments *args);
void arguments_release(struct arguments *args);

/* "--OPTION: unknown 'alpca'; did you mean 'alpaca'?", or all names where none is near. The names
 * are those of `data`, as nearest_name takes them. EXIT_WRONG_USAGE. */
int options_unknown(const struct command *c, const char *option, const char *given,
		    const char *(*name)(const void *data, size_t i), const void *data, size_t count);

/* What main.c calls for any command: parses what was given, then does it. Exit status. */
int options_call(const struct command *c, int argc, char **argv);

#endif
