/* recipe_file.h - a recipe from a file in YAML. docs/guide/recipes.md is its manual.
 *
 *     struct recipe_file f;
 *     status = recipe_file_read(&f, "recipe.yaml", err);
 *     ... f.problems, if it is SOW_INVALID; f.recipe, if it is SOW_OK ...
 *     recipe_file_release(&f);
 *
 * Keys are the names of options. It reads everything before it refuses anything, so one reading
 * reports every problem.
 */
#ifndef RUN_RECIPE_FILE_H
#define RUN_RECIPE_FILE_H

#include "run/problems.h"
#include "run/recipe.h"
#include "sow/sow.h"

struct recipe_file {
	const char *name;            /* for messages: its path, or "standard input" */
	struct recipe *recipe;
	struct yaml_place steps[RECIPE_STEPS_MAX];
	struct problems problems;
};

/* SOW_OK; SOW_INVALID with at least one problem and "PATH: N problems" in *err; SOW_IO,
 * SOW_TOOBIG past YAML_BYTES_MAX. To be released either way. */
int recipe_file_read(struct recipe_file *f, const char *path, struct sow_error *err);

/* The same from a text; `path` is its name, and relative paths start from that file's folder. */
int recipe_file_parse(struct recipe_file *f, const char *path, struct view text,
		      struct sow_error *err);

/* For a recipe that was read: also reads the seeds, inputs and prompts of its steps, as a run would.
 * Opens no teacher. Fails as recipe_file_read. */
int recipe_file_check(struct recipe_file *f, struct sow_error *err);

void recipe_file_release(struct recipe_file *f);

#endif
