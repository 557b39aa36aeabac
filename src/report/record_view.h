/* record_view.h - prints records for a screen.
 *
 *     struct record_view page = { .out = &buf, .width = 80, .colour = true, .most = 12 };
 *     record_view_task(&page, view_of("task_3_2"), &task);
 *     record_view_rejected(&page, view_of("task_3_3"), &rejected, near);
 *
 * Texts are not ours: they are wrapped by wrap.h, and nothing in them can move the cursor or
 * colour the screen. Only headings have colour, and it ends on their line, so a pager may start
 * anywhere. A failure shows in `out`.
 */
#ifndef REPORT_RECORD_VIEW_H
#define REPORT_RECORD_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "data/record.h"
#include "data/unit.h"
#include "io/json.h"
#include "terminal/terminal.h"

struct record_view {
	struct buf *out;
	size_t width;      /* columns */
	bool colour;
	size_t most;       /* lines of a text; 0: all of it */
};

/* Pieces */

/* A text on lines of its own, `indent` columns in. */
void record_view_text(struct record_view *p, size_t indent, enum tone tone, struct view text);
/* A line with a name, and notes after it, or below if there is no room. */
void record_view_heading(struct record_view *p, size_t indent, struct view name, enum tone tone,
			 struct view notes);
/* "  NAME        value": the value wrapped beside its name. */
void record_view_field(struct record_view *p, const char *name, struct view value);

/* Records, each followed by an empty line */

/* `label`: its id, or its number in a file. */
void record_view_task(struct record_view *p, struct view label, const struct record *task);
/* The instances of a task, or the turns of its chat, with reasoning, calls, roles and scores; then its
 * tools and fields. */
void record_view_answers(struct record_view *p, const struct record *task);
/* `near`: the text of the nearest instruction, empty if unknown. */
void record_view_rejected(struct record_view *p, struct view label, const struct rejected *r,
			  struct view near);
/* The same without the label and the empty line. */
void record_view_reason(struct record_view *p, size_t indent, const struct rejected *r,
			struct view near);

/* A reject as members of the open object; for a task see format_record_members. */
void record_view_rejected_json(const struct rejected *r, struct view near, struct json_out *out);

#endif
