/* outputs.h - the files that a recipe wants its tasks in.
 *
 * Each is written whole or not at all, JSON lines where its name says .jsonl, relative to the
 * run's directory. What can't be written is said, and costs none of the others.
 */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "run/recipe.h"

/* Exit status. */
int outputs_export(const char *dir, const struct recipe_output *list, size_t count, bool quiet);

/* Those that the run in `dir` was last given. EXIT_WRONG_USAGE without a word if it has none. */
int outputs_export_again(const char *dir, bool quiet);

#endif
