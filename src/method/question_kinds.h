/* question_kinds.h - the kinds of questions to ask about a text, and which one is next.
 *
 *     status = question_kinds_read(&kinds, "fact*4,reasoning", err);
 *     question_kinds_draw(&kinds, &draw, 3, drawn);
 */
#ifndef METHOD_QUESTION_KINDS_H
#define METHOD_QUESTION_KINDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/draw.h"
#include "base/view.h"
#include "sow/sow.h"

#define QUESTION_KINDS 5

struct question_kind {
	const char *name, *wording;
	bool is_answerable;
};

struct question_kinds {
	double weights[QUESTION_KINDS];
};

/* Adds the kinds and weights in `said`. SOW_OK, or SOW_USAGE with what is wrong. */
int question_kinds_read(struct question_kinds *k, const char *said, struct sow_error *err);
/* Draws different kinds, and repeats one only after all were drawn. */
void question_kinds_draw(const struct question_kinds *k, struct draw *d, size_t count,
			 const struct question_kind **out);
/* The kind of that name; if there is none, the first. */
const struct question_kind *question_kind_of(struct view name);

#endif
