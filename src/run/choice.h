/* choice.h - what a step that orders all of its input at once (method.order_input) is given besides its
 * records: their vectors, and the file it goes by. choice.c also decides, as state.h has it.
 *
 *     status = choice_check_vectors(recipe, number, err);          // before anything is asked
 *     status = choice_read_examples("target.jsonl", &list, arena, hex, err);
 */
#ifndef RUN_CHOICE_H
#define RUN_CHOICE_H

#include "base/arena.h"
#include "data/records.h"
#include "io/hash.h"
#include "run/recipe.h"
#include "sow/sow.h"

/* Will the vectors that step `number` (from 1) wants be there, made by the step before? SOW_OK or
 * SOW_USAGE. */
int choice_check_vectors(const struct recipe *r, size_t number, struct sow_error *err);

/* Appends the file's records, their texts in `a`, or none where it holds an array of vectors; `hex` is
 * the hash of what it says. SOW_OK, or as records_next. */
int choice_read_examples(const char *path, struct record_list *out, struct arena *a, char hex[HASH_HEX_SIZE],
			 struct sow_error *err);

#endif
