/* edit.h - applies a person's corrections to a record.
 *
 *     status = edit_apply(action->edit, arena, &record, err);
 *
 * An edit is a JSON object of the changed texts, by their places from 0, each a pair
 * ["was", "is"]:
 *
 *     {"instruction": ["…", "…"],
 *      "answers": {"0": {"input": ["…", "…"], "output": ["…", "…"], "turns": {"1": ["…", "…"]}}},
 *      "turns": {"2": ["…", "…"]}}
 *
 * The place of an answer is that on the page; if the record now has other or fewer answers (export
 * writes one of several that a judge graded), the old text finds it, and the edit of a missing answer is
 * ignored. Everything else must be unchanged.
 *
 * The record's object, if it has one, is changed in the same places and keeps its shape; a number or a
 * truth value there becomes a text. If an old text occurs in it more than once or not at all, the object
 * is given up: the record is then written in the shape that holds it, with all its fields.
 */
#ifndef VERDICTS_EDIT_H
#define VERDICTS_EDIT_H

#include "base/arena.h"
#include "base/view.h"
#include "data/record.h"
#include "sow/sow.h"

/* New texts and lists are in `a`; the record's own are unchanged. SOW_OK, or
 * SOW_INVALID with the mismatch ("turns 3: the record has 2"). */
int edit_apply(struct view edit, struct arena *a, struct record *r, struct sow_error *err);

/* Replaces or adds a member of a JSON object, which may be empty; the result is in `a`. */
void object_put(struct view *object, const char *key, struct view json, struct arena *a);

#endif
