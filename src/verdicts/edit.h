/* edit.h - a record as somebody mended it.
 *
 *     status = edit_apply(action->edit, arena, &record, err);
 *
 * An edit is a JSON object of the texts that are new, by their places from 0, each a pair
 * ["was", "is"]:
 *
 *     {"instruction": ["…", "…"],
 *      "answers": {"0": {"input": ["…", "…"], "output": ["…", "…"], "turns": {"1": ["…", "…"]}}},
 *      "turns": {"2": ["…", "…"]}}
 *
 * An answer is the one that was shown at that place; where the record comes with others or fewer
 * answers (export writes one of several that a judge graded), it is found by its old text, and an
 * edit of one that is not there means nothing. Everything else has to be what it was.
 *
 * The record's object, where it has one, is changed in the same places and keeps its shape; a number
 * or a truth value that stood there becomes a text. Where
 * an old text stands in it more than once or not at all, the object is given up: the record is
 * then written in the shape that holds it, with all its fields.
 */
#ifndef VERDICTS_EDIT_H
#define VERDICTS_EDIT_H

#include "base/arena.h"
#include "base/view.h"
#include "data/record.h"
#include "sow/sow.h"

/* New texts and lists are in `a`; the record's own stay as they are. SOW_OK, or
 * SOW_INVALID with what does not fit the record ("turns 3: the record has 2"). */
int edit_apply(struct view edit, struct arena *a, struct record *r, struct sow_error *err);

/* Replaces or adds a member of a JSON object, which may be empty: the new one in `a`. */
void object_put(struct view *object, const char *key, struct view json, struct arena *a);

#endif
