/* options.h - a command's options, as a table; and those of a recipe. The only face of popt.
 *
 *     struct status_options { bool json; };
 *     static const struct option options[] = {
 *             { "json", 0, OPTION_FLAG, offsetof(struct status_options, json), … },
 *     };
 *     struct arguments args;
 *     int exit = options_parse(c, &o, NULL, argc, argv, &args);
 *     if (exit >= 0)
 *             return exit;                // --help was shown, or something was wrong
 *     … args.operand …
 *     arguments_release(&args);
 *
 * --help is understood everywhere. Commands with a method take the fields of recipe.h
 * as options too, so that name, range, default and help of each stand in one table.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "cli/cli.h"
#include "run/recipe.h"

enum option_type {
	OPTION_TEXT,   /* const char * */
	OPTION_FLAG,   /* bool */
	OPTION_INT,    /* int64_t, least … most */
	OPTION_NUMBER, /* double, least … most */
	OPTION_LIST    /* struct list: given once for each item */
};

struct option {
	const char *name;
	char letter;                 /* 0: none */
	enum option_type type;
	size_t offset;               /* of its value in the command's structure */
	const char *value;           /* the value's name in --help; NULL for a flag */
	const char *help;
	int64_t least, most;
};

struct arguments {
	struct arena *arena;         /* owns every text */
	const char *operand;         /* NULL if the command takes none */
	const char *more;            /* the second; NULL: not given */
};

/* True if the recipe's field is an option of the command, too. */
bool option_is_field(const struct command *c, const struct field *f);

/* Sets the fields of `values` (and of `recipe`, which may be NULL). -1 to go on; else the
 * exit status, with everything said and `args` released. */
int options_parse(const struct command *c, void *values, struct recipe *recipe, int argc,
		  char **argv, struct arguments *args);
void arguments_release(struct arguments *args);

#endif
