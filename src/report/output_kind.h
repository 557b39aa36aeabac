/* output_kind.h - a quick look at an output: empty, refused, cut, or good.
 *
 * Rules, not judgement: they look at how an output begins and ends.
 *   empty    nothing but white space
 *   refused  it begins as a row of the table of openings does, in either case
 *   cut      it ends inside a block of code (an odd number of ``` at the start of a line), or
 *            it has 20 words or more, its last line 8 or more, and that ends in a letter, a
 *            digit, a comma, a hyphen or an opening bracket. Shorter last lines are items of
 *            lists, labels, names. A language written without spaces has no such words, so
 *            a cut in it is not found.
 * A letter of apology may begin as a refusal does, and a poem may end without a full stop:
 * the counts show where to look.
 */
#ifndef REPORT_OUTPUT_KIND_H
#define REPORT_OUTPUT_KIND_H

#include <stddef.h>

#include "base/view.h"

enum output_kind { OUTPUT_GOOD, OUTPUT_EMPTY, OUTPUT_REFUSED, OUTPUT_CUT, OUTPUT_KINDS };

struct opening {
	const char *text;            /* lower case, ' for every apostrophe */
	const char *why;             /* what it indicates */
};
extern const struct opening refusal_openings[];
extern const size_t refusal_opening_count;

/* *opening, if not NULL, is the row of openings that matched a refusal. */
enum output_kind output_kind(struct view output, size_t *opening);

#endif
