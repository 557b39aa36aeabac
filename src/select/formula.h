/* formula.h - a number out of a record's fields.
 *
 *     struct formula *f = formula_read(arena, "deita-complexity * deita-quality", err);
 *     status = formula_value(f, object, &number, &missing);
 *
 * Numbers, fields, + - * / and parentheses; log, exp, sqrt, abs of a number; min and max of two; words
 * and chars of a field's text. A field's name may lead deeper by dots, and hold hyphens where letters
 * stand on both sides: a difference of fields has blanks around its sign. A text that is a number
 * counts as one, true as 1 and false as 0.
 */
#ifndef SELECT_FORMULA_H
#define SELECT_FORMULA_H

#include "base/arena.h"
#include "io/json.h"
#include "sow/sow.h"

struct formula;

/* Made in `a`. NULL on failure, with *err set: SOW_USAGE, where and what was expected; SOW_NOMEM. */
struct formula *formula_read(struct arena *a, const char *text, struct sow_error *err);

/* SOW_OK; SOW_MISSING where a field is missing or not a number, its name in *missing; SOW_INVALID where the
 * result is not finite (a division by zero). */
int formula_value(const struct formula *f, const json_value *object, double *number,
		  const char **missing);

#endif
