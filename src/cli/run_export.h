/* run_export.h - a run's tasks as files: those that its recipe wants, or one that is asked for.
 *
 * Each is written whole or not at all. Those of a recipe are JSON lines where their name says
 * .jsonl, relative to the run's directory; what can't be written is said, and costs none of the
 * others.
 */
#ifndef CLI_RUN_EXPORT_H
#define CLI_RUN_EXPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "cli/record_output.h"
#include "run/recipe.h"
#include "store/store.h"

/* Exit status. */
int run_export_outputs(const char *dir, const struct recipe_output *list, size_t count, bool quiet);

/* Those that the run in `dir` was last given. EXIT_WRONG_USAGE without a word if it has none. */
int run_export_last_outputs(const char *dir, bool quiet);

/* Opens `w` and adds the tasks of a range of the run in `dir`, as people left them in a review,
 * with their graded answers where the format is made of those; record_output_finish and record_output_release are the caller's. */
int run_export_write(struct store *s, const char *dir, struct task_range range, struct record_output *w,
		     struct sow_error *err);

/* What a card says of a run: its settings as the recipe, in `a`. SOW_OK, or as the store fails. */
int run_export_card_facts(struct store *s, struct arena *a, struct card *facts, struct sow_error *err);

/* The tasks of the run in `dir` as a new folder for the Hub, with its card. */
struct run_export_folder {
	const char *path, *format;
	const char *title, *licence; /* NULL: as export has it */
};
int run_export_make_folder(const char *dir, const struct run_export_folder *f, struct sow_error *err);

#endif
