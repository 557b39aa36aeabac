/* fields.h - adds and removes further members of a unit, held as one JSON object.
 *
 *     status = fields_set(&unit.fields, "ended", view_of("goal-met"), arena);
 *
 * An empty view is an object without members. Results are in the arena; each function returns SOW_OK or
 * SOW_NOMEM.
 */
#ifndef METHOD_FIELDS_H
#define METHOD_FIELDS_H

#include "base/arena.h"
#include "base/view.h"
#include "data/record.h"

/* The members of a record other than its question and answers; of one that has neither, all members. */
int fields_of(const struct record *t, struct arena *a, struct view *fields);
/* Sets a text: replaces the member of that name, or adds it after all others. */
int fields_set(struct view *fields, const char *name, struct view text, struct arena *a);
/* The same with a JSON value. */
int fields_set_json(struct view *fields, const char *name, struct view json, struct arena *a);
/* Removes the member. */
int fields_drop(struct view *fields, const char *name, struct arena *a);

#endif
