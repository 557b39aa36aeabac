/* rubric.h - a criterion for grading answers: a name, a scale, and what its ends mean.
 *
 *     "helpfulness"                        a built-in text (prompts/grade), or the user's
 *     "tone=1..5 How friendly is it?"      the rubric itself
 *
 * A text has its scale in the first line: "1..5".
 */
#ifndef METHOD_RUBRIC_H
#define METHOD_RUBRIC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "method/prompt.h"

#define RUBRICS_MAX 16
#define RUBRIC_END_MAX 1e15  /* of a scale, either way: whole numbers are exact up to here */

struct rubric {
	const char *name;            /* of the field for its grade */
	const char *reason;          /* of the field for the reason: NAME_reason */
	double least, most;
	bool is_whole;               /* grades are whole numbers: no "halves" in its text */
	struct view text;
};

/* Reads one from the user's text. SOW_OK, or SOW_USAGE, SOW_MISSING or SOW_INVALID, with *err set. */
int rubric_read(struct arena *a, const struct prompt_shelf *shelf, const char *said,
		struct rubric *out, struct sow_error *err);

/* For the prompt: a line a rubric, and the members of the reply in words. */
void rubrics_show(const struct rubric *list, size_t count, struct buf *out);
void rubrics_members(const struct rubric *list, size_t count, struct buf *out);
/* The JSON Schema of the reply: for each rubric its reason, a text, and its grade. */
void rubrics_schema(const struct rubric *list, size_t count, struct buf *out);

#endif
