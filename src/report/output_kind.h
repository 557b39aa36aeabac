/* output_kind.h - an output at a glance: empty, refused, cut, or as it should be.
 *
 * Rules, not judgement: they look at how an output begins and ends.
 *   empty    nothing but white space
 *   refused  it begins as a row of the table of openings does, in whatever case
 *   cut      it ends inside a block of code (an odd number of ``` at the start of a line), or
 *            it has 20 words or more, its last line 8 or more, and that ends in a letter, a
 *            digit, a comma, a hyphen or an opening bracket. Shorter last lines are items of
 *            lists, labels, names. A language written without spaces has no such words, and
 *            is not seen to be cut.
 * A letter of apology may begin as a refusal does, and a poem may end without a full stop:
 * the counts say where to look.
 */
#ifndef REPORT_OUTPUT_KIND_H
#define REPORT_OUTPUT_KIND_H

#include <stddef.h>

#include "base/view.h"

enum output_kind { OUTPUT_GOOD, OUTPUT_EMPTY, OUTPUT_REFUSED, OUTPUT_CUT, OUTPUT_KINDS };

struct opening {
	const char *text;            /* lower case, ' for every apostrophe */
	const char *why;             /* what it tells */
};
extern const struct opening refusal_openings[];
extern const size_t refusal_opening_count;

/* *opening, which may be NULL, is the row that tells of a refusal. */
enum output_kind output_kind(struct view output, size_t *opening);

#endif
