/* recipe_store.h - a recipe in run.db: each start stores the settings that may change, and the whole
 * recipe is read back.
 *
 *     status = recipe_keep(recipe, store, err);             // within a transaction
 *     struct recipe *r = recipe_recall(store, err);
 *
 * A setting is a row of its step (0: of the run and its teachers) with the option's name. The run
 * writes identity, which it compares first (begin.c). Keys are never stored; they come from their
 * original place again.
 */
#ifndef RUN_RECIPE_STORE_H
#define RUN_RECIPE_STORE_H

#include "run/recipe.h"
#include "store/store.h"
#include "sow/sow.h"

/* Stores the options that are not identity, the recipe's path and its outputs. SOW_OK or SOW_IO. */
int recipe_keep(const struct recipe *r, struct store *s, struct sow_error *err);

/* Steps, teachers and settings in force. NULL on failure with *err set: SOW_INVALID ("run.db:
 * damaged: …"), SOW_IO. */
struct recipe *recipe_recall(struct store *s, struct sow_error *err);
/* Only the path of the recipe's file and its outputs; nothing if the run was not begun from a file. */
int recipe_recall_outputs(struct recipe *r, struct store *s, struct sow_error *err);

#endif
