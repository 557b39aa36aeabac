/* record_view.h - records as one reads them on a screen.
 *
 *     struct record_view page = { .out = &buf, .width = 80, .colour = true, .most = 12 };
 *     record_view_task(&page, view_of("task_3_2"), &task);
 *     record_view_rejected(&page, view_of("task_3_3"), &rejected, near);
 *
 * Texts are somebody else's: they are wrapped as wrap.h has it, and nothing in them can move
 * the cursor or colour the screen. Colour is in headings alone and ends on its line, so that a
 * pager may begin anywhere. Failure shows in `out`.
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

/* A text below, `indent` columns in, each of its lines on lines of its own. */
void record_view_text(struct record_view *p, size_t indent, enum tone tone, struct view text);
/* A line with a name, and what is to be noted of it behind it, or below where there is no room. */
void record_view_heading(struct record_view *p, size_t indent, struct view name, enum tone tone,
			 struct view notes);
/* "  NAME        value": the value wrapped beside its name. */
void record_view_field(struct record_view *p, const char *name, struct view value);

/* Records, with an empty line behind */

/* `label`: its id, or its number in a file. */
void record_view_task(struct record_view *p, struct view label, const struct record *task);
/* The instances of a task, or what is said in its chat, with reasoning, calls, roles and scores;
 * then its tools and fields. */
void record_view_answers(struct record_view *p, const struct record *task);
/* `near`: what the nearest instruction says, empty if that is not known. */
void record_view_rejected(struct record_view *p, struct view label, const struct rejected *r,
			  struct view near);
/* The same without the label and the empty line. */
void record_view_reason(struct record_view *p, size_t indent, const struct rejected *r,
			struct view near);

/* A rejected one as members of the object that is open; of a task see format_record_members. */
void record_view_rejected_json(const struct rejected *r, struct view near, struct json_out *out);

#endif
