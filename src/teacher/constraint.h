/* constraint.h - the grammars that requests need, built once per schema.
 *
 *     struct gbnf *g;
 *     int status = constraints_find(&constraints, model, request->schema, &g, err);
 *     ... NULL without a schema; else the caller's, at the beginning of a reply
 *
 * The last CONSTRAINTS_MAX schemas are kept: a method has one for each of its stages at most.
 */
#ifndef TEACHER_CONSTRAINT_H
#define TEACHER_CONSTRAINT_H

#include "base/view.h"
#include "teacher/model.h"

#define CONSTRAINTS_MAX 4

struct constraint {
	char *schema;             /* NULL: free */
	size_t len;
	struct gbnf *grammar;
};

struct constraints {
	struct constraint at[CONSTRAINTS_MAX];
	size_t next;              /* the next to be replaced */
};

/* SOW_OK; SOW_INVALID or SOW_TOOBIG, with what is wrong with the schema. */
int constraints_find(struct constraints *c, struct model *m, struct view schema,
		     struct gbnf **out, struct sow_error *err);
void constraints_release(struct constraints *c);

#endif
