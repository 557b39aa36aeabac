/* choice.h - the further inputs of a step that orders all of its records at once (method.order_input):
 * their vectors, and its file of examples. choice.c also chooses; state.h declares that.
 *
 *     status = choice_check_vectors(recipe, number, err);          // before the first request
 *     status = choice_read_examples("target.jsonl", &list, arena, hex, err);
 */
#ifndef RUN_CHOICE_H
#define RUN_CHOICE_H

#include "base/arena.h"
#include "data/records.h"
#include "io/hash.h"
#include "run/recipe.h"
#include "sow/sow.h"

/* Will step `number` (from 1) have the vectors that it needs from the step before? SOW_OK or
 * SOW_USAGE. */
int choice_check_vectors(const struct recipe *r, size_t number, struct sow_error *err);

/* Appends the file's records, their texts in `a`, or none where it holds an array of vectors; `hex` is
 * the hash of its contents. SOW_OK, or as records_next. */
int choice_read_examples(const char *path, struct record_list *out, struct arena *a, char hex[HASH_HEX_SIZE],
			 struct sow_error *err);

#endif
