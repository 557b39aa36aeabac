/* fields.h - the further members of a record on its way, as one JSON object: one more, one less.
 *
 *     status = fields_set(&unit.fields, "ended", view_of("goal-met"), arena);
 *
 * An empty view is an object without members. What is made lies in the arena; each returns SOW_OK or
 * SOW_NOMEM.
 */
#ifndef METHOD_FIELDS_H
#define METHOD_FIELDS_H

#include "base/arena.h"
#include "base/view.h"
#include "data/record.h"

/* What a record has besides its question and answers; of one that has neither, all of it. */
int fields_of(const struct record *t, struct arena *a, struct view *fields);
/* A text, instead of a member of that name or behind all others. */
int fields_set(struct view *fields, const char *name, struct view text, struct arena *a);
/* The same with a value that is JSON. */
int fields_set_json(struct view *fields, const char *name, struct view json, struct arena *a);
/* Without the member. */
int fields_drop(struct view *fields, const char *name, struct arena *a);

#endif
