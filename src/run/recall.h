/* recall.h - the recipe of a run that is there, from its run.db.
 *
 *     struct recipe *r = recipe_recall(store, err);
 *
 * Steps, teachers and settings are those in force; keys were never kept and come from where
 * they came from before.
 */
#ifndef RUN_RECALL_H
#define RUN_RECALL_H

#include "run/recipe.h"
#include "run/store.h"
#include "sow/sow.h"

/* NULL on failure with *err set: SOW_INVALID ("run.db: damaged: …"), SOW_IO, SOW_NOMEM. */
struct recipe *recipe_recall(struct store *s, struct sow_error *err);

#endif
