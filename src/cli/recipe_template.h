/* recipe_template.h - a recipe to start from: every option there is, those that need not be given as
 * remarks. Made from the table of options, so that it is always true. */
#ifndef CLI_RECIPE_TEMPLATE_H
#define CLI_RECIPE_TEMPLATE_H

#include "base/buf.h"
#include "method/method.h"

/* An option of the writer or of the step that has a value, and is no remark. */
struct recipe_template_value {
	const char *name;
	const char *value;           /* NULL: it is not given after all */
};

/* Of one step with this method. `values` ends with a name that is NULL; NULL: there are none. Returns
 * out->status. */
int recipe_template_print(const struct method *m, const struct recipe_template_value *values, struct buf *out);

#endif
