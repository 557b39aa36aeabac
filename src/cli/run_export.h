/* run_export.h - writes a run's tasks to files: the outputs of its recipe, or one file.
 *
 * Each file is written whole or not at all. A recipe's outputs are relative to the run's directory,
 * and JSON lines if their name ends in .jsonl. One that cannot be written is reported; the others
 * are still written.
 */
#ifndef CLI_RUN_EXPORT_H
#define CLI_RUN_EXPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "cli/record_output.h"
#include "run/recipe.h"
#include "store/store.h"

/* Returns the exit status. */
int run_export_outputs(const char *dir, const struct recipe_output *list, size_t count, bool quiet);

/* Exports the outputs that the run in `dir` was last given. Returns EXIT_WRONG_USAGE, and prints nothing, if it
 * has none. */
int run_export_last_outputs(const char *dir, bool quiet);

/* Opens `w` and adds a range of the tasks of the run in `dir`, with the edits of its review, and with
 * their graded answers if the format needs those. The caller finishes and releases `w`. */
int run_export_write(struct store *s, const char *dir, struct task_range range, struct record_output *w,
		     struct sow_error *err);

/* Fills in what a card says about a run: its settings as the recipe, in `a`. SOW_OK, or the store's failure. */
int run_export_card_facts(struct store *s, struct arena *a, struct card *facts, struct sow_error *err);

/* A new folder for the Hub with the tasks of the run in `dir`, and a card. */
struct run_export_folder {
	const char *path, *format;
	const char *title, *licence; /* NULL: export's default */
};
int run_export_make_folder(const char *dir, const struct run_export_folder *f, struct sow_error *err);

#endif
