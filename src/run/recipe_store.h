/* recipe_store.h - a recipe in run.db: what may change is written down at each start, and the
 * whole is read back.
 *
 *     status = recipe_keep(recipe, store, err);             // within a transaction
 *     struct recipe *r = recipe_recall(store, err);
 *
 * A setting is a row of its step (0: of the run and its teachers) with the option's name. Identity
 * is written by the run, which compares it first (begin.c). Keys were never kept, and come from
 * where they came from before.
 */
#ifndef RUN_RECIPE_STORE_H
#define RUN_RECIPE_STORE_H

#include "run/recipe.h"
#include "store/store.h"
#include "sow/sow.h"

/* Writes down the options that are no identity, the recipe's path and its outputs. SOW_OK or SOW_IO. */
int recipe_keep(const struct recipe *r, struct store *s, struct sow_error *err);

/* Steps, teachers and settings in force. NULL on failure with *err set: SOW_INVALID ("run.db:
 * damaged: …"), SOW_IO. */
struct recipe *recipe_recall(struct store *s, struct sow_error *err);
/* The path of the recipe's file and its outputs alone; nothing if the run was not begun with one. */
int recipe_recall_outputs(struct recipe *r, struct store *s, struct sow_error *err);

#endif
