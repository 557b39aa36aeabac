/* outputs.h - the files that a recipe wants its tasks in.
 *
 * Each is written whole or not at all, JSON lines where its name says .jsonl, relative to the
 * run's directory. What can't be written is said, and costs none of the others.
 */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "report/card.h"
#include "run/recipe.h"
#include "store/store.h"

/* Exit status. */
int outputs_export(const char *dir, const struct recipe_output *list, size_t count, bool quiet);

/* Those that the run in `dir` was last given. EXIT_WRONG_USAGE without a word if it has none. */
int outputs_export_again(const char *dir, bool quiet);

/* What a card says of a run: its settings as the recipe, in `a`. SOW_OK, or as the store fails. */
int outputs_facts(struct store *s, struct arena *a, struct card *facts, struct sow_error *err);

/* The tasks of the run in `dir` as a new folder for the Hub, with its card. */
struct outputs_folder {
	const char *path, *format;
	const char *title, *licence; /* NULL: as export has it */
};
int outputs_export_folder(const char *dir, const struct outputs_folder *f, struct sow_error *err);

#endif
