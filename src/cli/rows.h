/* rows.h - all that a command takes, one row after another: its options, the fields of a
 * recipe if it has a method, and --help. For whoever writes them down.
 *
 *     struct option_row row;
 *     for (size_t i = 0; option_row(c, i, &row); i++)
 *             ... row.name ...
 */
#ifndef CLI_ROWS_H
#define CLI_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/cli.h"

struct option_row {
	const char *name;            /* of one letter: "-n" and no long one */
	char letter;                 /* 0: none */
	const char *value;           /* the value's name; NULL: a flag */
	const char *choices;         /* "a|b", or NULL */
	const char *help;
	const char *fallback;        /* what it is if not given; NULL: told in the help */
};

/* True if a default needs no further word: there is none, or the help says what it means, as
 * in "(0: as many as …)". */
bool option_told(const char *help, const char *fallback);

/* False behind the last. */
bool option_row(const struct command *c, size_t i, struct option_row *row);

#endif
