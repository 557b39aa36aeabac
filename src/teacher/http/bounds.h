/* bounds.h - the range in an error message: "must be between 0 and 1", "(0.0, 2.0]", "<= 4096",
 * "from -2.0 (inclusive) to 2.0 (exclusive)", "strictly positive".
 *
 *     struct bounds b;
 *     if (bounds_read(message, 0.01, &b))
 *             value = bounds_clamp(&b, value);
 */
#ifndef TEACHER_HTTP_BOUNDS_H
#define TEACHER_HTTP_BOUNDS_H

#include <stdbool.h>

#include "base/view.h"

struct bounds {
	bool has_least, has_most;
	double least, most;
};

/* True if the message names at least one end of a range. An end that is excluded from it is moved by
 * `step`. */
bool bounds_read(struct view message, double step, struct bounds *b);
double bounds_clamp(const struct bounds *b, double value);

#endif
