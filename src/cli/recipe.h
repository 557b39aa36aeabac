/* recipe.h - what is wrong with a recipe's file, said. */
#ifndef CLI_RECIPE_H
#define CLI_RECIPE_H

#include "run/recipe_file.h"

/* "PATH:LINE:COLUMN: what", a line each. Returns out->status. */
int recipe_print_problems(const struct recipe_file *f, struct buf *out);

/* Prints on standard error each problem and their number, or why it cannot be read. Returns the exit status. */
int recipe_refuse(const struct recipe_file *f, const struct sow_error *err);

#endif
